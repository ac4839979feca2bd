// Signing a company up, and activating it with the code that came by mail.
import { Button, TextField, toast } from '../../shared/components/index.ts';
import { _, language } from '../../shared/i18n.ts';
import type { Me } from '../../shared/types.ts';
import { useForm } from '../forms.ts';
import { Link } from '../link.tsx';
import { go, query } from '../router.ts';
import { api, welcome } from '../session.ts';
import { Card, Wrong } from './door.tsx';

export function SignUp() {
  const form = useForm({ company: '', name: '', email: '', password: '' });
  const { company, name, email, password } = form.values.value;
  const submit = async () => {
    const done = await form.send(async (values) => {
      await api.post('/sign-up', { ...values, language: language.startsWith('zh') ? 'zh-CN' : 'en', time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC' });
      return true;
    });
    if (done) go(`/activate?email=${encodeURIComponent(email.trim())}`);
  };
  return (
    <Card title={_('Start a service desk')} lead={_('You become its founder: all rights, for good.')} onSubmit={() => void submit()} foot={<>{_('You have an account?')} <Link to="/sign-in">{_('Sign in')}</Link></>}>
      <TextField label={_('Company')} name="organization" autocomplete="organization" autofocus value={company} onText={(text) => form.set('company', text)} error={form.wrong.value.company} />
      <TextField label={_('Your name')} name="name" autocomplete="name" value={name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} />
      <TextField label={_('E-mail')} type="email" name="email" autocomplete="username" value={email} onText={(text) => form.set('email', text)} error={form.wrong.value.email} help={_('We send a code there. It is also what you sign in with.')} />
      <TextField label={_('Password')} type="password" name="password" autocomplete="new-password" value={password} onText={(text) => form.set('password', text)} error={form.wrong.value.password} help={_('At least 10 characters; a short sentence is best.')} />
      {form.problem.value && <Wrong>{form.problem.value}</Wrong>}
      <Button kind="primary" type="submit" wide busy={form.busy.value} disabled={!company || !name || !email || !password}>{_('Sign up')}</Button>
    </Card>
  );
}

export function Activate() {
  const form = useForm({ email: query.value.get('email') ?? '', code: query.value.get('code') ?? '' });
  const { email, code } = form.values.value;
  const submit = async () => {
    const answer = await form.send((values) => api.post<Me | { me: Me }>('/activate', { email: values.email.trim(), code: values.code.trim() }));
    if (answer) {
      go('/', { replace: true });
      welcome(answer);
    }
  };
  const resend = async () => {
    if (await form.send(async (values) => { await api.post('/activate/resend', { email: values.email.trim() }); return true; })) toast(_('A new code is on its way.'));
  };
  return (
    <Card title={_('Check your mail')} lead={email ? _('We sent a code to {email}.', { email }) : _('We sent you a code.')} onSubmit={() => void submit()}
      foot={<><button type="button" class="as-link" onClick={() => void resend()}>{_('Send another code')}</button> · <Link to="/sign-up">{_('Start again')}</Link></>}>
      {!query.value.get('email') && <TextField label={_('E-mail')} type="email" value={email} onText={(text) => form.set('email', text)} error={form.wrong.value.email} />}
      <TextField label={_('Code')} name="code" autocomplete="one-time-code" inputMode="numeric" autofocus value={code} onText={(text) => form.set('code', text)} error={form.wrong.value.code} />
      {form.problem.value && <Wrong>{form.problem.value}</Wrong>}
      <Button kind="primary" type="submit" wide busy={form.busy.value} disabled={!email || !code}>{_('Activate')}</Button>
    </Card>
  );
}
