/* Reads a typed menu number the way people write it. Pure. */
import type { MenuItem } from '../shared/types.ts';

/** The item that “2”, “[2]”, “2.”, “２” or “(2)” names; null when the text is anything else. */
export function itemFor(text: string, items: MenuItem[]): MenuItem | null {
  // Chinese keyboards often type full-width digits and brackets.
  const plain = text.normalize('NFKC').trim();
  const [, digits] = /^[[(【]?\s*(\d{1,3})\s*[\])】.、:]?$/.exec(plain) ?? [];
  return (digits && items.find(({ number }) => number === Number(digits))) || null;
}
