// RelativeTime and Waited: how long ago, and how long since, kept fresh; the exact moment on hover.
import { signal } from '@preact/signals';
import { _ } from '../i18n.ts';
import { ago, exact, span } from '../time.ts';

/** The moment that every relative time is told from; moves while somebody looks. */
export const now = signal(Date.now());

if (typeof document !== 'undefined') {
  const move = () => { if (!document.hidden) now.value = Date.now(); };
  setInterval(move, 10_000);
  document.addEventListener('visibilitychange', move);
}

export function RelativeTime({ at }: { at: string }) {
  return <time class="time" dateTime={at} title={exact(at)}>{ago(at, Math.max(now.value, Date.parse(at)))}</time>;
}

/** Whole minutes up to an hour, then hours: enough to decide whom to answer first. */
export function waitedWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return _('< 1 min');
  if (minutes < 60) return _('{n} min', { n: minutes });
  return minutes < 1440 ? _('{n} h', { n: Math.floor(minutes / 60) }) : _('{n} d', { n: Math.floor(minutes / 1440) });
}

/** How long somebody has waited; heavier from `alarmAfter` seconds on (spec 4.5: five minutes). */
export function Waited({ since, alarmAfter = 300 }: { since: string; alarmAfter?: number }) {
  const seconds = Math.max(0, (now.value - Date.parse(since)) / 1000);
  const stage = seconds >= alarmAfter ? 'late' : seconds >= alarmAfter * 0.6 ? 'soon' : 'fresh';
  return (
    <time class="waited" data-stage={stage} dateTime={since} title={_('Waiting for an answer since {time} ({span})', { time: exact(since), span: span(seconds) })}>
      {waitedWords(seconds)}
    </time>
  );
}
