// The navigation menu as a tree that is edited in place: add, name, move, point at a service, remove.
import { newId } from '../../shared/api.ts';
import { Button, IconButton, Menu, Picker, TextField } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { catalogChoices } from '../directory.ts';
import type { Choice, WebChatSettings } from './channel.ts';

type NavigationMenu = WebChatSettings['menu'];

const DEEPEST = 5;
const fresh = (): Choice => ({ id: newId().slice(0, 12), label: '', catalog_node_id: null, items: [] });

/** The same tree with one level of it changed; `trail` are positions from the top. */
function changed(items: Choice[], trail: readonly number[], change: (level: Choice[]) => Choice[]): Choice[] {
  const [here, ...rest] = trail;
  return here === undefined ? change(items) : items.map((item, at) => (at === here ? { ...item, items: changed(item.items, rest, change) } : item));
}

export function MenuEditor({ menu, onMenu, error }: { menu: NavigationMenu; onMenu(menu: NavigationMenu): void; error?: string | undefined }) {
  const change = (trail: readonly number[], how: (level: Choice[]) => Choice[]) => onMenu({ ...menu, items: changed(menu.items, trail, how) });
  return (
    <div class="menu-editor">
      <TextField label={_('Question above the menu')} value={menu.prompt} onText={(prompt) => onMenu({ ...menu, prompt })} placeholder={_('What is it about?')} error={error} />
      <Level items={menu.items} trail={[]} change={change} />
    </div>
  );
}

function Level({ items, trail, change }: { items: Choice[]; trail: readonly number[]; change(trail: readonly number[], how: (level: Choice[]) => Choice[]): void }) {
  const set = (at: number, to: Partial<Choice>) => change(trail, (level) => level.map((item, index) => (index === at ? { ...item, ...to } : item)));
  const move = (at: number, by: number) => change(trail, (level) => {
    const next = [...level];
    const [item] = next.splice(at, 1);
    next.splice(at + by, 0, item!);
    return next;
  });
  return (
    <ol class="menu-level">
      {items.map((item, at) => (
        <li key={item.id}>
          <div class="menu-choice">
            <span class="menu-number">[{at + 1}]</span>
            <input class="input" aria-label={_('Words of choice {n}', { n: at + 1 })} value={item.label} placeholder={_('What the customer reads')} maxlength={200} onInput={(event) => set(at, { label: event.currentTarget.value })} />
            {item.items.length === 0 && <Picker hideLabel label={_('Service of choice {n}', { n: at + 1 })} value={item.catalog_node_id} choices={catalogChoices.value} none={_('No service')} onPick={(id) => set(at, { catalog_node_id: id })} />}
            <Menu label={_('Choice {n}', { n: at + 1 })} align="end" trigger={(props) => <IconButton icon="more" label={_('Choice {n}', { n: at + 1 })} {...props} />}
              items={[
                { label: _('Move up'), icon: 'arrow_up', disabled: at === 0, onPick: () => move(at, -1) },
                { label: _('Move down'), icon: 'arrow_down', disabled: at === items.length - 1, onPick: () => move(at, 1) },
                { label: _('Add a choice below it'), icon: 'move', disabled: trail.length + 1 >= DEEPEST, onPick: () => set(at, { catalog_node_id: null, items: [...item.items, fresh()] }) },
                null,
                { label: _('Remove'), icon: 'trash', danger: true, onPick: () => change(trail, (level) => level.filter((_each, index) => index !== at)) },
              ]} />
          </div>
          {item.items.length > 0 && <Level items={item.items} trail={[...trail, at]} change={change} />}
        </li>
      ))}
      <li><Button kind="quiet" size="small" icon="plus" onClick={() => change(trail, (level) => [...level, fresh()])}>{_('Add a choice')}</Button></li>
    </ol>
  );
}
