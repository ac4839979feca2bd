/* The top of the window: who serves, how things stand, and the few things that can be done besides writing. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { Face } from './face.tsx';
import { isEmbedded, tell } from './host.ts';
import { Icon } from './icons.tsx';
import { back, conversation, hasEnded, home, isMuted, leave, mute, opening, showTickets, unread, view } from './session.ts';
import { standing } from './words.ts';

export function Header() {
  const host = conversation.value?.host;
  const channel = opening.value?.channel;
  const name = host?.name ?? channel?.name ?? document.title;
  const isAway = opening.value && view.value !== home.value;
  const hasNews = view.value !== 'talk' && unread.value > 0;
  return (
    <header class="header">
      {isAway
        ? <button type="button" class="icon-button" aria-label={hasNews ? _('Back: new messages') : _('Back')} data-news={hasNews || undefined} onClick={back}><Icon name="left" /></button>
        : <Face name={name} avatar={host?.avatar ?? null} isPresent={conversation.value?.state === 'running' && !hasEnded.value} />}
      <div class="header-words">
        <h1>{name}</h1>
        <p class="quiet small">{standing(conversation.value, hasEnded.value) || channel?.texts?.subtitle || opening.value?.hours_text}</p>
      </div>
      {opening.value && <Menu />}
      {isEmbedded && <button type="button" class="icon-button" aria-label={_('Close')} onClick={() => tell('close', null)}><Icon name="close" /></button>}
    </header>
  );
}

interface Choice { label: string; act: () => void }

function choices(): Choice[] {
  const live = conversation.value && !hasEnded.value ? conversation.value.state : null;
  return [
    { label: _('My requests'), act: () => showTickets(null) },
    { label: _('Leave a message'), act: () => { view.value = 'form'; } },
    { label: isMuted.value ? _('Turn sound on') : _('Turn sound off'), act: () => mute(!isMuted.value) },
    ...(live === 'running' ? [{ label: _('End the conversation'), act: () => void leave().catch(() => undefined) }] : []),
    ...(live === 'waiting' ? [{ label: _('Leave the line'), act: () => void leave().catch(() => undefined) }] : []),
  ];
}

function Menu() {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const outside = (event: Event) => { if (!box.current?.contains(event.target as Node)) setOpen(false); };
    addEventListener('pointerdown', outside);
    addEventListener('blur', outside);
    return () => { removeEventListener('pointerdown', outside); removeEventListener('blur', outside); };
  }, [isOpen]);
  const close = () => { setOpen(false); button.current?.focus(); };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return;
    const items = [...box.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (next !== undefined) { event.preventDefault(); items[next % items.length]?.focus(); }
    if (event.key === 'Escape') { event.preventDefault(); close(); }
    if (event.key === 'Tab') setOpen(false);
  };
  return (
    <div class="menu-box" ref={box} onKeyDown={onKeyDown}>
      <button ref={button} type="button" class="icon-button" aria-haspopup="menu" aria-expanded={isOpen} aria-label={_('More')} onClick={() => setOpen(!isOpen)}><Icon name="more" /></button>
      {isOpen && (
        <div class="menu" role="menu" aria-label={_('More')}>
          {choices().map(({ label, act }) => <button key={label} type="button" role="menuitem" tabIndex={-1} onClick={() => { close(); act(); }}>{label}</button>)}
        </div>
      )}
    </div>
  );
}
