// What the address opens: the door for strangers, the desk for agents; seldom used pages come when they are asked for.
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button, EmptyState, ErrorState, Questions, Skeleton, Toasts } from '../shared/components/index.ts';
import { _ } from '../shared/i18n.ts';
import { titleOf } from './alerts.ts';
import { Inbox } from './inbox/inbox.tsx';
import { lastBox } from './inbox/conversations.ts';
import { connect, disconnect } from './live.ts';
import { go, match, path } from './router.ts';
import { findOut, me, wordsOf } from './session.ts';
import { Shell } from './shell/shell.tsx';
import { lastView } from './tickets/store.ts';
import { TicketsPage } from './tickets/tickets-page.tsx';
import { TicketPage } from './tickets/ticket-page.tsx';

type Page = ComponentType<any>;
type Fetched = () => Promise<Page>;

/** Shows a page of a lazy chunk; a chunk that cannot be had (offline, newer release) says so. */
function later(fetch: Fetched): Page {
  let page: Page | undefined;
  return function Later(given: object) {
    const problem = useSignal<string | null>(null);
    const there = useSignal(!!page);
    const load = () => {
      problem.value = null;
      fetch().then((found) => { page = found; there.value = true; }, () => { problem.value = _('This part of the console could not be fetched. Check your connection, or load the page anew.'); });
    };
    useEffect(() => { if (!there.value) load(); }, []);
    if (there.value && page) { const Found = page; return <Found {...given} />; }
    return problem.value ? <ErrorState words={problem.value} onRetry={load} /> : <Skeleton />;
  };
}

const as = (page: unknown) => page as Page;
const Door = later(async () => as((await import('./door/door.tsx')).Door));
const Customers = later(async () => as((await import('./customers/customers-page.tsx')).CustomersPage));
const CustomerPage = later(async () => as((await import('./customers/customer-page.tsx')).CustomerPage));
const People = later(async () => as((await import('./people/people-page.tsx')).PeoplePage));
const Settings = later(async () => as((await import('./settings/settings-page.tsx')).SettingsPage));
const Account = later(async () => as((await import('./settings/account-page.tsx')).AccountPage));

const DOORS = ['/sign-in', '/sign-up', '/activate', '/forgot', '/reset', '/invitation'];

const PAGES: readonly [pattern: string, page: Page][] = [
  ['/inbox/:box/:id?', as(Inbox)],
  ['/tickets/:view', as(TicketsPage)],
  ['/ticket/:id', as(TicketPage)],
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
        : <Desk key={me.value.id} />}
      <Questions />
      <Toasts />
    </>
  );
}
