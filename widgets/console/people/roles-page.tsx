// Roles: a matrix of permissions by role; built-in roles are fixed, own ones are ticked where they stand.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Button, Checkbox, Dialog, Icon, IconButton, Select, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Role, Scope } from '../../shared/types.ts';
import { roles } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Loaded, useResource } from '../loading.tsx';
import { api, can, report } from '../session.ts';
import { PageHead } from '../settings/frame.tsx';

interface Permission { name: string; description: string }

/** The server may list them bare, as pairs, or with their words. */
function asPermissions(answer: unknown): Permission[] {
  const list = Array.isArray(answer) ? answer : Array.isArray((answer as { items?: unknown })?.items) ? (answer as { items: unknown[] }).items : Object.entries((answer as object) ?? {}).map(([name, description]) => ({ name, description }));
  return list.map((each) => (typeof each === 'string' ? { name: each, description: each } : { name: String((each as any).name ?? (each as any).id), description: String((each as any).description ?? (each as any).name) }));
}

const scopeName = (scope: Scope) => ({ own: _('Own'), groups: _('My groups'), all: _('All') })[scope];
const areaName = (area: string) => ({ ticket: _('Tickets'), conversation: _('Conversations'), customer: _('Customers'), organization: _('Organizations'), people: _('People'), role: _('Roles'), channel: _('Channels'), catalog: _('Catalog'), settings: _('Company'), audit: _('Audit log'), job: _('Dead jobs') })[area] ?? area;

export function RolesPage() {
  const permissions = useResource(async () => asPermissions(await api.get<unknown>('/permissions')));
  const editing = useSignal<Role | 'new' | null>(null);
  const manages = can('role.manage');
  useEffect(() => { void roles.load(); }, []);
  return (
    <>
      <PageHead title={_('Roles')} lead={_('What somebody may do, and how far they see: their own, their groups’, or all.')} acts={manages && <Button kind="primary" icon="plus" onClick={() => { editing.value = 'new'; }}>{_('New role')}</Button>} />
      <Loaded of={roles}>
        {(all) => (
          <Loaded of={permissions}>
            {(list) => <Matrix roles={all} permissions={list} onEdit={manages ? (role) => { editing.value = role; } : undefined} />}
          </Loaded>
        )}
      </Loaded>
      {editing.value && permissions.value.value && <RoleDialog role={editing.value === 'new' ? null : editing.value} permissions={permissions.value.value} onClose={() => { editing.value = null; }} />}
    </>
  );
}

function Matrix({ roles: all, permissions, onEdit }: { roles: Role[]; permissions: Permission[]; onEdit: ((role: Role) => void) | undefined }) {
  const areas = [...new Set(permissions.map(({ name }) => name.split('.')[0]!))];
  return (
    <div class="table-frame" role="region" aria-label={_('Permissions by role')} tabIndex={0}>
      <table class="table matrix">
        <thead>
          <tr>
            <th scope="col">{_('Permission')}</th>
            {all.map((role) => (
              <th key={role.id} scope="col">
                <span class="matrix-role">{role.name}{!role.built_in && onEdit && <IconButton size="small" icon="edit" label={_('Edit {name}', { name: role.name })} onClick={() => onEdit(role)} />}</span>
                <small>{scopeName(role.scope)}</small>
              </th>
            ))}
          </tr>
        </thead>
        {areas.map((area) => (
          <tbody key={area}>
            <tr class="matrix-area"><th scope="rowgroup" colSpan={all.length + 1}>{areaName(area)}</th></tr>
            {permissions.filter(({ name }) => name.split('.')[0] === area).map(({ name, description }) => (
              <tr key={name}>
                <td title={name}>{description}</td>
                {all.map((role) => {
                  const has = role.permissions.includes(name) || role.permissions.includes('*');
                  return <td key={role.id} class="matrix-cell">{has ? <><Icon name="check" /><span class="unseen">{_('Yes')}</span></> : <span class="quiet" aria-label={_('No')} role="img">·</span>}</td>;
                })}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function RoleDialog({ role, permissions, onClose }: { role: Role | null; permissions: Permission[]; onClose(): void }) {
  const form = useForm({ name: role?.name ?? '', scope: role?.scope ?? 'groups' as Scope, permissions: role?.permissions ?? [] as string[] }, [role?.id]);
  const { name, scope, permissions: chosen } = form.values.value;
  const areas = [...new Set(permissions.map((each) => each.name.split('.')[0]!))];
  const submit = async () => {
    const saved = await form.send((values) => (role ? api.patch<Role>(`/roles/${role.id}`, { version: role.version, ...values }) : api.post<Role>('/roles', values)));
    if (!saved) return;
    await roles.load();
    toast(_('Saved'));
    onClose();
  };
  const remove = async () => {
    if (!role) return;
    const sure = await ask({ title: _('Delete “{name}”?', { name: role.name }), consequence: _('Agents who have this role must get another one first.'), act: _('Delete'), danger: true });
    if (!sure) return;
    try {
      await api.delete(`/roles/${role.id}`);
      await roles.load();
      toast(_('“{name}” was deleted.', { name: role.name }));
      onClose();
    } catch (error) {
      report(error);
    }
  };
  return (
    <Dialog title={role ? role.name : _('New role')} onClose={onClose} onSubmit={() => void submit()}
      footer={
        <>
          {role && <Button kind="quiet" onClick={() => void remove()}>{_('Delete')}</Button>}
          <span class="push" />
          <Button onClick={onClose}>{_('Cancel')}</Button>
          <Button kind="primary" type="submit" busy={form.busy.value} disabled={!name.trim()}>{_('Save')}</Button>
        </>
      }>
      <div class="two">
        <TextField label={_('Name')} autofocus value={name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} />
        <Select label={_('Sees')} value={scope} options={(['own', 'groups', 'all'] as const).map((value) => ({ value, label: scopeName(value) }))} onPick={(to) => form.set('scope', to as Scope)} />
      </div>
      {areas.map((area) => (
        <fieldset key={area} class="checks">
          <legend class="field-label">{areaName(area)}</legend>
          {permissions.filter((each) => each.name.split('.')[0] === area).map((each) => (
            <Checkbox key={each.name} label={each.description} checked={chosen.includes(each.name)} onToggle={(on) => form.set('permissions', on ? [...chosen, each.name] : chosen.filter((which) => which !== each.name))} />
          ))}
        </fieldset>
      ))}
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}
