// When a new day begins in a transcript, and when somebody else begins to speak.
import { daysBetween } from '../../shared/time.ts';
import type { Author } from '../../shared/types.ts';

interface Said { at: string; kind: string; author: Pick<Author, 'id'> }

const RUN_LASTS = 5 * 60_000;

export const startsDay = (entry: Said, before: Said | undefined): boolean => !before || daysBetween(before.at, entry.at) !== 0;

/** Name and face are shown once for what somebody says in a row. */
export const startsRun = (entry: Said, before: Said | undefined): boolean =>
  !before || before.author.id !== entry.author.id || before.kind !== entry.kind || startsDay(entry, before) || Date.parse(entry.at) - Date.parse(before.at) > RUN_LASTS;
