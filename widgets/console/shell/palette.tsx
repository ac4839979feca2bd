// The palette (Ctrl/⌘ K): pages, views, open conversations and a few acts, found by typing a part of their names.
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Avatar, Icon, Keys, type IconName } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { boxes } from '../inbox/conversations.ts';
import { chordOf } from '../keymap.ts';
import { go } from '../router.ts';
import { can, chooseAway, chooseLimit, chooseTheme, me, theme } from '../session.ts';
import { nameOf } from '../words.ts';
import { tickets, viewIcon, viewName, VIEWS } from '../tickets/store.ts';

interface Goal { id: string; label: string; hint?: string; icon: IconName; person?: { id: string; name: string }; keys?: string; act(): void }

function goals(needle: string): Goal[] {
  const page = (to: string, label: string, icon: IconName, keys?: string): Goal => ({ id: to, label, icon, keys, act: () => go(to) });
  return [
    ...[...boxes.mine.value, ...boxes.waiting.value, ...boxes.group.value].map((conversation): Goal => ({
      id: conversation.id, label: nameOf(conversation.customer), hint: conversation.last_message?.text ?? conversation.subject, icon: 'chat', person: { id: conversation.customer.id, name: nameOf(conversation.customer) },
      act: () => go(`/inbox/${conversation.state === 'waiting' ? 'waiting' : boxes.mine.value.includes(conversation) ? 'mine' : 'group'}/${conversation.id}`),
    })),
    page('/inbox/waiting', _('Waiting conversations'), 'queue'),
    page('/inbox/mine', _('My conversations'), 'inbox', chordOf('inbox')),
    page('/inbox/group', _("My groups' conversations"), 'people'),
    page('/inbox/ended', _('Ended conversations'), 'history'),
    ...(can('conversation.monitor') ? [page('/board', _('Board'), 'board', chordOf('board')), page('/wall', _('Wall board'), 'screen')] : []),
    ...VIEWS.map((view) => page(`/tickets/${view}`, _('Tickets: {view}', { view: viewName(view) }), viewIcon[view])),
    page('/customers', _('Customers'), 'users', chordOf('customers')),
    page('/people/agents', _('Agents'), 'user'),
    page('/people/groups', _('Groups and desks'), 'people'),
    page('/people/roles', _('Roles'), 'shield'),
    ...(can('channel.manage') ? [page('/settings/channels', _('Channels'), 'globe')] : []),
    ...(can('catalog.manage') ? [page('/settings/catalog', _('Service catalog'), 'catalog')] : []),
    ...(can('settings.manage') ? [page('/settings/company', _('Company'), 'building')] : []),
    ...(can('audit.read') ? [page('/settings/audit', _('Audit log'), 'audit')] : []),
    ...(can('job.manage') ? [page('/settings/jobs', _('Dead jobs'), 'jobs')] : []),
    page('/account', _('Account and sessions'), 'user'),
    { id: 'busy', label: _('Be busy: take no new conversations'), icon: 'bell', act: () => void chooseLimit(0) },
    { id: 'away', label: me.value?.absence ? _('I am back') : _('Be away: nothing comes to you'), icon: me.value?.absence ? 'sun' : 'moon', act: () => void chooseAway(!me.value?.absence) },
    { id: 'theme', label: theme.value === 'dark' ? _('Light theme') : _('Dark theme'), icon: theme.value === 'dark' ? 'sun' : 'moon', act: () => void chooseTheme(theme.value === 'dark' ? 'light' : 'dark') },
    ...(needle ? [...tickets.value.values()].slice(0, 200).map((ticket): Goal => ({ id: ticket.id, label: `#${ticket.number} ${ticket.subject}`, hint: ticket.customer?.name, icon: 'ticket', act: () => go(`/ticket/${ticket.id}`) })) : []),
  ];
}

const ROWS = 12;

function matching(words: string): Goal[] {
  const needle = words.toLowerCase();
  const found = goals(needle).filter(({ label, hint }) => needle.split(/\s+/).every((word) => `${label} ${hint ?? ''}`.toLowerCase().includes(word))).slice(0, ROWS);
  if (needle) found.push({ id: 'search', label: _('Search tickets for “{words}”', { words }), icon: 'search', act: () => go(`/tickets/all?q=${encodeURIComponent(words)}`) });
  return found;
}

export function Palette({ onClose }: { onClose(): void }) {
  const words = useSignal('');
  const at = useSignal(0);
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key arrives: who types on after Ctrl K must not lose a letter.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => { dialog.current?.close(); before?.focus?.(); };
  }, []);
  const found = matching(words.value.trim());
  const pick = (goal: Goal | undefined) => {
    if (!goal) return;
    onClose();
    goal.act();
  };
  return (
    <dialog ref={dialog} class="dialog palette" aria-label={_('Go to anything')} onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClick={(event) => { if (event.target === event.currentTarget) onClose(); }}>
      <div class="palette-search">
        <Icon name="search" />
        <input autofocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={`palette-${at.value}`} aria-label={_('Go to anything')}
          placeholder={_('Go to a page, a view, a conversation, a ticket…')} value={words.value}
          onInput={(event) => { words.value = event.currentTarget.value; at.value = 0; }}
          onKeyDown={(event) => {
            if (event.isComposing || event.keyCode === 229) return;
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step) { event.preventDefault(); at.value = (at.value + step + found.length) % Math.max(1, found.length); }
            if (event.key === 'Enter') { event.preventDefault(); pick(matching(words.value.trim())[at.value]); }
          }} />
      </div>
      <ul id="palette-list" role="listbox" aria-label={_('Found')}>
        {found.map((goal, index) => (
          <li key={goal.id} id={`palette-${index}`} role="option" aria-selected={index === at.value} class="palette-goal" onClick={() => pick(goal)} onPointerMove={() => { at.value = index; }}>
            {goal.person ? <Avatar {...goal.person} size={20} /> : <Icon name={goal.icon} />}
            <span class="palette-label">{goal.label}</span>
            {goal.hint && <span class="palette-hint">{goal.hint}</span>}
            {goal.keys && <Keys chord={goal.keys} />}
          </li>
        ))}
      </ul>
    </dialog>
  );
}
