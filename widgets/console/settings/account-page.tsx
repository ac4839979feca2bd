// My account: name and password, and the sessions that are signed in as me.
import { Badge, Button, EmptyState, Field, Icon, RelativeTime, TextArea, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Me } from '../../shared/types.ts';
import { useForm } from '../forms.ts';
import { Loaded, useResource, whole } from '../loading.tsx';
import { api, me, report } from '../session.ts';
import { PageHead, Part } from './frame.tsx';

interface Session { id: string; created_at: string; seen_at: string; address: string; browser: string; current: boolean }

/** What a signature may hold beside plain words. */
const SIGNATURE_WORDS = '{{ name }}, {{ email }}, {{ desk }}, {{ company }}';

export function AccountPage() {
  return (
    <div class="settings-scroll">
      <PageHead title={_('Account and sessions')} lead={me.value?.email} />
      <Part title={_('Name')} lead={_('Customers see it when you answer.')}><MyName /></Part>
      <Part title={_('Signature')} lead={_('Stands below what you answer by mail. Empty: your name.')}><MySignature /></Part>
      <Part title={_('Password')} lead={_('A new one signs out all other sessions.')}><MyPassword /></Part>
      <Part title={_('Sessions')} lead={_('Where you are signed in. End what you do not know, then change your password.')}><Sessions /></Part>
    </div>
  );
}

function MyName() {
  const form = useForm({ name: me.value?.name ?? '' });
  const submit = async (event: Event) => {
    event.preventDefault();
    const saved = await form.send((values) => api.patch<Me>('/me', values));
    if (!saved) return;
    if (me.value) me.value = { ...me.value, ...saved };
    toast(_('Saved'));
  };
  return (
    <form class="inline-form" noValidate onSubmit={(event) => void submit(event)}>
      <TextField label={_('Your name')} autocomplete="name" value={form.values.value.name} onText={(text) => form.set('name', text)} error={form.wrong.value.name ?? form.problem.value} />
      <Button type="submit" kind="primary" busy={form.busy.value} disabled={!form.values.value.name.trim() || form.values.value.name === me.value?.name}>{_('Save')}</Button>
    </form>
  );
}

function MySignature() {
  const form = useForm({ signature: me.value?.signature ?? '' });
  const submit = async (event: Event) => {
    event.preventDefault();
    const saved = await form.send((values) => api.patch<Me>('/me', values));
    if (!saved) return;
    if (me.value) me.value = { ...me.value, ...saved };
    form.values.value = { signature: saved.signature };
    toast(_('Saved'));
  };
  return (
    <form class="stacked-form" noValidate onSubmit={(event) => void submit(event)}>
      <Field label={_('Your signature')} error={form.wrong.value.signature ?? form.problem.value} help={_('Plain words. {variables} are filled in; the desk’s own signature comes below.', { variables: SIGNATURE_WORDS })}>
        {(control) => <TextArea {...control} value={form.values.value.signature} onText={(text) => form.set('signature', text)} lines={3} most={8} placeholder={me.value?.name ?? ''} />}
      </Field>
      <div><Button type="submit" busy={form.busy.value} disabled={form.values.value.signature === (me.value?.signature ?? '')}>{_('Save')}</Button></div>
    </form>
  );
}

function MyPassword() {
  const form = useForm({ current: '', password: '' });
  const { current, password } = form.values.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await form.send(async (values) => { await api.post('/me/password', values); return true; }))) return;
    form.values.value = { current: '', password: '' };
    toast(_('The new password is set.'));
  };
  return (
    <form class="stacked-form" noValidate onSubmit={(event) => void submit(event)}>
      <TextField label={_('Password until now')} type="password" autocomplete="current-password" value={current} onText={(text) => form.set('current', text)} error={form.wrong.value.current} />
      <TextField label={_('New password')} type="password" autocomplete="new-password" value={password} onText={(text) => form.set('password', text)} error={form.wrong.value.password} help={_('At least 10 characters; a short sentence is best.')} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
      <div><Button type="submit" busy={form.busy.value} disabled={!current || !password}>{_('Set the password')}</Button></div>
    </form>
  );
}

function Sessions() {
  const sessions = useResource(() => whole<Session>('/sessions'));
  const end = async (session: Session) => {
    const before = sessions.value.value;
    sessions.value.value = before?.filter(({ id }) => id !== session.id);
    try {
      await api.delete(`/sessions/${session.id}`);
      toast(_('That session was ended.'));
    } catch (error) {
      sessions.value.value = before;
      report(error);
    }
  };
  return (
    <Loaded of={sessions}>
      {(found) => found.length ? (
        <ul class="jobs">
          {found.map((session) => (
            <li key={session.id} class="job">
              <Icon name={/Android|iPhone|Mobile/i.test(session.browser) ? 'phone' : 'laptop'} size={20} />
              <div>
                <p class="clip" title={session.browser}><strong>{session.browser || _('Unknown browser')}</strong> {session.current && <Badge meaning="good">{_('This one')}</Badge>}</p>
                <p class="quiet small">{session.address} · {_('last used')} <RelativeTime at={session.seen_at} /></p>
              </div>
              {!session.current && <Button onClick={() => void end(session)}>{_('End')}</Button>}
            </li>
          ))}
        </ul>
      ) : <EmptyState icon="laptop" title={_('No sessions')} />}
    </Loaded>
  );
}
