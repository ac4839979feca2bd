// Ending a conversation, in exactly three ways (spec 4.7); each makes a ticket, whose fields are filled in here.
import { Button, Dialog, Icon, TagsField, TextArea, TextField, Field, toast, type IconName } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Conversation, Level, Ticket } from '../../shared/types.ts';
import { catalog } from '../directory.ts';
import { useForm } from '../forms.ts';
import { go } from '../router.ts';
import { api } from '../session.ts';
import { CatalogControl, GroupControl, HandlerControl, TypeControl, UrgencyControls, useDirectory } from '../tickets/controls.tsx';
import { keepTickets } from '../tickets/store.ts';
import { keepConversation } from './conversations.ts';
import { journalOf } from './journal.ts';

type Way = 'solved' | 'unsolved' | 'refused';

function ways(): { id: Way; icon: IconName; label: string; words: string }[] {
  return [
    { id: 'solved', icon: 'done', label: _('Solved'), words: _('The customer is asked to rate.') },
    { id: 'unsolved', icon: 'ticket', label: _('Not solvable online'), words: _('Becomes an open ticket, worked on later.') },
    { id: 'refused', icon: 'refused', label: _('Refused'), words: _('Kept for the auditor only.') },
  ];
}

/** The first words of the customer say best what it was about. */
function firstWords({ id, subject, catalog_path }: Conversation): string {
  if (subject) return subject;
  const first = journalOf(id).entries.value.find((entry) => entry.author.kind === 'customer' && entry.parts.some((part) => part.type === 'text'));
  const text = first?.parts.find((part) => part.type === 'text');
  return (text?.type === 'text' ? text.text.split('\n')[0]!.slice(0, 120) : '') || catalog_path.join(' › ');
}

export function EndDialog({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  useDirectory();
  const node = catalog.value.value?.find(({ id }) => id === conversation.catalog_node_id);
  const form = useForm({
    outcome: 'solved' as Way, reason: '', subject: firstWords(conversation), catalog_node_id: conversation.catalog_node_id, type: node?.type ?? 'question',
    urgency: (node?.urgency ?? 'medium') as Level, impact: (node?.impact ?? 'medium') as Level, tags: [] as string[],
    group_id: conversation.desk?.id ?? null as string | null, handler_id: null as string | null, note: '',
  }, [conversation.id]);
  const { outcome, reason, subject, catalog_node_id, type, urgency, impact, tags, group_id, handler_id, note } = form.values.value;
  const wrong = form.wrong.value;

  const chooseNode = (id: string | null) => {
    const chosen = catalog.value.value?.find((each) => each.id === id);
    form.values.value = { ...form.values.value, catalog_node_id: id, ...(chosen?.type && { type: chosen.type }), ...(chosen?.urgency && { urgency: chosen.urgency }), ...(chosen?.impact && { impact: chosen.impact }), ...(chosen?.group_id && { group_id: chosen.group_id }) };
  };
  const submit = async () => {
    if (outcome === 'refused' && !reason.trim()) { form.wrong.value = { reason: _('Say why, for the auditor.') }; return; }
    const answer = await form.send((values) => {
      const common = { outcome: values.outcome, subject: values.subject, catalog_node_id: values.catalog_node_id, type: values.type, urgency: values.urgency, impact: values.impact, tags: values.tags, ...(values.note.trim() && { note: values.note }) };
      return api.post<{ conversation: Conversation; ticket: Ticket | null }>(`/conversations/${conversation.id}/end`,
        values.outcome === 'refused' ? { ...common, reason: values.reason } : values.outcome === 'unsolved' ? { ...common, group_id: values.group_id, handler_id: values.handler_id } : common);
    });
    if (!answer) return;
    keepConversation(answer.conversation);
    onClose();
    const { ticket } = answer;
    if (!ticket) return;
    keepTickets([ticket]);
    toast(_('The conversation ended and is ticket #{number}.', { number: ticket.number }), ticket.state === 'deleted' ? {} : { act: { label: _('Open it'), onPick: () => go(`/ticket/${ticket.id}`) } });
  };
  const chosen = ways().find(({ id }) => id === outcome)!;
  return (
    <Dialog title={_('End the conversation')} onClose={onClose} onSubmit={() => void submit()}
      footer={
        <>
          {form.problem.value && <p class="foot-problem" role="alert">{form.problem.value}</p>}
          <Button onClick={onClose}>{_('Cancel')}</Button>
          <Button kind={outcome === 'refused' ? 'danger' : 'primary'} type="submit" busy={form.busy.value}>{_('End as: {outcome}', { outcome: chosen.label })}</Button>
        </>
      }>
      <fieldset class="ways">
        <legend class="unseen">{_('How it ends')}</legend>
        {ways().map(({ id, icon, label, words }) => (
          <label key={id} class="way">
            <input type="radio" name="outcome" value={id} checked={id === outcome} onChange={() => form.set('outcome', id)} autofocus={id === 'solved'} />
            <Icon name={icon} size={18} />
            <strong>{label}</strong>
            <small>{words}</small>
          </label>
        ))}
      </fieldset>
      {outcome === 'refused' && <TextField label={_('Reason')} value={reason} onText={(text) => form.set('reason', text)} error={wrong.reason} placeholder={_('Advertising, abuse, a wrong number…')} />}
      <TextField label={_('Subject')} value={subject} onText={(text) => form.set('subject', text)} error={wrong.subject} maxlength={200} />
      <div class="two">
        <CatalogControl value={catalog_node_id} onPick={chooseNode} error={wrong.catalog_node_id} />
        <TypeControl value={type} onPick={(each) => form.set('type', each)} error={wrong.type} />
      </div>
      <UrgencyControls urgency={urgency} impact={impact} onUrgency={(level) => form.set('urgency', level)} onImpact={(level) => form.set('impact', level)} />
      {outcome === 'unsolved' && (
        <div class="two">
          <GroupControl value={group_id} onPick={(id) => { form.values.value = { ...form.values.value, group_id: id, handler_id: null }; }} error={wrong.group_id} />
          <HandlerControl value={handler_id} groupId={group_id} onPick={(id) => form.set('handler_id', id)} error={wrong.handler_id} />
        </div>
      )}
      <TagsField label={_('Tags')} tags={tags} onTags={(each) => form.set('tags', each)} error={wrong.tags} />
      <Field label={_('Private note')} optional={_('optional')} error={wrong.note}>
        {(control) => <TextArea {...control} value={note} onText={(text) => form.set('note', text)} lines={2} placeholder={_('For whoever opens the ticket next')} />}
      </Field>
    </Dialog>
  );
}
