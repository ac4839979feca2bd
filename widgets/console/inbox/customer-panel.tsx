// The right pane: who the customer is, where they are on the web, and what happened before.
import type { ComponentChildren } from 'preact';
import { Avatar, Badge, Button, ConversationBadge, Icon, IconButton, RelativeTime, Skeleton, StateBadge } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Conversation, Customer, Ticket } from '../../shared/types.ts';
import { CustomerNote, EditCustomer } from '../customers/edit-customer.tsx';
import { Link } from '../link.tsx';
import { Loaded, usePaged, useResource } from '../loading.tsx';
import { api, can } from '../session.ts';
import { identityName, nameOf } from '../words.ts';

export function Section({ title, count, open = true, children }: { title: string; count?: number | undefined; open?: boolean; children: ComponentChildren }) {
  return (
    <details class="section" open={open}>
      <summary><Icon name="right" size={14} /><h2>{title}</h2>{!!count && <span class="quiet">{count}</span>}</summary>
      <div class="section-body">{children}</div>
    </details>
  );
}

export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren] | null | false | undefined)[] }) {
  return (
    <dl class="facts">
      {facts.map((fact) => fact && fact[1] ? <div key={fact[0]}><dt>{fact[0]}</dt><dd>{fact[1]}</dd></div> : null)}
    </dl>
  );
}

export function CustomerPanel({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const { customer: { id, avatar } } = conversation;
  const name = nameOf(conversation.customer);
  const customer = useResource(() => api.get<Customer>(`/customers/${id}`), [id]);
  return (
    <aside class="customer" aria-label={_('Customer')}>
      <header class="customer-head">
        <Avatar id={id} name={name} src={avatar} size={40} />
        <div class="customer-name">
          <h2 class="clip">{customer.value.value?.name || name}</h2>
          <Link to={`/customers/${id}`} class="small">{_('Profile')}</Link>
        </div>
        {customer.value.value && can('customer.edit') && <EditCustomer of={customer} />}
        <IconButton icon="close" class="phone-only" label={_('Back to the conversation')} onClick={onClose} />
      </header>
      <div class="customer-scroll">
        <Loaded of={customer} skeleton={<Skeleton rows={5} height={32} />}>
          {(found) => (
            <>
              <Profile customer={found} />
              <Visit visit={conversation.visit} />
              <Section title={_('Note')}><CustomerNote of={customer} /></Section>
            </>
          )}
        </Loaded>
        <Past customerId={id} except={conversation.id} />
      </div>
    </aside>
  );
}

export function Profile({ customer }: { customer: Customer }) {
  const seen = customer.identities.filter(({ kind }) => !kind.startsWith('visitor'));
  return (
    <Section title={_('Profile')}>
      <Facts facts={[
        ...seen.map(({ kind, value, verified }) => [identityName(kind), <span class="identity"><span class="clip" title={value}>{value}</span>{verified && <Badge meaning="good" icon="check" title={_('Verified')}>{_('Verified')}</Badge>}</span>] as const),
        [_('Organization'), customer.organization?.name],
        [_('Language'), languageWords(customer.language)],
        ...Object.entries(customer.fields ?? {}).map(([field, value]) => [field, value == null ? null : String(value)] as const),
        [_('Known since'), <RelativeTime at={customer.created_at} />],
      ]} />
    </Section>
  );
}

const languageWords = (code: string | null | undefined): string => {
  try { return code ? new Intl.DisplayNames([document.documentElement.lang || 'en'], { type: 'language' }).of(code) ?? code : ''; } catch { return code ?? ''; }
};

function host(address: string): string {
  try { const { hostname, pathname } = new URL(address); return hostname + (pathname === '/' ? '' : pathname); } catch { return address; }
}

const outside = (address: string | undefined, words?: string) => address && (/^https?:/i.test(address) ? <a href={address} target="_blank" rel="noopener noreferrer nofollow" title={address} class="clip">{words || host(address)}</a> : address);

function localTime(zone: string | undefined): ComponentChildren {
  if (!zone) return null;
  try { return `${zone.replaceAll('_', ' ')} · ${new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(new Date())}`; } catch { return zone; }
}

function Visit({ visit }: { visit: Conversation['visit'] | null }) {
  if (!visit || !Object.values(visit).some(Boolean)) return null;
  return (
    <Section title={_('Visit')}>
      <Facts facts={[
        [_('Page'), outside(visit.page, visit.title)],
        [_('Came from'), outside(visit.referrer)],
        [_('Browser'), visit.browser && <span title={visit.browser}>{shortBrowser(visit.browser)}</span>],
        [_('Their time'), localTime(visit.time_zone)],
        [_('Language'), languageWords(visit.language)],
      ]} />
    </Section>
  );
}

/** "Mozilla/5.0 (Windows NT 10.0; …) … Chrome/126.0 …" → "Chrome 126 · Windows" */
function shortBrowser(agent: string): string {
  const browser = /(MicroMessenger|Edg|OPR|Firefox|Chrome|Version)\/(\d+)/.exec(agent.replace(/Chrome(?=.*(Edg|OPR)\/)/, ''));
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0];
  if (!browser) return agent;
  const name = ({ MicroMessenger: _('WeChat'), Edg: 'Edge', OPR: 'Opera', Version: 'Safari' } as Record<string, string>)[browser[1]!] ?? browser[1]!;
  return [`${name} ${browser[2]}`, system?.replace('Mac OS X', 'macOS')].filter(Boolean).join(' · ');
}

