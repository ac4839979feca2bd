// Names for what the server calls by a code: levels, types, sources, channels, identities; and the priority matrix.
import { _ } from '../shared/i18n.ts';
import type { IconName } from '../shared/components/index.ts';
import type { Level, Priority, Ticket } from '../shared/types.ts';

/** A visitor may stay nameless; a few letters of the id tell two of them apart. */
export const nameOf = (person: { id: string; name: string }): string => person.name || _('Visitor {code}', { code: person.id.slice(-4) });

export const LEVELS: readonly Level[] = ['high', 'medium', 'low'];
export const TYPES = ['incident', 'problem', 'question', 'task', 'request', 'business', 'maintenance', 'other'] as const;

export const levelName = (level: string): string => ({ high: _('High'), medium: _('Medium'), low: _('Low') })[level] ?? level;

export const typeName = (type: string): string => ({
  incident: _('Incident'), problem: _('Problem'), question: _('Question'), task: _('Task'), request: _('Request'),
  business: _('Business'), maintenance: _('Maintenance'), other: _('Other'),
})[type] ?? type;

/** Spec 5.3: urgency × impact. */
const MATRIX: Record<Level, Record<Level, Priority>> = {
  high: { high: 'P1', medium: 'P2', low: 'P3' },
  medium: { high: 'P2', medium: 'P3', low: 'P4' },
  low: { high: 'P3', medium: 'P4', low: 'P5' },
};
export const priorityOf = (urgency: Level, impact: Level): Priority => MATRIX[urgency][impact];

export const sourceName = (source: Ticket['source']): string => ({
  conversation: _('Conversation'), web_form: _('Web form'), agent: _('Agent'), api: _('API'), email: _('E-mail'), wechat: _('WeChat'), phone: _('Phone'),
})[source] ?? source;

export const channelName = (kind: string): string => ({
  webchat: _('Web chat'), wechat: _('WeChat'), email: _('E-mail'), phone: _('Phone'), webform: _('Web form'), sdk: _('App'),
})[kind] ?? kind;

export const channelIcon = (kind: string): IconName => (({ webchat: 'globe', wechat: 'wechat', email: 'mail', phone: 'phone', webform: 'form' }) as Record<string, IconName>)[kind] ?? 'chat';

export const identityName = (kind: string): string => ({
  email: _('E-mail'), phone: _('Phone'), wechat_openid: _('WeChat'), openid: _('WeChat'), unionid: _('WeChat'), external_id: _('External id'), external: _('External id'), visitor: _('Browser'), visitor_id: _('Browser'),
})[kind] ?? kind;

export const fieldName = (field: string): string => ({
  subject: _('Subject'), type: _('Type'), urgency: _('Urgency'), impact: _('Impact'), priority: _('Priority'), tags: _('Tags'), state: _('State'),
  pending_reason: _('Reason for waiting'), catalog_node_id: _('Catalog'), catalog_path: _('Catalog'), group: _('Group'), group_id: _('Group'), handler: _('Handler'), handler_id: _('Handler'),
  name: _('Name'), note: _('Note'), customer: _('Customer'), customer_id: _('Customer'), cc: _('Copies to'),
})[field] ?? field;
