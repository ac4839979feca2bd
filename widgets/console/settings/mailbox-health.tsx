// How a mailbox is: does it read, how far is it behind, what is wrong and what to do; kept fresh while it is looked at.
import { useEffect } from 'preact/hooks';
import { Badge, ErrorState, Icon, RelativeTime, Skeleton, type Meaning } from '../../shared/components/index.ts';
import { _, ngettext, number } from '../../shared/i18n.ts';
import type { Resource } from '../loading.tsx';

export interface Health {
  reads: boolean;
  connected: boolean;
  idles: boolean;
  succeeded_at: string | null;
  failed_at: string | null;
  failures: number;
  trouble: string;
  backlog: number;
  backlog_at_first: number;
  taken: number;
  aside: number;
}

const EVERY = 5000;

function stateOf({ reads, connected, trouble, backlog }: Health, on: boolean): [Meaning, string] {
  if (!on) return ['neutral', _('Off')];
  if (!reads) return ['neutral', _('No mailbox is read')];
  if (trouble) return ['bad', _('Trouble')];
  if (!connected) return ['warn', _('Connecting…')];
  return backlog ? ['accent', _('Catching up')] : ['good', _('Connected')];
}

export function MailboxHealth({ of, on }: { of: Resource<Health>; on: boolean }) {
  useEffect(() => {
    const look = setInterval(() => { if (!document.hidden) void of.load(); }, EVERY);
    return () => clearInterval(look);
  }, [of]);
  const { value: health } = of.value;
  if (!health) return of.problem.value ? <ErrorState words={of.problem.value} onRetry={() => void of.load()} /> : <Skeleton rows={2} height={32} />;
  const [meaning, name] = stateOf(health, on);
  const first = Math.max(health.backlog_at_first, health.backlog);
  return (
    <div class="health">
      <div class="health-state">
        <Badge meaning={meaning}>{name}</Badge>
        {health.succeeded_at && <span class="quiet">{_('Last success')} <RelativeTime at={health.succeeded_at} /></span>}
        <span class="quiet">{ngettext('{n} mail taken in', '{n} mails taken in', health.taken)}</span>
        {health.connected && <span class="quiet">{health.idles ? _('New mail is told at once') : _('New mail is looked for now and then')}</span>}
      </div>
      {health.backlog > 0 && (
        <div>
          <p>{_('{done} of {all} mails are read', { done: number(first - health.backlog), all: number(first) })}</p>
          <progress value={first - health.backlog} max={first} aria-label={_('Catching up')} />
        </div>
      )}
      {health.trouble && (
        <p class="told" data-meaning="bad" role="alert"><Icon name="alert" />
          <span>{health.trouble} {health.failed_at && <span>{ngettext('{n} try failed, the last one', '{n} tries in a row failed, the last one', health.failures)} <RelativeTime at={health.failed_at} />.</span>}</span>
        </p>
      )}
    </div>
  );
}
