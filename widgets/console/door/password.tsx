// A forgotten password: asking for the link, and setting a new one with it.
import { useSignal } from '@preact/signals';
import { Button, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { useForm } from '../forms.ts';
import { Link } from '../link.tsx';
import { go, query } from '../router.ts';
import { api } from '../session.ts';
import { Card, Wrong } from './door.tsx';

export function ForgotPassword() {
  const form = useForm({ email: '' });
  const sent = useSignal(false);
  const back = <Link to="/sign-in">{_('Back to sign-in')}</Link>;
  if (sent.value) {
    return (
      <Card title={_('Check your mail')} foot={back}>
        <p>{_('If {email} has an account here, a link to set a new password is on its way.', { email: form.values.value.email })}</p>
      </Card>
    );
  }
  const submit = async () => { if (await form.send(async (values) => { await api.post('/password/forgot', values); return true; })) sent.value = true; };
  return (
    <Card title={_('Forgot the password?')} lead={_('Tell us your address and we send you a link.')} onSubmit={() => void submit()} foot={back}>
      <TextField label={_('E-mail')} type="email" name="email" autocomplete="username" autofocus value={form.values.value.email} onText={(text) => form.set('email', text)} error={form.wrong.value.email} />
      {form.problem.value && <Wrong>{form.problem.value}</Wrong>}
      <Button kind="primary" type="submit" wide busy={form.busy.value} disabled={!form.values.value.email}>{_('Send the link')}</Button>
    </Card>
  );
}

export function ResetPassword() {
  const form = useForm({ password: '' });
  const submit = async () => {
    const done = await form.send(async ({ password }) => { await api.post('/password/reset', { token: query.value.get('token') ?? '', password }); return true; });
    if (!done) return;
    toast(_('The new password is set. Sign in with it.'));
    go('/sign-in', { replace: true });
  };
  return (
    <Card title={_('Set a new password')} onSubmit={() => void submit()} foot={<Link to="/forgot">{_('Send me another link')}</Link>}>
      <TextField label={_('New password')} type="password" name="password" autocomplete="new-password" autofocus value={form.values.value.password} onText={(text) => form.set('password', text)}
        error={form.wrong.value.password} help={_('At least 10 characters; a short sentence is best.')} />
      {form.problem.value && <Wrong>{form.problem.value}</Wrong>}
      <Button kind="primary" type="submit" wide busy={form.busy.value} disabled={!form.values.value.password}>{_('Set the password')}</Button>
    </Card>
  );
}