export function Past({ customerId, except }: { customerId: string; except?: string }) {
  const tickets = usePaged<Ticket>(`/customers/${customerId}/tickets`, {});
  const talks = usePaged<Conversation>(`/customers/${customerId}/conversations`, {});
  const others = talks.items.value.filter(({ id }) => id !== except);
  return (
    <>
      <Section title={_('Tickets')} count={tickets.items.value.length}>
        {tickets.state.value === 'failed' ? <Failed words={tickets.problem.value} onRetry={() => void tickets.load()} />
          : tickets.state.value === 'loading' ? <Skeleton rows={2} height={36} />
          : !tickets.items.value.length ? <p class="quiet small">{_('No tickets yet.')}</p>
          : (
            <ul class="past">
              {tickets.items.value.map((ticket) => (
                <li key={ticket.id}>
                  <Link to={`/ticket/${ticket.id}`}>
                    <span class="past-line"><span class="clip">{ticket.subject}</span><RelativeTime at={ticket.updated_at} /></span>
                    <span class="past-line quiet small"><span>#{ticket.number}</span><StateBadge state={ticket.state} reason={ticket.pending_reason} /></span>
                  </Link>
                </li>
              ))}
            </ul>
          )}
        {tickets.next.value && <Button size="small" kind="quiet" onClick={() => void tickets.more()}>{_('More')}</Button>}
      </Section>
      <Section title={_('Past conversations')} count={others.length}>
        {talks.state.value === 'failed' ? <Failed words={talks.problem.value} onRetry={() => void talks.load()} />
          : talks.state.value === 'loading' ? <Skeleton rows={2} height={36} />
          : !others.length ? <p class="quiet small">{except ? _('This is the first one.') : _('No conversations yet.')}</p>
          : (
            <ul class="past">
              {others.map((talk) => (
                <li key={talk.id}>
                  <Link to={`/inbox/${talk.state === 'ended' ? 'ended' : talk.state === 'waiting' ? 'waiting' : 'group'}/${talk.id}`}>
                    <span class="past-line"><span class="clip">{talk.subject || talk.last_message?.text || talk.catalog_path.join(' › ') || _('Conversation')}</span><RelativeTime at={talk.ended_at ?? talk.created_at} /></span>
                    <span class="past-line quiet small"><span class="clip">{talk.host?.name ?? ''}</span><ConversationBadge conversation={talk} /></span>
                  </Link>
                </li>
              ))}
            </ul>
          )}
        {talks.next.value && <Button size="small" kind="quiet" onClick={() => void talks.more()}>{_('More')}</Button>}
      </Section>
    </>
  );
}

const Failed = ({ words, onRetry }: { words: string | null; onRetry(): void }) => (
  <p class="small" role="alert">{words} <Button size="small" kind="quiet" onClick={onRetry}>{_('Try again')}</Button></p>
);
