// The figures of desks and agents in words: how long somebody waits, ticking; who is there and why not; all desks together.
import { _, number } from '../../shared/i18n.ts';
import { exact, span } from '../../shared/time.ts';
import type { AgentNow, Board } from '../../shared/types.ts';
import { useSecond } from '../handover/second.ts';

export function Ticking({ since }: { since: string | null }) {
  const now = useSecond();
  if (!since) return <>–</>;
  const seconds = (now - Date.parse(since)) / 1000;
  return <time dateTime={since} title={exact(since)} data-late={seconds > 300 || undefined} data-long={seconds >= 3600 || undefined}>{span(seconds)}</time>;
}

export const share = (rate: number | null) => (rate === null ? '–' : number(rate, { style: 'percent', maximumFractionDigits: 0 }));

export function stateWords({ status, absence }: Pick<AgentNow, 'status' | 'absence'>): string {
  if (status === 'away' && absence) return { chosen: _('Away: by choice'), silent: _('Away: did not answer'), idle: _('Away: idle') }[absence];
  return { free: _('Free'), busy: _('Busy'), away: _('Away') }[status];
}

/** Everything together; who waits longest waits at some desk. */
export function sums({ desks, agents }: Board) {
  const add = (of: (desk: Board['desks'][number]) => number) => desks.reduce((sum, desk) => sum + of(desk), 0);
  const oldest = desks.map(({ longest_since }) => longest_since).filter((each): each is string => !!each).sort((one, other) => Date.parse(one) - Date.parse(other))[0] ?? null;
  const are = (status: AgentNow['status']) => agents.filter((agent) => agent.status === status).length;
  const withPlace = agents.filter(({ status, hosting, limit }) => status === 'free' && hosting < limit).length; // who is full is as good as busy
  return { waiting: add(({ waiting }) => waiting), running: add(({ running }) => running), alarms: add(({ alarms }) => alarms), longest_since: oldest, free: withPlace, busy: are('free') + are('busy') - withPlace, away: are('away') };
}
