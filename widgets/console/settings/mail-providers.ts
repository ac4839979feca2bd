// Where the mail of well-known providers is read and sent, and what they call their passwords. Pure.
import { _ } from '../../shared/i18n.ts';

export type Security = 'tls' | 'starttls' | 'none';
/** Protocols go by the same name in every language. */
const PROTOCOLS: Record<Exclude<Security, 'none'>, string> = { tls: 'TLS', starttls: 'STARTTLS' };
export const encryptions = () => [...Object.entries(PROTOCOLS), ['none', _('None')] as const].map(([value, label]) => ({ value, label }));

export interface Servers {
  sign_in: 'password' | 'xoauth2';
  imap_host: string;
  imap_port: number;
  imap_security: Security;
  smtp_host: string;
  smtp_port: number;
  smtp_security: Security;
  token_url: string;
  scope: string;
}

interface Provider { name: () => string; domains: readonly string[]; imap: string; smtp: string; port?: number; token?: readonly [url: string, scope: string]; advice: () => string }

const code = () => _('Turn IMAP on in the settings of the mailbox, and enter the authorization code that it gives you there instead of the password.');

const PROVIDERS = {
  google: {
    name: () => 'Gmail · Google Workspace', domains: ['gmail.com', 'googlemail.com'], imap: 'imap.gmail.com', smtp: 'smtp.gmail.com',
    advice: () => _('Google takes no account passwords here: turn on 2-step verification and make an app password, or sign in with a token.'),
  },
  microsoft: {
    name: () => 'Outlook · Microsoft 365', domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'onmicrosoft.com'], imap: 'outlook.office365.com', smtp: 'smtp.office365.com', port: 587,
    token: ['https://login.microsoftonline.com/common/oauth2/v2.0/token', 'https://outlook.office365.com/.default'],
    advice: () => _('Microsoft only takes tokens: register an application, allow it IMAP and SMTP, and enter its id and secret. An application that signs in for itself needs the id of your directory in the address instead of “common”.'),
  },
  qq: { name: () => _('QQ Mail'), domains: ['qq.com', 'vip.qq.com', 'foxmail.com'], imap: 'imap.qq.com', smtp: 'smtp.qq.com', advice: code },
  exmail: { name: () => _('Tencent Exmail'), domains: ['exmail.qq.com'], imap: 'imap.exmail.qq.com', smtp: 'smtp.exmail.qq.com', advice: () => _('Turn IMAP on in the settings of the mailbox. Where secure sign-in is on, make a client password and enter it.') },
  netease: { name: () => _('163 Mail'), domains: ['163.com'], imap: 'imap.163.com', smtp: 'smtp.163.com', advice: code },
  netease126: { name: () => _('126 Mail'), domains: ['126.com'], imap: 'imap.126.com', smtp: 'smtp.126.com', advice: code },
  aliyun: { name: () => _('Aliyun Mail'), domains: ['aliyun.com'], imap: 'imap.aliyun.com', smtp: 'smtp.aliyun.com', advice: code },
  aliyun_business: { name: () => _('Aliyun Business Mail'), domains: ['qiye.aliyun.com'], imap: 'imap.qiye.aliyun.com', smtp: 'smtp.qiye.aliyun.com', advice: () => _('Where the administrator demands it, make a client password for this mailbox and enter it.') },
} as const satisfies Record<string, Provider>;

export type ProviderId = keyof typeof PROVIDERS;
const all = Object.entries(PROVIDERS) as [ProviderId, Provider][];

export const providers = () => all.map(([value, { name }]) => ({ value, label: name() }));
export const adviceOf = (id: ProviderId): string => PROVIDERS[id].advice();

/** Who serves an address, as far as its domain tells. */
export function providerOf(address: string): ProviderId | null {
  const domain = address.toLowerCase().split('@')[1] ?? '';
  return all.find(([, { domains }]) => domains.some((each) => domain === each || domain.endsWith(`.${each}`)))?.[0] ?? null;
}

/** Who is asked when this server is read. */
export const providerAt = (imapHost: string): ProviderId | null => all.find(([, { imap }]) => imap === imapHost)?.[0] ?? null;

export function serversOf(id: ProviderId): Servers {
  const { imap, smtp, port = 465, token }: Provider = PROVIDERS[id];
  const [token_url, scope] = token ?? (id === 'google' ? ['https://oauth2.googleapis.com/token', 'https://mail.google.com/'] : ['', '']);
  return { sign_in: token ? 'xoauth2' : 'password', imap_host: imap, imap_port: 993, imap_security: 'tls', smtp_host: smtp, smtp_port: port, smtp_security: port === 465 ? 'tls' : 'starttls', token_url, scope };
}

/** What is usual for an address: its provider's servers, else those that a domain of one's own mostly has. */
export function usualServers(address: string): Servers | null {
  const provider = providerOf(address);
  if (provider) return serversOf(provider);
  const domain = address.split('@')[1];
  return domain ? { sign_in: 'password', imap_host: `imap.${domain}`, imap_port: 993, imap_security: 'tls', smtp_host: `smtp.${domain}`, smtp_port: 465, smtp_security: 'tls', token_url: '', scope: '' } : null;
}

/** The port that goes with an encryption, unless somebody chose one that is none of the usual. */
export function portFor(direction: 'imap' | 'smtp', security: Security, now: number): number {
  const usual = { imap: { tls: 993, starttls: 143, none: 143 }, smtp: { tls: 465, starttls: 587, none: 25 } }[direction];
  return Object.values(usual).includes(now) ? usual[security] : now;
}
