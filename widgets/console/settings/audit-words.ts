// What the audit log calls by an event's name, in words.
import { _ } from '../../shared/i18n.ts';

export const ACTIONS = [
  'TenantFounded', 'AgentSignedIn', 'AgentSignedOut', 'AgentInvited', 'InvitationRevoked', 'AgentJoined', 'AgentChanged', 'PasswordChanged', 'GroupCreated', 'GroupChanged', 'GroupDeleted', 'RoleCreated', 'RoleChanged', 'RoleDeleted',
  'CustomerCreated', 'CustomerChanged', 'ChannelCreated', 'ChannelChanged', 'CatalogChanged', 'SettingsChanged', 'TicketOpened', 'TicketChanged', 'TicketAssigned', 'TicketDeleted', 'TicketRestored', 'ConversationHosted', 'ConversationEnded',
] as const;

export const actionName = (name: string): string => ({
  TenantFounded: _('founded the company'), AgentSignedIn: _('signed in'), AgentSignedOut: _('signed out'), AgentInvited: _('invited an agent'), InvitationRevoked: _('took an invitation back'), AgentJoined: _('joined'),
  AgentChanged: _('changed an agent'), PasswordChanged: _('changed a password'), GroupCreated: _('created a group'), GroupChanged: _('changed a group'), GroupDeleted: _('deleted a group'), RoleCreated: _('created a role'),
  RoleChanged: _('changed a role'), RoleDeleted: _('deleted a role'), CustomerCreated: _('created a customer'), CustomerChanged: _('changed a customer'), ChannelCreated: _('created a channel'), ChannelChanged: _('changed a channel'),
  CatalogChanged: _('changed the catalog'), SettingsChanged: _('changed the settings'), TicketOpened: _('opened a ticket'), TicketChanged: _('changed a ticket'), TicketAssigned: _('assigned a ticket'), TicketDeleted: _('deleted a ticket'),
  TicketRestored: _('restored a ticket'), ConversationHosted: _('began to serve'), ConversationEnded: _('ended a conversation'),
})[name] ?? name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
