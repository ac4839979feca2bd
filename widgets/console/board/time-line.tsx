// An agent's last hours as one coloured bar: free, busy, away; the same in words for who cannot see it.
import { _ } from '../../shared/i18n.ts';
import { clock } from '../../shared/time.ts';
import type { AgentStatus } from '../../shared/types.ts';
import { HOURS, type Span } from './store.ts';

const WIDTH = 720;
const stateName = (status: AgentStatus) => ({ free: _('Free'), busy: _('Busy'), away: _('Away') })[status];

/** 3 h 20 min */
export function lasted(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 60) return _('{n} min', { n: minutes });
  return minutes % 60 ? _('{hours} h {minutes} min', { hours: Math.floor(minutes / 60), minutes: minutes % 60 }) : _('{n} h', { n: minutes / 60 });
}

function inWords(spans: readonly Span[]): string {
  const sums = (['free', 'busy', 'away'] as const).map((status) => [status, spans.filter((span) => span.status === status).reduce((sum, { from, to }) => sum + to - from, 0)] as const);
  const said = sums.filter(([, sum]) => sum > 0).map(([status, sum]) => `${stateName(status)} ${lasted(sum)}`).join(', ');
  return said ? _('Last {n} hours: {words}', { n: HOURS, words: said }) : _('Nothing is known of the last {n} hours', { n: HOURS });
}

export function TimeLine({ spans, now }: { spans: readonly Span[]; now: number }) {
  const start = now - HOURS * 3_600_000;
  const x = (at: number) => ((at - start) / (HOURS * 3_600_000)) * WIDTH;
  return (
    <svg class="stints" viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" role="img" aria-label={inWords(spans)}>
      <rect class="stint-ground" x="0" y="0" width={WIDTH} height="10" />
      {spans.map((span) => (
        <rect key={span.from} class="stint" data-status={span.status} x={x(span.from)} y="0" width={Math.max(1, x(span.to) - x(span.from))} height="10">
          <title>{`${stateName(span.status)} ${clock(span.from)}–${clock(span.to)}`}</title>
        </rect>
      ))}
      {Array.from({ length: HOURS - 1 }, (_each, index) => <line key={index} class="stint-hour" x1={((index + 1) / HOURS) * WIDTH} x2={((index + 1) / HOURS) * WIDTH} y1="0" y2="10" />)}
    </svg>
  );
}
