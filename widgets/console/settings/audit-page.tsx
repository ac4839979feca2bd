// The audit log: who did what, when and from where, with what was before and after.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, EmptyState, ErrorState, Icon, Picker, RelativeTime, Select, Skeleton } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { agentChoices, agents } from '../directory.ts';
import { usePaged } from '../loading.tsx';
import { fieldName, nameOf } from '../words.ts';
import { valueWords } from '../messages/events.ts';
import { actionName, actions } from './audit-words.ts';
import { PageHead } from './frame.tsx';

interface Noted {
  id: string;
  at: string;
  action: string;
  actor: { kind: string; id: string; name: string; address: string };
  subject_kind: string;
  subject_id: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export function AuditPage() {
  const actor = useSignal<string | null>(null);
  const action = useSignal('');
  useEffect(() => agents.ensure(), []);
  const list = usePaged<Noted>('/audit', { actor: actor.value, action: action.value || null });
  const rows = list.items.value;
  return (
    <>
      <PageHead title={_('Audit log')} lead={_('Every change to people, rights, settings and states. Nothing here can be changed or removed.')} />
      <div class="filters">
        <Picker label={_('Who')} value={actor.value} choices={agentChoices.value} none={_('Anybody')} onPick={(id) => { actor.value = id; }} />
        <Select label={_('What')} value={action.value} options={[{ value: '', label: _('Anything') }, ...actions().map((value) => ({ value, label: actionName(value) }))]} onPick={(value) => { action.value = value; }} />
      </div>
      {!rows.length && list.state.value === 'loading' ? <Skeleton rows={10} height={44} />
        : !rows.length && list.state.value === 'failed' ? <ErrorState words={list.problem.value ?? ''} onRetry={() => void list.load()} />
        : !rows.length ? <EmptyState icon="audit" title={_('Nothing noted')}>{actor.value || action.value ? _('Nothing fits these filters.') : _('Changes will stand here, newest first.')}</EmptyState>
        : <ol class="audit">{rows.map((noted) => <Row key={noted.id} noted={noted} />)}</ol>}
      {list.next.value && <p class="list-foot"><Button onClick={() => void list.more()}>{_('Older')}</Button></p>}
    </>
  );
}

function Row({ noted }: { noted: Noted }) {
  const who = noted.actor.kind === 'system' ? _('The system') : nameOf(noted.actor);
  const fields = [...new Set([...Object.keys(noted.before), ...Object.keys(noted.after)])];
  const subject = noted.after.name ?? noted.before.name ?? noted.after.subject ?? noted.before.subject ?? noted.after.email;
  return (
    <li>
      <details class="audit-row">
        <summary>
          <Icon name="right" size={14} />
          <span class="clip"><strong>{who}</strong> {actionName(noted.action)} {typeof subject === 'string' && <span class="quiet">{subject}</span>}</span>
          <span class="quiet small not-phone">{noted.actor.address}</span>
          <RelativeTime at={noted.at} />
        </summary>
        {fields.length ? (
          <dl class="audit-fields">
            {fields.map((field) => (
              <div key={field}><dt>{fieldName(field)}</dt><dd><del>{valueWords(field, noted.before[field])}</del> → <ins>{valueWords(field, noted.after[field])}</ins></dd></div>
            ))}
          </dl>
        ) : <p class="audit-fields quiet">{_('No fields were changed.')}</p>}
      </details>
    </li>
  );
}
