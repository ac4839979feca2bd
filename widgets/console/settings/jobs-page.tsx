// Dead jobs: background work that was given up after many tries; each says why, and can be tried again.
import { useSignal } from '@preact/signals';
import { Button, EmptyState, ErrorState, RelativeTime, Skeleton, toast } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import { usePaged } from '../loading.tsx';
import { api, report } from '../session.ts';
import { PageHead } from './frame.tsx';

interface DeadJob { key: string; kind: string; due_at: string | null; dead_at: string; attempts: number; error: string }

export function JobsPage() {
  const list = usePaged<DeadJob>('/jobs/dead', {});
  const rows = list.items.value;
  const gone = useSignal<ReadonlySet<string>>(new Set());
  const retry = async (job: DeadJob) => {
    gone.value = new Set([...gone.value, job.key]);
    try {
      await api.post(`/jobs/${encodeURIComponent(job.key)}/retry`);
      toast(_('It is being tried again.'));
    } catch (error) {
      gone.value = new Set([...gone.value].filter((key) => key !== job.key));
      report(error);
    }
  };
  const shown = rows.filter(({ key }) => !gone.value.has(key));
  return (
    <>
      <PageHead title={_('Dead jobs')} lead={_('Background work that failed so often that it was given up. Mend the cause, then try it again.')} acts={shown.length > 1 && <Button icon="retry" onClick={() => shown.forEach((job) => void retry(job))}>{_('Retry all')}</Button>} />
      {!rows.length && list.state.value === 'loading' ? <Skeleton rows={4} height={64} />
        : !rows.length && list.state.value === 'failed' ? <ErrorState words={list.problem.value ?? ''} onRetry={() => void list.load()} />
        : !shown.length ? <EmptyState icon="done" title={_('No dead jobs')}>{_('All background work is done or on its way. What is given up would stand here with its reason.')}</EmptyState>
        : (
          <ul class="jobs">
            {shown.map((job) => (
              <li key={job.key} class="job">
                <div>
                  <p><strong>{job.kind}</strong> <code>{job.key}</code></p>
                  <p class="job-error">{job.error || _('No reason was noted.')}</p>
                  <p class="quiet small">{ngettext('{n} try', '{n} tries', job.attempts)} · <RelativeTime at={job.dead_at} /></p>
                </div>
                <Button icon="retry" onClick={() => void retry(job)}>{_('Retry')}</Button>
              </li>
            ))}
          </ul>
        )}
      {list.next.value && <p class="list-foot"><Button onClick={() => void list.more()}>{_('More')}</Button></p>}
    </>
  );
}
