// A mailbox's settings as its form edits them, and as the server takes them.
import type { Channel, ChannelDraft } from './channel.ts';
import { usualServers, type Security } from './mail-providers.ts';

export const MEGA = 1_000_000;

/** How one desk writes from this mailbox; empty fields: as the mailbox. */
export interface DeskIdentity { group_id: string; from_name: string; address: string | null; signature: string }

/** Text fields hold numbers as they are typed, and lists one per line. */
export function valuesOf({ name, active, desk_id, language, settings }: Channel) {
  const text = (field: string) => String(settings[field] ?? '');
  const lines = (field: string) => ((settings[field] ?? []) as string[]).join('\n');
  return {
    name, active, desk_id, language,
    address: text('address'), from_name: text('from_name'), aliases: lines('aliases'), receipt: settings.receipt !== false, solved: settings.solved !== false, notices: settings.notices !== false,
    desks: (settings.desks ?? []) as DeskIdentity[],
    sign_in: text('sign_in') as 'password' | 'xoauth2',
    imap_host: text('imap_host'), imap_port: text('imap_port'), imap_security: text('imap_security') as Security, imap_user: text('imap_user'), imap_password: text('imap_password'),
    folder: text('folder'), existing: text('existing'), after_import: text('after_import'), move_to: text('move_to'), keyword: text('keyword'), poll_seconds: text('poll_seconds'),
    size_limit: String(Number(settings.size_limit ?? 0) / MEGA), trusted_servers: lines('trusted_servers'),
    smtp_host: text('smtp_host'), smtp_port: text('smtp_port'), smtp_security: text('smtp_security') as Security, smtp_user: text('smtp_user'), smtp_password: text('smtp_password'),
    connections: text('connections'), mails_per_minute: text('mails_per_minute'), tagged_replies: settings.tagged_replies === true, automatic_per_hour: text('automatic_per_hour'),
    token_url: text('token_url'), client_id: text('client_id'), client_secret: text('client_secret'), refresh_token: text('refresh_token'), scope: text('scope'), certificate: text('certificate'),
  };
}

export type Values = ReturnType<typeof valuesOf>;

/** A mailbox that was never set up begins with what is usual for its address. */
export function startOf(channel: Channel): Values {
  const values = valuesOf(channel);
  const usual = !values.imap_host && !values.smtp_host && channel.version === 1 ? usualServers(values.address) : null;
  return usual ? { ...values, ...usual, imap_port: String(usual.imap_port), smtp_port: String(usual.smtp_port) } : values;
}

export const listed = (lines: string) => lines.split(/[\s,，;；]+/).filter(Boolean);

export const draftOf = (values: Values): ChannelDraft => ({ name: values.name, active: values.active, desk_id: values.desk_id, language: values.language, settings: settingsOf(values) });

export function settingsOf({ name: _name, active: _active, desk_id: _desk, language: _language, ...values }: Values): Record<string, unknown> {
  const counts = Object.fromEntries((['imap_port', 'smtp_port', 'poll_seconds', 'connections', 'mails_per_minute', 'automatic_per_hour'] as const).map((field) => [field, Number(values[field])]));
  return { ...values, ...counts, address: values.address.trim(), size_limit: Math.round(Number(values.size_limit) * MEGA), aliases: listed(values.aliases), trusted_servers: listed(values.trusted_servers) };
}
