// People: agents and their invitations, groups and desks, roles.
import { _ } from '../../shared/i18n.ts';
import { Frame } from '../settings/frame.tsx';
import { AgentsPage } from './agents-page.tsx';
import { GroupsPage } from './groups-page.tsx';
import { InvitationsPage } from './invitations-page.tsx';
import { RolesPage } from './roles-page.tsx';

export function PeoplePage({ tab = 'agents' }: { tab?: string }) {
  const open = { agents: <AgentsPage />, invitations: <InvitationsPage />, groups: <GroupsPage />, roles: <RolesPage /> }[tab] ?? <AgentsPage />;
  return (
    <Frame name={_('People')} here={`/people/${tab}`} places={[
      { to: '/people/agents', label: _('Agents'), icon: 'user' },
      { to: '/people/invitations', label: _('Invitations'), icon: 'mail' },
      { to: '/people/groups', label: _('Groups and desks'), icon: 'people' },
      { to: '/people/roles', label: _('Roles'), icon: 'shield' },
    ]}>{open}</Frame>
  );
}
