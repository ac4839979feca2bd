/* Runs in the host page: draws the button in a shadow root and opens the chat in a frame of our origin, which alone holds session and transcript. */
import type { Claims, Envelope, ToFrame, ToHost } from './bridge.ts';

type Listener = (data: unknown) => void;
interface Options { channel: string; origin: string; accent: string; position: string; language: string; theme: string; claims: Claims }

// The page may be in any language, and a catalogue for four words would cost a request.
const words = {
  en: { open: 'Open chat', close: 'Close chat', unread: 'unread', title: 'Chat', blocked: 'Open the chat in a new tab' },
  zh: { open: '打开在线客服', close: '收起在线客服', unread: '条未读', title: '在线客服', blocked: '在新标签页中打开在线客服' },
};

const STYLE = `
:host{all:initial;--gap:20px}
.button{all:unset;box-sizing:border-box;position:fixed;z-index:2147483000;inset-block-end:calc(var(--gap) + env(safe-area-inset-bottom));inset-inline-end:var(--gap);inline-size:56px;block-size:56px;border-radius:50%;background:var(--accent);color:var(--ink);cursor:pointer;display:grid;place-items:center;box-shadow:0 1px 2px #0002,0 6px 20px #0003;transition:transform .16s,box-shadow .16s}
.button:hover{transform:translateY(-1px);box-shadow:0 2px 4px #0002,0 10px 28px #0003}
.button:active{transform:scale(.96)}
.button:focus-visible{outline:2px solid #fff;outline-offset:-4px;box-shadow:0 0 0 3px var(--accent),0 0 0 5px #fff}
svg{grid-area:1/1;inline-size:26px;block-size:26px;fill:none;stroke:currentColor;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round;transition:opacity .16s,transform .16s}
.cross,.open .talk{opacity:0;transform:scale(.6)}
.open .cross{opacity:1;transform:none}
.badge{position:absolute;inset-block-start:-3px;inset-inline-end:-3px;min-inline-size:20px;box-sizing:border-box;padding-inline:5px;border-radius:10px;background:#c0352b;color:#fff;font:600 12px/20px system-ui,sans-serif;text-align:center;box-shadow:0 0 0 2px #fff}
.panel{position:fixed;z-index:2147483001;inset-block-end:calc(var(--gap) + 72px);inset-inline-end:var(--gap);inline-size:min(396px,calc(100vw - 40px));block-size:min(704px,calc(100vh - 116px));border-radius:16px;overflow:hidden;background:#fff;color-scheme:normal;box-shadow:0 0 0 1px #00000012,0 4px 12px #0000000f,0 16px 56px #00000033;animation:rise .18s ease-out}
iframe{display:block;inline-size:100%;block-size:100%;border:0}
.panel a{display:grid;place-items:center;block-size:100%;font:15px/1.6 system-ui,sans-serif;color:#3646b8}
.left .button,.left .panel{inset-inline:var(--gap) auto}
[hidden]{display:none!important}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
.dark .panel{background:#18191c;box-shadow:0 0 0 1px #ffffff1f,0 16px 56px #000000a6}
@media(max-width:480px){.panel{inset:0;inline-size:100%;block-size:100%;border-radius:0;box-shadow:none}.open .button{display:none}}
@media(prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
@media print{.button,.panel{display:none}}`;

