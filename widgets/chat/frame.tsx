/* The chat itself: loads words and colours, meets the host page, and draws one of three views. */
import { effect, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { Header } from './header.tsx';
import { isEmbedded, meetHost, tell } from './host.ts';
import { lazy, loadLater } from './lazy.tsx';
import { Banner, begin, Opening } from './page.tsx';
import { connection, failure, open, opening, start, unread, view } from './session.ts';
import { Talk } from './talk.tsx';
import { apply } from './theme.ts';

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
      <Banner isOffline={connection.value === 'offline' && Boolean(opening.value)} />
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

async function main(): Promise<void> {
  await begin(App, start, { isEmbedded });
  effect(() => { if (opening.value) apply(opening.value.channel.colours); });
  meetHost();
  setTimeout(() => void loadLater(), 2_000);
}

void main();
