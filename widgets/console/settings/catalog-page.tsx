// The service catalog: a tree of at most five levels; each service may have a group and presets for its tickets.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, Button, Dialog, EmptyState, IconButton, Menu, Picker, Select, TagsField, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { CatalogNode, Level } from '../../shared/types.ts';
import { catalog, catalogTree, groupChoices, groups, type Branch } from '../directory.ts';
import { useForm } from '../forms.ts';
import { Loaded } from '../loading.tsx';
import { api, report } from '../session.ts';
import { LEVELS, levelName, TYPES, typeName } from '../words.ts';
import { PageHead } from './frame.tsx';

const DEEPEST = 5;

export function CatalogPage() {
  const editing = useSignal<{ node: CatalogNode | null; parent: string | null } | null>(null);
  useEffect(() => { void catalog.load(); groups.ensure(); }, []);
  const add = <Button kind="primary" icon="plus" onClick={() => { editing.value = { node: null, parent: null }; }}>{_('New service')}</Button>;
  return (
    <>
      <PageHead title={_('Service catalog')} lead={_('What you offer, as a tree of at most five levels. Menus and tickets point at it; the nearest group above a service is responsible for it.')} acts={add} />
      <Loaded of={catalog}>
        {() => catalogTree.value.length ? (
          <ul class="tree">{catalogTree.value.map((branch) => <Node key={branch.node.id} branch={branch} onEdit={() => { editing.value = { node: branch.node, parent: branch.node.parent_id }; }} onAdd={() => { editing.value = { node: null, parent: branch.node.id }; }} />)}</ul>
        ) : <EmptyState icon="catalog" title={_('The catalog is empty')} act={add}>{_('Begin with three to five broad services, such as accounts, hardware, billing. Finer ones can come later.')}</EmptyState>}
      </Loaded>
      {editing.value && <NodeDialog node={editing.value.node} parent={editing.value.parent} onClose={() => { editing.value = null; }} />}
    </>
  );
}

const siblingsOf = (node: CatalogNode) => catalogTree.value.map((branch) => branch.node).filter((each) => each.parent_id === node.parent_id);
const hasChildren = (node: CatalogNode) => catalogTree.value.some((branch) => branch.node.parent_id === node.id);

async function shift(node: CatalogNode, by: 1 | -1): Promise<void> {
  const level = siblingsOf(node);
  const at = level.findIndex(({ id }) => id === node.id);
  const next = [...level];
  next.splice(at, 1);
  next.splice(at + by, 0, node);
  try {
    for (const [order, each] of next.entries()) if (each.order !== order) await api.patch(`/catalog/${each.id}`, { version: each.version, order });
    toast(_('Saved'));
  } catch (error) {
    report(error);
  }
  await catalog.load();
}

async function remove(node: CatalogNode): Promise<void> {
  const sure = await ask({ title: _('Delete “{name}”?', { name: node.name }), consequence: _('New tickets can no longer be put there. Tickets that are there keep the words of its path.'), act: _('Delete'), danger: true });
  if (!sure) return;
  try {
    await api.delete(`/catalog/${node.id}`);
    toast(_('“{name}” was deleted.', { name: node.name }));
    await catalog.load();
  } catch (error) {
    report(error);
  }
}

function Node({ branch: { node, depth }, onEdit, onAdd }: { branch: Branch; onEdit(): void; onAdd(): void }) {
  const level = siblingsOf(node);
  const at = level.findIndex(({ id }) => id === node.id);
  const group = groups.value.value?.find(({ id }) => id === node.group_id);
  const presets = [(node.skills ?? []).join(', '), node.type && typeName(node.type), node.urgency && _('urgency {level}', { level: levelName(node.urgency).toLowerCase() }), node.impact && _('impact {level}', { level: levelName(node.impact).toLowerCase() })].filter(Boolean);
  return (
    <li class="tree-node" style={{ '--depth': depth }}>
      <button type="button" class="tree-name" onClick={onEdit}>{node.name}</button>
      <span class="quiet small clip">{[group?.name, ...presets].filter(Boolean).join(' · ')}</span>
      <IconButton icon="plus" size="small" label={_('Add a service below {name}', { name: node.name })} disabled={depth + 1 >= DEEPEST} onClick={onAdd} />
      <Menu label={node.name} align="end" trigger={(props) => <IconButton icon="more" size="small" label={_('More for {name}', { name: node.name })} {...props} />}
        items={[
          { label: _('Edit'), icon: 'edit', onPick: onEdit },
          { label: _('Move up'), icon: 'arrow_up', disabled: at <= 0, onPick: () => void shift(node, -1) },
          { label: _('Move down'), icon: 'arrow_down', disabled: at >= level.length - 1, onPick: () => void shift(node, 1) },
          null,
          { label: _('Delete'), icon: 'trash', danger: true, disabled: hasChildren(node), hint: hasChildren(node) ? _('Delete what is below it first') : undefined, onPick: () => void remove(node) },
        ]} />
    </li>
  );
}

