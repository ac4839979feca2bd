// Invitations: who was asked to join and has not answered yet; inviting one more.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, Dialog, EmptyState, RelativeTime, Select, Table, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { groups, roles } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Loaded, resource, whole } from '../loading.tsx';
import { api, can, report } from '../session.ts';
import { PageHead } from '../settings/frame.tsx';
import { GroupChecks } from './agents-page.tsx';

interface Invitation { id: string; email: string; role_id?: string; role?: { name: string }; group_ids?: string[]; groups?: { name: string }[]; invited_by_name?: string; created_at: string; expires_at: string }

const invitations = resource(() => whole<Invitation>('/invitations'));

export function InvitationsPage() {
  const inviting = useSignal(false);
  useEffect(() => { void invitations.load(); groups.ensure(); roles.ensure(); }, []);
  const manages = can('people.manage');
  const invite = manages && <Button kind="primary" icon="user_plus" onClick={() => { inviting.value = true; }}>{_('Invite')}</Button>;
  const roleOf = ({ role, role_id }: Invitation) => role?.name ?? roles.value.value?.find(({ id }) => id === role_id)?.name ?? '';
  const groupsOf = (one: Invitation) => (one.groups ?? (groups.value.value ?? []).filter(({ id }) => one.group_ids?.includes(id))).map(({ name }) => name).join(', ');
  const revoke = async (invitation: Invitation) => {
    const before = invitations.value.value;
    invitations.value.value = before?.filter(({ id }) => id !== invitation.id);
    try {
      await api.delete(`/invitations/${invitation.id}`);
      toast(_('The invitation to {email} was taken back.', { email: invitation.email }));
    } catch (error) {
      invitations.value.value = before;
      report(error);
    }
  };
  return (
    <>
      <PageHead title={_('Invitations')} lead={_('Mails with a link to join. A link works once and for a limited time.')} acts={invite} />
      <Loaded of={invitations}>
        {(found) => found.length ? (
          <Table label={_('Invitations')} items={found} keyOf={({ id }) => id} columns={[
            { id: 'email', label: _('E-mail'), cell: ({ email }) => <strong>{email}</strong> },
            { id: 'role', label: _('Role'), cell: roleOf },
            { id: 'groups', label: _('Groups'), cell: groupsOf },
            { id: 'sent', label: _('Sent'), cell: ({ created_at }) => <RelativeTime at={created_at} /> },
            { id: 'expires', label: _('Valid until'), cell: ({ expires_at }) => (Date.parse(expires_at) < Date.now() ? _('expired') : <RelativeTime at={expires_at} />) },
            ...(manages ? [{ id: 'acts', label: _('Acts'), hideLabel: true, tight: true, cell: (one: Invitation) => <Button size="small" onClick={() => void revoke(one)}>{_('Take back')}</Button> }] : []),
          ]} />
        ) : <EmptyState icon="mail" title={_('No open invitations')} act={invite || undefined}>{_('Invite colleagues by e-mail: they choose a name and a password and are at work.')}</EmptyState>}
      </Loaded>
      {inviting.value && <InviteDialog onClose={() => { inviting.value = false; }} />}
    </>
  );
}

export function InviteDialog({ onClose }: { onClose(): void }) {
  const agentRole = roles.value.value?.find(({ name, built_in }) => built_in && /^(agent|客服)$/i.test(name)) ?? roles.value.value?.find(({ built_in, permissions }) => built_in && permissions.includes('conversation.serve'));
  const desk = groups.value.value?.find(({ is_central }) => is_central) ?? groups.value.value?.[0];
  const form = useForm({ email: '', role_id: agentRole?.id ?? '', group_ids: desk ? [desk.id] : [] as string[] }, [agentRole?.id, desk?.id]);
  const { email, role_id, group_ids } = form.values.value;
  const submit = async () => {
    const sent = await form.send((values) => api.post<Invitation>('/invitations', values));
    if (!sent) return;
    toast(_('An invitation is on its way to {email}.', { email }));
    void invitations.load();
    onClose();
  };
  return (
    <Dialog title={_('Invite an agent')} onClose={onClose} onSubmit={() => void submit()}
      footer={<><Button onClick={onClose}>{_('Cancel')}</Button><Button kind="primary" type="submit" busy={form.busy.value} disabled={!email || !role_id || !group_ids.length}>{_('Send the invitation')}</Button></>}>
      <TextField label={_('E-mail')} type="email" autofocus value={email} onText={(text) => form.set('email', text)} error={form.wrong.value.email} help={_('They sign in with it.')} />
      <Select label={_('Role')} value={role_id} options={(roles.value.value ?? []).filter(({ name }) => !/^(founder|创建者|创始人)$/i.test(name)).map(({ id, name: label }) => ({ value: id, label }))} onPick={(id) => form.set('role_id', id)} error={form.wrong.value.role_id} />
      <GroupChecks chosen={group_ids} onChosen={(ids) => form.set('group_ids', ids)} error={form.wrong.value.group_ids} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}
