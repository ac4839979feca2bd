// Signing in, and choosing the company when one address works for several.
import { useSignal } from '@preact/signals';
import { Button, Icon, TextField } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import type { Me, Named } from '../../shared/types.ts';
import { useForm } from '../forms.ts';
import { Link } from '../link.tsx';
import { api, welcome } from '../session.ts';
import { Card, Wrong } from './door.tsx';

export function SignIn() {
  const form = useForm({ email: '', password: '' });
  const companies = useSignal<Named[] | null>(null);
  const { email, password } = form.values.value;
  const submit = async (tenant?: string) => {
    const answer = await form.send((values) => api.post<Me | { me: Me }>('/sign-in', { ...values, ...(tenant && { tenant }) }), (error) => {
      if (error.code === 'choose_tenant') { companies.value = error.problem.tenants as Named[]; return true; }
      if (error.code === 'too_many') {
        const minutes = Math.max(1, Math.ceil(Number(error.problem.retry_after ?? 60) / 60));
        form.problem.value = ngettext('Too many tries. Wait {n} minute, or set a new password.', 'Too many tries. Wait {n} minutes, or set a new password.', minutes);
        return true;
      }
      return false;
    });
    if (answer) welcome(answer);
  };

  if (companies.value) {
    return (
      <Card title={_('Choose the company')} lead={_('{email} works for more than one.', { email })} foot={<button type="button" class="as-link" onClick={() => { companies.value = null; }}>{_('Use another address')}</button>}>
        <ul class="door-choices">
          {companies.value.map(({ id, name }) => (
            <li key={id}><button type="button" disabled={form.busy.value} onClick={() => void submit(id)}><Icon name="building" />{name}<Icon name="right" /></button></li>
          ))}
        </ul>
        {form.problem.value && <Wrong>{form.problem.value}</Wrong>}
      </Card>
    );
  }
  return (
    <Card title={_('Sign in')} onSubmit={() => void submit()} foot={<>{_('No account for your company yet?')} <Link to="/sign-up">{_('Sign up')}</Link></>}>
      <TextField label={_('E-mail')} type="email" name="email" autocomplete="username" autofocus value={email} onText={(text) => form.set('email', text)} error={form.wrong.value.email} />
      <TextField label={_('Password')} type="password" name="password" autocomplete="current-password" value={password} onText={(text) => form.set('password', text)} error={form.wrong.value.password} />
      {form.problem.value && <Wrong>{form.problem.value}</Wrong>}
      <Button kind="primary" type="submit" wide busy={form.busy.value} disabled={!email || !password}>{_('Sign in')}</Button>
      <Link to="/forgot" class="door-aside">{_('Forgot the password?')}</Link>
    </Card>
  );
}
