// The rail: the five places of the console with what waits in each, and the agent at its foot.
import { Icon, IconButton, type IconName } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { alarmCount, counts, unreadInMine } from '../inbox/conversations.ts';
import { Link } from '../link.tsx';
import { path } from '../router.ts';
import { can } from '../session.ts';
import { ticketCounts } from '../tickets/store.ts';
import { MeMenu } from './me-menu.tsx';

interface Place { to: string; icon: IconName; label: string; count?: number; calls?: boolean }

function places(): Place[] {
  const waiting = counts.value.waiting;
  const unread = unreadInMine.value;
  const alarms = alarmCount.value;
  return [
    { to: '/inbox', icon: 'inbox', label: _('Inbox'), count: unread || waiting, calls: unread > 0 },
    ...(can('conversation.monitor') ? [{ to: '/board', icon: 'board', label: _('Board'), count: alarms, calls: alarms > 0 } as const] : []),
    { to: '/tickets', icon: 'ticket', label: _('Tickets'), count: ticketCounts.value.unassigned?.count ?? 0 },
    { to: '/customers', icon: 'users', label: _('Customers') },
    { to: '/people', icon: 'building', label: _('People') },
    ...(['channel.manage', 'catalog.manage', 'settings.manage', 'audit.read', 'job.manage'].some(can) ? [{ to: '/settings', icon: 'settings', label: _('Settings') } as const] : []),
  ];
}

const isHere = (to: string) => path.value === to || path.value.startsWith(`${to}/`) || (to === '/tickets' && path.value.startsWith('/ticket/'));

export function Rail({ onPalette, onSheet }: { onPalette(): void; onSheet(): void }) {
  return (
    <nav class="rail" aria-label={_('Main')}>
      <Link to="/inbox" class="rail-mark" aria-label={_('Waystation')}><Icon name="home" size={20} /></Link>
      <ul>
        {places().map(({ to, icon, label, count, calls }) => (
          <li key={to}>
            <Link to={to} class="rail-place" aria-current={isHere(to) ? 'page' : undefined}>
              <span class="rail-icon">
                <Icon name={icon} size={20} />
                {!!count && <span class="rail-count" data-calls={calls || undefined}>{count > 99 ? '99+' : count}</span>}
              </span>
              {label}
            </Link>
          </li>
        ))}
      </ul>
      <div class="rail-foot">
        <IconButton icon="search" label={_('Go to anything')} keys="Ctrl K" onClick={onPalette} />
        <IconButton icon="keyboard" label={_('Shortcuts')} keys="?" onClick={onSheet} />
        <MeMenu />
      </div>
    </nav>
  );
}
