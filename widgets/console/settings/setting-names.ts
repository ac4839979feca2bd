// The limits and timers by name, and in which unit people read each.
import { _ } from '../../shared/i18n.ts';

export const settingName = (which: string): string => ({
  agent_limit: _('Conversations per agent'), queue_length: _('Length of the queue'), queue_wait: _('Longest wait'), agent_silence: _('Alarm when an agent is silent'),
  customer_reminder: _('Reminder when the customer is silent'), customer_silence: _('End when the customer is silent'), solved_to_closed: _('From solved to closed'),
  deleted_kept: _('Keep deleted tickets'), file_size: _('Largest file'), invitation_hours: _('Validity of invitations'), open_to_strangers: _('Open to everybody'),
  accept_within: _('Time to accept a customer'), transfer_within: _('Time to accept a transfer'), agent_idle: _('Away without a key or click'), return_after: _('Customers of an absent agent go back'),
  alarm_again: _('Alarm repeated'), guest_hours: _("Validity of guests' links"), guests_see_earlier: _('Guests see what was said before'),
})[which] ?? which.replaceAll('_', ' ');

export function settingUnit(which: string): { unit: string; factor: number } {
  switch (which) {
    case 'queue_wait': case 'agent_silence': case 'customer_reminder': case 'customer_silence': case 'agent_idle': case 'alarm_again': return { unit: _('minutes'), factor: 60 };
    case 'solved_to_closed': case 'deleted_kept': return { unit: _('days'), factor: 86_400 };
    case 'file_size': return { unit: 'MB', factor: 1024 * 1024 };
    case 'accept_within': case 'transfer_within': case 'return_after': return { unit: _('seconds'), factor: 1 };
    case 'guest_hours': case 'invitation_hours': return { unit: _('hours'), factor: 1 };
    default: return { unit: '', factor: 1 };
  }
}
