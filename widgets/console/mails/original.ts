// The bytes of a mail as text: of a large one only the beginning, which is where everything odd stands.
import { offline } from '../../shared/api.ts';

/** Characters that are shown. */
export const SHOWN = 200_000;

export async function originalOf(address: string): Promise<string> {
  const answer = await fetch(address, { headers: { Range: `bytes=0-${SHOWN - 1}` } }).catch(() => null);
  if (!answer?.ok) throw offline();
  return (await answer.text()).slice(0, SHOWN);
}
