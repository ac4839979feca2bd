// What somebody wrote, as it is quoted below an answer. Pure but for the reader's language.
import { _ } from '../../shared/i18n.ts';
import { exact } from '../../shared/time.ts';
import type { Part } from '../../shared/types.ts';

export function quoted({ at, parts }: { at: string; parts: readonly Part[] }, name: string): string {
  const words = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n').trim();
  return [_('{name} wrote on {date}:', { name, date: exact(at) }), ...words.split('\n').map((line) => `> ${line}`.trimEnd())].join('\n');
}
