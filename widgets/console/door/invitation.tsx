// Accepting an invitation: who invites to what, then a name and a password.
import { Button, EmptyState, Skeleton, TextField } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Me } from '../../shared/types.ts';
import { useForm } from '../forms.ts';
import { Link } from '../link.tsx';
import { useResource } from '../loading.tsx';
import { go, query } from '../router.ts';
import { api, welcome } from '../session.ts';
import { Card, Wrong } from './door.tsx';

interface Invited { email: string; tenant?: { name: string }; company?: string; invited_by_name?: string; role?: { name: string } }

export function AcceptInvitation() {
  const token = query.value.get('token') ?? '';
  const invitation = useResource(() => api.get<Invited>(`/invitations/by-token/${encodeURIComponent(token)}`), [token]);
  const form = useForm({ name: '', password: '' });
  const found = invitation.value.value;
  if (!found) {
    return (
      <Card title={_('Invitation')} foot={<Link to="/sign-in">{_('Back to sign-in')}</Link>}>
        {invitation.problem.value ? <EmptyState icon="mail" title={_('This invitation cannot be used')}>{invitation.problem.value}</EmptyState> : <Skeleton rows={3} />}
      </Card>
    );
  }
  const submit = async () => {
    const answer = await form.send((values) => api.post<Me | { me: Me }>('/invitations/accept', { token, ...values }));
    if (!answer) return;
    go('/', { replace: true });
    welcome(answer);
  };
  const company = found.tenant?.name ?? found.company ?? _('a service desk');
  return (
    <Card title={_('Join {company}', { company })} lead={found.invited_by_name ? _('{name} invited {email}.', { name: found.invited_by_name, email: found.email }) : found.email} onSubmit={() => void submit()}>
      <TextField label={_('Your name')} name="name" autocomplete="name" autofocus value={form.values.value.name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} help={_('Customers see it.')} />
      <TextField label={_('Password')} type="password" name="password" autocomplete="new-password" value={form.values.value.password} onText={(text) => form.set('password', text)} error={form.wrong.value.password} help={_('At least 10 characters; a short sentence is best.')} />
      {form.problem.value && <Wrong>{form.problem.value}</Wrong>}
      <Button kind="primary" type="submit" wide busy={form.busy.value} disabled={!form.values.value.name || !form.values.value.password}>{_('Join')}</Button>
    </Card>
  );
}