function NodeDialog({ node, parent, onClose }: { node: CatalogNode | null; parent: string | null; onClose(): void }) {
  const form = useForm({ name: node?.name ?? '', parent_id: node ? node.parent_id : parent, group_id: node?.group_id ?? null, type: node?.type ?? '', urgency: node?.urgency ?? '' as Level | '', impact: node?.impact ?? '' as Level | '', skills: node?.skills ?? [] as string[] }, [node?.id]);
  const { name, parent_id, group_id, type, urgency, impact, skills } = form.values.value;
  const below = new Set<string>();
  if (node) for (const branch of catalogTree.value) if (branch.node.id === node.id || (branch.node.parent_id && below.has(branch.node.parent_id))) below.add(branch.node.id);
  const parents = catalogTree.value.filter((branch) => !below.has(branch.node.id) && branch.depth + 1 < DEEPEST).map((branch) => ({ value: branch.node.id, label: branch.node.name, depth: branch.depth }));
  const submit = async () => {
    const saved = await form.send((values) => {
      const body = { ...values, type: values.type || null, urgency: values.urgency || null, impact: values.impact || null };
      return node ? api.patch<CatalogNode>(`/catalog/${node.id}`, { version: node.version, ...body }) : api.post<CatalogNode>('/catalog', { ...body, order: catalogTree.value.filter((each) => each.node.parent_id === values.parent_id).length });
    });
    if (!saved) return;
    await catalog.load();
    toast(_('Saved'));
    onClose();
  };
  const open = { value: '', label: _('Left open') };
  const levels = [open, ...LEVELS.map((value) => ({ value, label: levelName(value) }))];
  return (
    <Dialog title={node ? _('Edit the service') : _('New service')} onClose={onClose} onSubmit={() => void submit()}
      footer={<><Button onClick={onClose}>{_('Cancel')}</Button><Button kind="primary" type="submit" busy={form.busy.value} disabled={!name.trim()}>{_('Save')}</Button></>}>
      <TextField label={_('Name')} autofocus value={name} onText={(text) => form.set('name', text)} error={form.wrong.value.name} maxlength={100} />
      <div class="two">
        <Picker label={_('Below')} value={parent_id} choices={parents} none={_('At the top')} onPick={(id) => form.set('parent_id', id)} error={form.wrong.value.parent_id} />
        <Picker label={_('Responsible group')} value={group_id} choices={groupChoices.value} none={_('As above it')} onPick={(id) => form.set('group_id', id)} error={form.wrong.value.group_id} />
      </div>
      <div class="three">
        <Select label={_('Type')} value={type} options={[open, ...TYPES.map((value) => ({ value, label: typeName(value) }))]} onPick={(each) => form.set('type', each)} />
        <Select label={_('Urgency')} value={urgency} options={levels} onPick={(each) => form.set('urgency', each as Level | '')} />
        <Select label={_('Impact')} value={impact} options={levels} onPick={(each) => form.set('impact', each as Level | '')} />
      </div>
      <TagsField label={_('Skills')} tags={skills} onTags={(all) => form.set('skills', all)} placeholder={_('Add a skill')} error={form.wrong.value.skills}
        help={_('What an agent must know to serve this, such as vpn or billing. Desks that match skills give it only to those who have them all.')} />
      {form.problem.value && <p class="field-error" role="alert">{form.problem.value}</p>}
    </Dialog>
  );
}
