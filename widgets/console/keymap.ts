// Every shortcut of the console in one table: it feeds the handler and the sheet that `?` shows.
import { useEffect, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';

export interface Shortcut {
  id: string;
  chord: string;
  where: 'everywhere' | 'inbox' | 'tickets';
  /** works while typing as well */
  always?: true;
  label(): string;
}

export const KEYMAP: readonly Shortcut[] = [
  { id: 'palette', chord: 'mod+k', where: 'everywhere', always: true, label: () => _('Go to anything') },
  { id: 'sheet', chord: '?', where: 'everywhere', label: () => _('Show the shortcuts') },
  { id: 'inbox', chord: 'g i', where: 'everywhere', label: () => _('Inbox') },
  { id: 'board', chord: 'g b', where: 'everywhere', label: () => _('Board') },
  { id: 'tickets', chord: 'g t', where: 'everywhere', label: () => _('Tickets') },
  { id: 'customers', chord: 'g c', where: 'everywhere', label: () => _('Customers') },
  { id: 'settings', chord: 'g s', where: 'everywhere', label: () => _('Settings') },
  { id: 'search', chord: '/', where: 'everywhere', label: () => _('Search on this page') },
  { id: 'back', chord: 'escape', where: 'everywhere', label: () => _('Back to the list') },
  { id: 'accept', chord: 'alt+y', where: 'everywhere', always: true, label: () => _('Accept what is held out to you') },
  { id: 'decline', chord: 'alt+x', where: 'everywhere', always: true, label: () => _('Decline it') },
  { id: 'next', chord: 'alt+down', where: 'inbox', always: true, label: () => _('Next conversation') },
  { id: 'previous', chord: 'alt+up', where: 'inbox', always: true, label: () => _('Previous conversation') },
  { id: 'reply', chord: 'r', where: 'inbox', label: () => _('Write a reply') },
  { id: 'note', chord: 'n', where: 'inbox', label: () => _('Write a private note') },
  { id: 'take', chord: 't', where: 'inbox', label: () => _('Take what waits') },
  { id: 'end', chord: 'e', where: 'inbox', label: () => _('End the conversation') },
  { id: 'panel', chord: 'i', where: 'inbox', label: () => _('Show or hide the side panel') },
  { id: 'create', chord: 'c', where: 'tickets', label: () => _('Create a ticket') },
  { id: 'star', chord: 's', where: 'tickets', label: () => _('Star the ticket') },
  { id: 'assign', chord: 'a', where: 'tickets', label: () => _('Assign the ticket') },
];

type Handlers = Partial<Record<string, () => void>>;
/** What is mounted last answers first: a page before the shell. */
const layers: { current: Handlers }[] = [];

/** Answers shortcuts of the table while the component stands. */
export function useKeys(handlers: Handlers): void {
  const layer = useRef(handlers);
  layer.current = handlers;
  useEffect(() => {
    layers.unshift(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, []);
}

let first: { key: string; at: number } | null = null;
const CHORD_WITHIN = 900;

function pressed(event: KeyboardEvent): string {
  // With Alt a Mac types another letter: the key's place tells which one it is.
  const letter = event.altKey ? /^Key([A-Z])$/.exec(event.code)?.[1] : undefined;
  const key = (letter ?? event.key).toLowerCase().replace('arrow', '').replace(' ', 'space');
  return `${event.ctrlKey || event.metaKey ? 'mod+' : ''}${event.altKey ? 'alt+' : ''}${key}`;
}

const isTyping = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName) && !['checkbox', 'radio', 'button'].includes((target as HTMLInputElement).type));

/** What answers even while a dialog is open: the palette, and who waits for a yes. */
const OVER_DIALOGS = new Set(['mod+k', 'alt+y', 'alt+x']);

/** Never while an input method composes: the letters belong to it. */
function onKeyDown(event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  const key = pressed(event);
  if (/^(mod\+)?(alt\+)?(control|meta|alt|shift)$/.test(key)) return;
  const typing = isTyping(event.target);
  if (typing && key === 'escape') return void (event.target as HTMLElement).blur();
  if (document.querySelector('dialog[open], [popover]:popover-open:not(.toasts, .calls)') && !OVER_DIALOGS.has(key)) return;
  const sequence = first && event.timeStamp - first.at < CHORD_WITHIN ? `${first.key} ${key}` : null;
  const shortcut = KEYMAP.find(({ chord, always }) => (chord === sequence || chord === key) && (always || !typing) && answerTo(chord));
  first = !typing && key === 'g' && !sequence ? { key, at: event.timeStamp } : null;
  if (!shortcut) return;
  event.preventDefault();
  layers.find((layer) => layer.current[shortcut.id])?.current[shortcut.id]?.();
}

const answerTo = (chord: string) => {
  const id = KEYMAP.find((each) => each.chord === chord)?.id;
  return !!id && layers.some((layer) => layer.current[id]);
};

export const listenToKeys = () => addEventListener('keydown', onKeyDown);

export const chordOf = (id: string) => KEYMAP.find((each) => each.id === id)?.chord ?? '';
