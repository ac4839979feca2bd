/* The frame's end of the bridge to the host page; as a page of its own (H5) there is nobody to talk to. */
import { signal } from '@preact/signals';
import type { Visit } from '../shared/types.ts';
import type { Claims, Envelope, ToFrame, ToHost } from './bridge.ts';

export const isEmbedded = window.parent !== window;
/** Can the visitor see us? A page of its own is seen while its tab is. */
export const isVisible = signal(!isEmbedded && !document.hidden);
export const claims = signal<Claims>(fromAddress());

let visit: Visit = isEmbedded ? {} : { page: location.href, title: document.title, referrer: document.referrer };
// A signal, so that what was told too early is told again.
const hostOrigin = signal<string | null>(null);
const logoutListeners: (() => void)[] = [];

/** Where the visitor is, for the agent. */
export function currentVisit(): Visit {
  return { ...visit, browser: navigator.userAgent, language: navigator.language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

export const onLogout = (listener: () => void): void => void logoutListeners.push(listener);

export function tell<Kind extends keyof ToHost>(kind: Kind, data: ToHost[Kind]): void {
  // Before the first `init` the host's origin is unknown: only the word “ready”, which is no secret, goes to whoever embeds us.
  const origin = hostOrigin.value;
  if (isEmbedded && (origin || kind === 'ready')) window.parent.postMessage({ waystation: kind, data }, origin ?? '*');
}

/** An H5 link may fill in fields: /chat/<key>?f.order=42 */
function fromAddress(): Claims {
  const pairs = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith('f.'));
  return Object.fromEntries(pairs.map(([name, value]) => [name.slice(2), value]));
}

const heard: { [Kind in keyof ToFrame]: (data: ToFrame[Kind]) => void } = {
  init({ page, claims: facts, isOpen }) {
    visit = page;
    claims.value = { ...claims.value, ...facts };
    isVisible.value = isOpen;
  },
  visible(open) { isVisible.value = open; },
  page(page) { visit = page; },
  claims(facts) { claims.value = { ...claims.value, ...facts }; },
  logout() {
    claims.value = {};
    logoutListeners.forEach((listener) => listener());
  },
};

function hear({ origin, source, data }: MessageEvent<Envelope<ToFrame> | null>): void {
  if (source !== window.parent || !data?.waystation || !heard.hasOwnProperty(data.waystation)) return;
  // frame-ancestors decided who may embed us; whoever spoke first is that page, and nobody else is heard afterwards.
  if (data.waystation === 'init') hostOrigin.value ??= origin;
  if (origin === hostOrigin.value) heard[data.waystation](data.data as never);
}

export function meetHost(): void {
  if (!isEmbedded) return document.addEventListener('visibilitychange', () => { isVisible.value = !document.hidden; });
  addEventListener('message', hear);
  tell('ready', null);
}
