// The wall board: the same figures so large that a room reads them; dark, without anything to press but full screen.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { EmptyState, ErrorState, Icon, IconButton, Skeleton } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { clock, wait } from '../../shared/time.ts';
import type { Board } from '../../shared/types.ts';
import { titleOf } from '../alerts.ts';
import { useSecond } from '../handover/second.ts';
import { online } from '../live.ts';
import { go } from '../router.ts';
import { can, me } from '../session.ts';
import { sums, Ticking } from './figures.tsx';
import { board, trueAt, useBoard } from './store.ts';

/** A television that goes to sleep tells nothing. */
async function stayAwake(): Promise<void> {
  try { await navigator.wakeLock.request('screen'); } catch { /* not every browser can, and none while hidden */ }
}

export function Wall() {
  titleOf(_('Wall board'));
  if (!can('conversation.monitor')) return <main class="whole-page"><h1 class="unseen">{_('Wall board')}</h1><EmptyState icon="lock" title={_('Not for your role')}>{_('Ask an administrator if you need this page.')}</EmptyState></main>;
  return <Figures />;
}

function Figures() {
  const dark = useSignal(true);
  const full = useSignal(!!document.fullscreenElement);
  useBoard();
  useEffect(() => {
    const turned = () => { full.value = !!document.fullscreenElement; };
    const seen = () => { if (!document.hidden) void stayAwake(); };
    seen();
    document.addEventListener('fullscreenchange', turned);
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('fullscreenchange', turned);
      document.removeEventListener('visibilitychange', seen);
    };
  }, []);
  const turnFull = () => void (full.value ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {});
  const now = board.value.value;
  return (
    <main class="wall" data-dark={dark.value || undefined}>
      <header class="wall-head">
        <h1>{me.value?.tenant.name}</h1>
        <p class="wall-stale" role="status">{(!online.value || board.problem.value) && <><Icon name="offline" size={24} />{trueAt.value ? _('No connection: these figures are from {time}', { time: clock(trueAt.value) }) : _('No connection')}</>}</p>
        <Clock />
        <span class="wall-acts">
          <IconButton icon="back" label={_('Back to the board')} onClick={() => go('/board')} />
          <IconButton icon={dark.value ? 'sun' : 'moon'} label={dark.value ? _('Light') : _('Dark')} onClick={() => { dark.value = !dark.value; }} />
          <IconButton icon="expand" label={full.value ? _('Leave full screen') : _('Full screen')} pressed={full.value} onClick={turnFull} />
        </span>
      </header>
      {now ? <Everything board={now} /> : board.problem.value ? <ErrorState words={board.problem.value} onRetry={() => void board.load()} /> : <Skeleton rows={4} height={120} />}
    </main>
  );
}

function Clock() {
  const now = useSecond();
  return <time class="wall-clock">{clock(now)}</time>;
}

function Figure({ label, meaning, children }: { label: string; meaning?: string | undefined; children: ComponentChildren }) {
  return <div class="wall-figure" data-meaning={meaning}><dt>{label}</dt><dd>{children}</dd></div>;
}

function Everything({ board: now }: { board: Board }) {
  const all = sums(now);
  return (
    <>
      <dl class="wall-figures">
        <Figure label={_('Waiting')} meaning={all.waiting ? 'warn' : undefined}>{all.waiting}</Figure>
        <Figure label={_('Longest wait')}><Ticking since={all.longest_since} /></Figure>
        <Figure label={_('Running')}>{all.running}</Figure>
        <Figure label={_('Alarms')} meaning={all.alarms ? 'bad' : undefined}>{all.alarms}</Figure>
      </dl>
      <dl class="wall-figures wall-agents">
        <Figure label={_('Free')} meaning="good">{all.free}</Figure>
        <Figure label={_('Busy')}>{all.busy}</Figure>
        <Figure label={_('Away')}>{all.away}</Figure>
      </dl>
      <table class="wall-desks">
        <caption class="unseen">{_('Desks')}</caption>
        <thead><tr>{[_('Desk'), _('Waiting'), _('Longest'), _('Running'), _('Alarms'), _('Free places'), _('Expected wait')].map((label) => <th key={label} scope="col">{label}</th>)}</tr></thead>
        <tbody>
          {now.desks.map((desk) => (
            <tr key={desk.id} data-alarm={desk.alarms > 0 || undefined}>
              <th scope="row">{desk.name}</th>
              <td data-meaning={desk.waiting ? 'warn' : undefined}>{desk.waiting}</td>
              <td><Ticking since={desk.longest_since} /></td>
              <td>{desk.running}</td>
              <td data-meaning={desk.alarms ? 'bad' : undefined}>{desk.alarms}</td>
              <td>{desk.free}</td>
              <td>{desk.expected_wait ? wait(desk.expected_wait) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
