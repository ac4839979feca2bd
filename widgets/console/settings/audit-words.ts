// What the audit log calls by an event's name, in words.
import { _ } from '../../shared/i18n.ts';

/** In the order of the filter: people first, then settings, then the work itself. */
const words = (): Record<string, string> => ({
  TenantFounded: _('founded the company'), AgentSignedIn: _('signed in'), AgentSignedOut: _('signed out'), SessionRevoked: _('ended a session'), PasswordChanged: _('changed a password'),
  AgentInvited: _('invited an agent'), InvitationWithdrawn: _('took an invitation back'), AgentActivated: _('joined'), AgentChanged: _('changed an agent'), AgentDeactivated: _('deactivated an agent'), AgentReactivated: _('activated an agent again'),
  GroupCreated: _('created a group'), GroupChanged: _('changed a group'), GroupDeleted: _('deleted a group'), RoleCreated: _('created a role'), RoleChanged: _('changed a role'), RoleDeleted: _('deleted a role'),
  CustomerCreated: _('created a customer'), CustomerChanged: _('changed a customer'), OrganizationCreated: _('created an organization'), OrganizationChanged: _('changed an organization'), OrganizationDeleted: _('deleted an organization'),
  SettingsChanged: _('changed the settings'), PriorityMatrixChanged: _('changed the priority matrix'), ChannelCreated: _('created a channel'), ChannelChanged: _('changed a channel'), MailTemplateChanged: _('changed a mail text'), MailTemplateReset: _('went back to the built-in mail text'), MailTemplateFailed: _('could not use a mail text'),
  CatalogNodeAdded: _('added a service'), CatalogNodeChanged: _('changed a service'), CatalogNodeRemoved: _('removed a service'),
  ConversationStarted: _('started a conversation'), ConversationQueued: _('began to wait'), ConversationHosted: _('began to serve'), ConversationMoved: _('moved a conversation'), ConversationEnded: _('ended a conversation'), CustomerLeft: _('left a conversation'), LimitSet: _('set how many conversations come at once'),
  ConversationRated: _('rated a conversation'), TicketRated: _('rated a ticket'), ConversationJoined: _('put a conversation into a ticket'), TicketOpened: _('opened a ticket'), TicketEdited: _('changed a ticket'), TicketStateChanged: _("changed a ticket's state"),
  TicketAssigned: _('assigned a ticket'), TicketTaken: _('took a ticket'), TicketTold: _("told the customer a ticket's number"), TicketReplied: _('answered in a ticket'), TicketNoted: _('wrote a note in a ticket'), CustomerReplied: _('answered as the customer'),
});

export const actions = (): string[] => Object.keys(words());

export const actionName = (name: string): string => words()[name] ?? name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
