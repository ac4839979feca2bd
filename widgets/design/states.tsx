// The components that show things, in each of their states: full, long, empty, loading, failed.
import { Avatar, ConversationBadge, EmptyState, ErrorState, PriorityMark, RelativeTime, Skeleton, StateBadge, Table, Timeline, VirtualList, Waited } from '../shared/components/index.ts';
import { _ } from '../shared/i18n.ts';
import type { Priority, TicketState } from '../shared/types.ts';
import { Specimen } from './components.tsx';

const STATES: TicketState[] = ['new', 'open', 'pending', 'solved', 'closed', 'deleted', 'quarantined'];
const PRIORITIES: Priority[] = ['P1', 'P2', 'P3', 'P4', 'P5'];
const NAMES = ['Ann Baker', '王小明', 'Carlos García', '李娜', 'Noor Haddad', '陈思远', 'Emma', '欧阳娜娜'];
const ROWS = Array.from({ length: 5000 }, (_each, at) => ({ id: String(at), name: `${NAMES[at % NAMES.length]} ${at + 1}` }));
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export function States() {
  return (
    <section>
      <h2>{_('States')}</h2>
      <div class="specimens">
        <Specimen name="Avatar"><div class="line">{NAMES.map((name, at) => <Avatar key={name} id={`id-${at * 7}`} name={name} size={at % 2 ? 40 : 32} status={(['free', 'busy', 'away', null] as const)[at % 4]} />)}</div></Specimen>
        <Specimen name="StateBadge, PriorityMark"><div class="line">{STATES.map((state) => <StateBadge key={state} state={state} reason={state === 'pending' ? 'customer' : null} />)}</div><div class="line">{PRIORITIES.map((priority) => <PriorityMark key={priority} priority={priority} />)}</div></Specimen>
        <Specimen name="ConversationBadge"><div class="line"><ConversationBadge conversation={{ state: 'waiting', outcome: null }} /><ConversationBadge conversation={{ state: 'running', outcome: null }} /><ConversationBadge conversation={{ state: 'ended', outcome: 'solved' }} /><ConversationBadge conversation={{ state: 'ended', outcome: 'refused' }} /><ConversationBadge conversation={{ state: 'ended', outcome: 'abandoned' }} /></div></Specimen>
        <Specimen name="RelativeTime, Waited"><div class="line"><RelativeTime at={ago(0)} /><RelativeTime at={ago(7)} /><RelativeTime at={ago(190)} /><RelativeTime at={ago(60 * 24 * 40)} /></div><div class="line"><Waited since={ago(1)} /><Waited since={ago(4)} /><Waited since={ago(12)} /><Waited since={ago(200)} /></div></Specimen>
        <Specimen name="EmptyState"><EmptyState icon="inbox" title={_('No conversation is yours')}>{_('The next customer comes to you by itself while you have a free place.')}</EmptyState></Specimen>
        <Specimen name="ErrorState"><ErrorState words={_('The server cannot be reached. Please check your connection and try again.')} onRetry={() => {}} /></Specimen>
        <Specimen name="Skeleton"><Skeleton rows={4} height={64} avatar /></Specimen>
        <Specimen name="Timeline"><Timeline label="Timeline" items={[{ id: '1', icon: 'ticket', at: ago(300), words: <><b>王小明</b> {_('opened the ticket')}</> }, { id: '2', icon: 'hand', at: ago(200), words: <><b>Ann Baker</b> {_('has taken it')}</> }, { id: '3', icon: 'done', at: ago(20), words: <>{_('Solved')} — {'一段很长的说明，'.repeat(6)}</> }]} /></Specimen>
        <Specimen name="Table" wide>
          <Table label="Table" items={ROWS.slice(0, 3)} keyOf={({ id }) => id} columns={[{ id: 'name', label: _('Name'), cell: ({ name }) => <strong>{name}</strong> }, { id: 'long', label: _('Long text'), cell: () => '在连接公司 VPN 的时候总是提示「证书已过期」，重新安装客户端以后仍然不行；The certificate is said to have expired although the clock is right.' }, { id: 'count', label: _('Number'), align: 'end', cell: ({ id }) => (Number(id) + 1) * 1234 }]} />
        </Specimen>
        <Specimen name="VirtualList (5,000)" wide><div class="frame"><VirtualList label={_('Customers')} items={ROWS} keyOf={({ id }) => id} rowHeight={40} onPick={() => {}} row={({ id, name }) => <div class="sample"><Avatar id={id} name={name} size={24} />{name}</div>} /></div></Specimen>
      </div>
    </section>
  );
}