function start(script: HTMLScriptElement): (...command: unknown[]) => void {
  const options = readOptions(script);
  const text = options.language.startsWith('zh') ? words.zh : words.en;
  const memory = `waystation:${options.channel}`;
  const listeners: Record<string, Listener[]> = {};
  const waiting: [keyof ToFrame, unknown][] = [];
  let { claims } = options;
  let frame: HTMLIFrameElement | null = null;
  let isReady = false;
  let isOpen = false;
  let shownPage = '';

  const host = document.createElement('waystation-widget');
  // Open, as a closed root hides nothing from scripts of the page and everything from assistive tools and tests.
  const root = host.attachShadow({ mode: 'open' });
  // A constructed sheet is exempt from the host page's style-src.
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    append(root, 'style', '').textContent = STYLE;   // Safari before 16.4
  }
  const isDark = options.theme ? options.theme === 'dark' : matchMedia('(prefers-color-scheme:dark)').matches;
  const box = append(root, 'div', isDark ? 'dark' : '');
  const panel = append(box, 'div', 'panel');
  panel.hidden = true;
  const button = append(box, 'button', 'button') as HTMLButtonElement;
  button.type = 'button';
  drawing(button, 'talk', 'M4.5 5.5h15a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 3.6v-3.6h-2A1.5 1.5 0 0 1 3 16V7a1.5 1.5 0 0 1 1.5-1.5zM8 10h8M8 13.5h5');
  drawing(button, 'cross', 'M6 9.5l6 6 6-6');
  const badge = append(button, 'span', 'badge');
  badge.hidden = true;
  label(0);
  wear(recall().look ?? options);

  function label(unread: number): void {
    button.ariaExpanded = String(isOpen);
    button.ariaLabel = isOpen ? text.close : unread ? `${text.open} (${unread} ${text.unread})` : text.open;
    badge.textContent = unread > 99 ? '99+' : String(unread);
    badge.hidden = !unread || isOpen;
  }

  function wear({ accent, position }: { accent: string; position: string }): void {
    box.classList.toggle('left', position === 'left');
    if (!accent) return;
    host.style.setProperty('--accent', accent);
    host.style.setProperty('--ink', isPale(accent) ? '#14161c' : '#fff');
  }

  /** Only whether a conversation is live, so that the next page of the site shows its badge: nothing secret. */
  function recall(): { live?: boolean; open?: boolean; look?: { accent: string; position: string } } {
    try { return JSON.parse(sessionStorage.getItem(memory) ?? '{}'); } catch { return {}; }
  }
  function remember(change: object): void {
    try { sessionStorage.setItem(memory, JSON.stringify({ ...recall(), ...change })); } catch { /* the page forbids it */ }
  }

  function post<Kind extends keyof ToFrame>(kind: Kind, data: ToFrame[Kind]): void {
    if (isReady) frame!.contentWindow!.postMessage({ waystation: kind, data }, options.origin);
    else waiting.push([kind, data]);
  }

  const page = () => ({ page: location.href, title: document.title, referrer: document.referrer });
  function tellPage(): void {
    if (!frame || location.href === shownPage) return;
    shownPage = location.href;
    post('page', page());
  }

  function boot(): void {
    if (frame) return;
    frame = document.createElement('iframe');
    frame.title = text.title;
    frame.allow = ['microphone', 'camera', 'display-capture', 'geolocation', 'clipboard-write', 'fullscreen', 'autoplay'].map((feature) => `${feature} ${options.origin}`).join('; ');
    const query = new URLSearchParams({ lang: options.language, ...(options.theme ? { theme: options.theme } : {}) });
    const address = `${options.origin}/chat/${encodeURIComponent(options.channel)}`;
    frame.src = `${address}?${query}`;
    panel.append(frame);
    // A host page may forbid frames of ours: the same chat is a page of its own.
    setTimeout(() => { if (!isReady) offerPage(address); }, 15_000);
  }

  function offerPage(address: string): void {
    const link = append(panel, 'a', '') as HTMLAnchorElement;
    link.href = address;
    link.target = '_blank';
    link.rel = 'noopener';
    link.textContent = text.blocked;
    frame!.hidden = true;
  }

  function show(open: boolean): void {
    if (open) boot();
    if (open === isOpen) return;
    isOpen = open;
    panel.hidden = !open;
    box.classList.toggle('open', open);
    label(0);
    tellPage();
    post('visible', open);
    remember({ open });
    if (open) frame!.focus();
    else button.focus();
    fit();
    emit(open ? 'open' : 'close', {});
  }

  const emit = (name: string, data: unknown) => listeners[name]?.forEach((listener) => listener(data));

  /** On phones the keyboard covers the page instead of shrinking it; the panel takes what is left. */
  function fit(): void {
    const view = window.visualViewport;
    const isCovered = isOpen && view && innerWidth <= 480 && view.height < innerHeight - 80;
    panel.style.height = isCovered ? `${view.height}px` : '';
    panel.style.top = isCovered ? `${view.offsetTop}px` : '';
    panel.style.bottom = isCovered ? 'auto' : '';
  }

  const heard: { [Kind in keyof ToHost]: (data: ToHost[Kind]) => void } = {
    ready() {
      isReady = true;
      panel.querySelector('a')?.remove();
      frame!.hidden = false;
      shownPage = location.href;
      post('init', { page: page(), claims, isOpen });
      waiting.splice(0).forEach(([kind, data]) => post(kind, data as never));
      if (isOpen) frame!.focus();
    },
    close: () => show(false),
    open: () => show(true),
    unread(count) { label(isOpen ? 0 : count); emit('unread', count); },
    live: (live) => remember({ live }),
    look(look) { wear(look); remember({ look }); },
    event: ({ name, data }) => emit(name, data),
  };
  addEventListener('message', ({ origin, source, data }: MessageEvent<Envelope<ToHost> | null>) => {
    if (origin === options.origin && source && source === frame?.contentWindow && data?.waystation && heard.hasOwnProperty(data.waystation)) heard[data.waystation](data.data as never);
  });
  for (const name of ['popstate', 'hashchange', 'focus', 'click']) addEventListener(name, () => setTimeout(tellPage, 100));
  window.visualViewport?.addEventListener('resize', fit);

  button.addEventListener('click', () => show(!isOpen));
  button.addEventListener('pointerenter', boot);

  const commands: Record<string, (...args: any[]) => void> = {
    open: () => show(true),
    close: () => show(false),
    identify(facts: Claims) { claims = { ...claims, ...facts }; if (frame) post('claims', claims); },
    set(facts: Claims) { commands.identify!(facts); },
    on(name: string, listener: Listener) { (listeners[name] ??= []).push(listener); },
    logout() { claims = {}; remember({ live: false, open: false }); if (frame) post('logout', null); show(false); },
  };

  const place = () => {
    document.body.append(host);
    if (recall().live) boot();
    if (recall().open && recall().live && innerWidth > 480) show(true);
  };
  document.body ? place() : addEventListener('DOMContentLoaded', place);
  return (name, ...args) => { if (typeof name === 'string' && commands.hasOwnProperty(name)) commands[name]!(...args); };
}

