/* The few things that can be done besides writing; fetched when first opened. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { conversation, hasEnded, isMuted, leave, mute, showTickets, view } from './session.ts';

/** Where it fails the line is broken, which the banner says, or all is over already, which the window shows. */
const end = () => void leave().catch(() => undefined);

interface Choice { label: string; act: () => void }

function choices(): Choice[] {
  const live = conversation.value && !hasEnded.value ? conversation.value.state : null;
  return [
    { label: _('My requests'), act: () => showTickets(null) },
    { label: _('Leave a message'), act: () => { view.value = 'form'; } },
    { label: isMuted.value ? _('Turn sound on') : _('Turn sound off'), act: () => mute(!isMuted.value) },
    ...(live === 'running' ? [{ label: _('End the conversation'), act: end }] : []),
    ...(live === 'waiting' ? [{ label: _('Leave the line'), act: end }] : []),
  ];
}

/** `box` holds the button as well: a press on it is not a press outside. */
export function MoreMenu({ box, close }: { box: RefObject<HTMLDivElement | null>; close: (isLeft?: boolean) => void }) {
  const menu = useRef<HTMLDivElement>(null);
  const items = () => [...menu.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
  useEffect(() => {
    items()[0]?.focus();
    const outside = (event: Event) => { if (!box.current?.contains(event.target as Node)) close(true); };
    addEventListener('pointerdown', outside);
    addEventListener('blur', outside);
    return () => { removeEventListener('pointerdown', outside); removeEventListener('blur', outside); };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) { event.preventDefault(); all[next % all.length]?.focus(); }
    if (event.key === 'Escape') { event.preventDefault(); close(); }
    if (event.key === 'Tab') close(true);
  };
  return (
    <div class="menu" role="menu" ref={menu} aria-label={_('More')} onKeyDown={onKeyDown}>
      {choices().map(({ label, act }) => <button key={label} type="button" role="menuitem" tabIndex={-1} onClick={() => { close(); act(); }}>{label}</button>)}
    </div>
  );
}
