// The short lists that many pages need: agents, groups, roles and the catalog, fetched once and kept fresh.
import { computed } from '@preact/signals';
import type { Choice } from '../shared/components/index.ts';
import type { Agent, CatalogNode, Group, Role } from '../shared/types.ts';
import { resource, whole } from './loading.tsx';

export const agents = resource(() => whole<Agent>('/agents'));
export const groups = resource(() => whole<Group>('/groups'));
export const roles = resource(() => whole<Role>('/roles'));
export const catalog = resource(() => whole<CatalogNode>('/catalog'));
export const channels = resource(() => whole<{ id: string; kind: string }>('/channels'));

/** The desks, to choose from. */
export const desks = computed<Choice[]>(() => (groups.value.value ?? []).filter(({ is_desk }) => is_desk).map(({ id, name: label }) => ({ value: id, label })));

/** Ids of channels whose messages are mails. */
export const mailChannels = computed(() => new Set((channels.value.value ?? []).filter(({ kind }) => kind === 'email').map(({ id }) => id)));

/** What is pushed of an agent is a part (limit, status, name); a part of somebody unknown waits for the whole list. */
export function keepAgent(part: Partial<Agent> & { id: string }): void {
  const list = agents.value.value;
  if (list) agents.value.value = list.map((each) => (each.id === part.id && (part.version ?? each.version) >= each.version ? { ...each, ...part } : each));
}

export interface Branch {
  node: CatalogNode;
  depth: number;
  path: string[];
}

/** The catalog as it is drawn: parents before their children, each in its order. */
export const catalogTree = computed<Branch[]>(() => {
  const all = catalog.value.value ?? [];
  const known = new Set(all.map(({ id }) => id));
  const under = (parent: string | null, depth: number, path: string[]): Branch[] => all
    .filter((node) => (node.parent_id && known.has(node.parent_id) ? node.parent_id : null) === parent)
    .sort((one, other) => one.order - other.order || one.name.localeCompare(other.name))
    .flatMap((node) => {
      const here = [...path, node.name];
      return [{ node, depth, path: here }, ...under(node.id, depth + 1, here)];
    });
  return under(null, 0, []);
});

export const catalogChoices = computed<Choice[]>(() => catalogTree.value.map(({ node, depth, path }) => ({ value: node.id, label: node.name, depth, hint: depth ? path.slice(0, -1).join(' › ') : undefined })));
export const agentChoices = computed<Choice[]>(() => (agents.value.value ?? []).filter(({ active }) => active).map(({ id, name, groups: of }) => ({ value: id, label: name, hint: of.map((group) => group.name).join(', ') })));
export const groupChoices = computed<Choice[]>(() => (groups.value.value ?? []).map(({ id, name }) => ({ value: id, label: name })));
