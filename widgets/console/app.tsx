// What the address opens: the door for strangers, the desk for agents; seldom used pages come when they are asked for.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, EmptyState, ErrorState, Questions, Toasts } from '../shared/components/index.ts';
import { _ } from '../shared/i18n.ts';
import { titleOf } from './alerts.ts';
import { Inbox } from './inbox/inbox.tsx';
import { lastBox } from './inbox/conversations.ts';
import { Calls } from './handover/calls.tsx';
import { as, later, type Page } from './later.tsx';
import { connect, disconnect } from './live.ts';
import { go, match, path } from './router.ts';
import { findOut, me, wordsOf } from './session.ts';
import { Shell } from './shell/shell.tsx';
import { lastView } from './tickets/store.ts';
import { TicketsPage } from './tickets/tickets-page.tsx';
import { TicketPage } from './tickets/ticket-page.tsx';

const Door = later(async () => as((await import('./door/door.tsx')).Door));
const Customers = later(async () => as((await import('./customers/customers-page.tsx')).CustomersPage));
const CustomerPage = later(async () => as((await import('./customers/customer-page.tsx')).CustomerPage));
const People = later(async () => as((await import('./people/people-page.tsx')).PeoplePage));
const Settings = later(async () => as((await import('./settings/settings-page.tsx')).SettingsPage));
const BoardPage = later(async () => as((await import('./board/board-page.tsx')).BoardPage));
const Wall = later(async () => as((await import('./board/wall.tsx')).Wall));
const Account = later(async () => as((await import('./settings/account-page.tsx')).AccountPage));

const DOORS = ['/sign-in', '/sign-up', '/activate', '/forgot', '/reset', '/invitation'];

const PAGES: readonly [pattern: string, page: Page][] = [
  ['/inbox/:box/:id?', as(Inbox)],
  ['/tickets/:view', as(TicketsPage)],
  ['/ticket/:id', as(TicketPage)],
  ['/board/:id?', BoardPage],
  ['/customers', Customers],
  ['/customers/:id', CustomerPage],
  ['/people/:tab?', People],
  ['/settings/:page?/:id?', Settings],
  ['/account/:tab?', Account],
];

function Desk() {
  useEffect(() => {
    connect();
    return disconnect;
  }, []);
  const here = path.value;
  if (here === '/' || DOORS.includes(here)) return <Turn to={`/inbox/${lastBox.value}`} />;
  if (here === '/inbox') return <Turn to={`/inbox/${lastBox.value}`} />;
  if (here === '/tickets') return <Turn to={`/tickets/${lastView.value}`} />;
  if (here === '/wall') return <Wall />;
  for (const [pattern, Found] of PAGES) {
    const given = match(pattern, here);
    if (given) return <Shell><Found {...given} /></Shell>;
  }
  return <Shell><Nowhere /></Shell>;
}

function Turn({ to }: { to: string }) {
  useEffect(() => go(to, { replace: true }), [to]);
  return null;
}

function Nowhere() {
  titleOf(_('Not found'));
  return (
    <>
      <h1 class="unseen">{_('Not found')}</h1>
      <EmptyState icon="help" title={_('There is nothing at this address')} act={<Button onClick={() => go('/inbox')}>{_('Go to the inbox')}</Button>}>
        {_('The link may be old, or the page was moved.')}
      </EmptyState>
    </>
  );
}

export function App() {
  const problem = useSignal<string | null>(null);
  const start = () => {
    problem.value = null;
    findOut().catch((error: unknown) => { problem.value = wordsOf(error); });
  };
  useEffect(start, []);
  const invited = path.value === '/invitation' || path.value === '/reset';
  return (
    <>
      {problem.value ? <main class="whole-page"><ErrorState words={problem.value} onRetry={start} /></main>
        : me.value === undefined ? <main class="whole-page" aria-busy="true" />
        : me.value === null || invited ? <Door />
        : <><Desk key={me.value.id} /><Calls /></>}
      <Questions />
      <Toasts />
    </>
  );
}
