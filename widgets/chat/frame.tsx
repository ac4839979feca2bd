/* The chat itself: loads words and colours, meets the host page, and draws one of three views. */
import { effect, useSignalEffect } from '@preact/signals';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { _, loadCatalogue } from '../shared/i18n.ts';
import { Header } from './header.tsx';
import { isEmbedded, meetHost, tell } from './host.ts';
import { lazy, loadLater } from './lazy.tsx';
import { connection, failure, open, opening, start, unread, view } from './session.ts';
import { Talk } from './talk.tsx';
import { apply } from './theme.ts';
import './frame.css';

const TicketForm = lazy('TicketForm', Opening);
const Tickets = lazy('Tickets', Opening);

function App() {
  useEffect(() => {
    // Dialogs and menus answer Escape themselves and stop it there.
    const close = (event: KeyboardEvent) => { if (event.key === 'Escape' && !event.defaultPrevented) tell('close', null); };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, []);
  useSignalEffect(() => {
    const name = opening.value?.channel.name ?? document.title.replace(/^\(\d+\) /, '');
    document.title = unread.value && !isEmbedded ? `(${unread.value}) ${name}` : name;
  });
  return (
    <>
      <Header />
      <Banner />
      <Body />
    </>
  );
}

function Body() {
  if (!opening.value) return failure.value ? <CannotOpen /> : <Opening />;
  switch (view.value) {
    case 'form': return <TicketForm />;
    case 'tickets': return <Tickets />;
    default: return <Talk />;
  }
}

/** Says once that the way is broken, and that nothing is lost by it. */
function Banner() {
  const isOffline = connection.value === 'offline' && Boolean(opening.value);
  return <div role="status" class="banner" hidden={!isOffline}>{isOffline ? _('Reconnecting… What you write is kept and sent as soon as we are back.') : ''}</div>;
}

function Opening() {
  return <main class="view opening" aria-busy="true"><span class="ghost" /><span class="ghost" /><span class="ghost short" /><p class="unseen" role="status">{_('Opening the chat…')}</p></main>;
}

function CannotOpen() {
  const isGone = failure.value?.status === 404;
  return (
    <main class="view centred">
      <p class="large">{isGone ? _('This chat does not exist') : _('The chat cannot be reached')}</p>
      <p class="quiet">{isGone ? _('Please ask the owner of the page for the right address.') : failure.value?.message}</p>
      {!isGone && <button type="button" class="button primary" onClick={() => void open()}>{_('Try again')}</button>}
    </main>
  );
}

/** On phones the keyboard lies over a page of its own; what is left of the screen is ours. */
function followKeyboard(): void {
  const { visualViewport } = window;
  if (isEmbedded || !visualViewport) return;
  const fit = () => {
    document.documentElement.style.setProperty('--height', `${visualViewport.height}px`);
    if (visualViewport.scale === 1) scrollTo(0, 0);
  };
  visualViewport.addEventListener('resize', fit);
  fit();
}

async function main(): Promise<void> {
  apply({ accent: document.documentElement.dataset.accent ?? '' });
  await loadCatalogue();
  followKeyboard();
  start();
  effect(() => { if (opening.value) apply(opening.value.channel.colours); });
  document.body.replaceChildren();
  render(<App />, document.body);
  meetHost();
  setTimeout(() => void loadLater(), 2_000);
}

void main();