function readOptions(script: HTMLScriptElement): Options {
  const address = new URL(script.src);
  const { channel, accent, position, language, theme, ...rest } = script.dataset as Record<string, string | undefined>;
  // <script src="/chat/<key>/loader.js"> carries the key in its path.
  const inPath = /\/chat\/([^/]+)\/loader\.js$/.exec(address.pathname)?.[1];
  // data-field-order="42" passes a value in.
  const claims = Object.fromEntries(Object.entries(rest).flatMap(([name, value]) => (/^field[A-Z]/.test(name) ? [[name[5]!.toLowerCase() + name.slice(6), value]] : [])));
  return {
    channel: channel ?? address.searchParams.get('channel') ?? decodeURIComponent(inPath ?? ''),
    origin: address.origin,
    accent: accent ?? '#3d4fc9',
    position: position ?? 'right',
    language: language ?? (document.documentElement.lang || navigator.language),
    // A page that never said it can be dark is light, whatever the visitor's system likes.
    theme: theme ?? (/dark/.test(getComputedStyle(document.documentElement).colorScheme) ? '' : 'light'),
    claims,
  };
}

function append(parent: ParentNode, tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}

// Element by element: a host page with Trusted Types refuses innerHTML.
function drawing(parent: Element, className: string, path: string): void {
  const make = (tag: string, attributes: Record<string, string>) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    return element;
  };
  const svg = make('svg', { class: className, viewBox: '0 0 24 24', 'aria-hidden': 'true' });
  svg.append(make('path', { d: path }));
  parent.append(svg);
}

function isPale(colour: string): boolean {
  const [r = 0, g = 0, b = 0] = (/^#(..)(..)(..)$/.exec(colour) ?? []).slice(1).map((part) => parseInt(part, 16));
  return 0.299 * r + 0.587 * g + 0.114 * b > 170;
}

declare global { interface Window { waystation?: { (...command: unknown[]): void; q?: ArrayLike<unknown>[] } } }

const script = document.currentScript as HTMLScriptElement | null;
if (script) {
  const queued = window.waystation?.q ?? [];
  const command = start(script);
  window.waystation = command;
  queued.forEach((args) => command(...Array.from(args)));
}
