/* The top of the window: who serves, how things stand, and the few things that can be done besides writing. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { Face } from './face.tsx';
import { isEmbedded, tell } from './host.ts';
import { Icon } from './icons.tsx';
import { lazy } from './lazy.tsx';
import { back, conversation, hasEnded, home, opening, unread, view } from './session.ts';
import { standing } from './words.ts';

const MoreMenu = lazy('MoreMenu');

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

function Menu() {
  const isOpen = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (isLeft = false) => { isOpen.value = false; if (!isLeft) button.current?.focus(); };
  return (
    <div class="menu-box" ref={box}>
      <button ref={button} type="button" class="icon-button" aria-haspopup="menu" aria-expanded={isOpen.value} aria-label={_('More')} onClick={() => { isOpen.value = !isOpen.value; }}><Icon name="more" /></button>
      {isOpen.value && <MoreMenu box={box} close={close} />}
    </div>
  );
}
