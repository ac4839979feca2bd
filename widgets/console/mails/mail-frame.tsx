// A mail's HTML on a sheet of paper: in a sandbox where nothing runs, under a policy that fetches nothing from elsewhere.
import { useEffect, useRef } from 'preact/hooks';
import { _ } from '../../shared/i18n.ts';
import { prepared } from './html.ts';

/** No scripts, no forms, no frames; `allow-same-origin` lets us, from outside, set styles and measure the height. */
const SANDBOX = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';
const SHEET = `<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer"></head><body></body></html>`;
const LOOKS = `
  :root { color-scheme: light; background: #ffffff; color: #1b1d22; font: 15px/1.6 -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif; overflow: auto hidden; }
  body { margin: 0; padding: 14px 16px; overflow-wrap: anywhere; }
  body > :first-child, body > :first-child > :first-child { margin-top: 0; } body > :last-child, body > :last-child > :last-child { margin-bottom: 0; }
  img { max-width: 100%; height: auto; } pre { white-space: pre-wrap; } a { color: #3343b0; }
  img[data-remote-src] { display: inline-block; min-width: 40px; min-height: 24px; border: 1px dashed #b5bac6; border-radius: 4px; background: #f4f5f8; }
  blockquote { margin: 8px 0 8px 2px; padding-inline-start: 12px; border-inline-start: 3px solid #d5d9e3; }
`;

const openElsewhere = (page: Document) => {
  for (const link of page.body.querySelectorAll<HTMLAnchorElement>('a[href]')) Object.assign(link, { target: '_blank', rel: 'noopener noreferrer nofollow' });
};

/** The frame is as high as its page, now and when pictures have arrived. */
function fitted(element: HTMLIFrameElement, page: Document): ResizeObserver {
  const measure = () => { element.style.height = `${Math.ceil(page.body.getBoundingClientRect().height) + (page.documentElement.scrollWidth > page.documentElement.clientWidth ? 16 : 0)}px`; };
  const watch = new ResizeObserver(measure);
  watch.observe(page.body);
  measure();
  return watch;
}

/** The same sheet as a page of the server's, whose own policy fetches pictures from elsewhere: only when asked for. */
export function MailPage({ address }: { address: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const watch = useRef<ResizeObserver | null>(null);
  const fit = () => {
    const page = frame.current?.contentDocument;
    if (!frame.current || !page?.body) return;
    openElsewhere(page);
    watch.current?.disconnect();
    watch.current = fitted(frame.current, page);
  };
  useEffect(() => () => watch.current?.disconnect(), []);
  return <iframe ref={frame} class="mail-frame" sandbox={SANDBOX} src={address} referrerpolicy="no-referrer" title={_('Text of the mail')} onLoad={fit} />;
}

export function MailFrame({ html, inline }: { html: string; inline: Record<string, string> }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const watch = useRef<ResizeObserver | null>(null);
  const fill = () => {
    const element = frame.current;
    const page = element?.contentDocument;
    const view = element?.contentWindow as (Window & typeof globalThis) | null | undefined;
    if (!element || !page || !view) return;
    const looks = new view.CSSStyleSheet();
    looks.replaceSync(LOOKS);
    page.adoptedStyleSheets = [looks];
    page.body.innerHTML = prepared(html);
    for (const styled of page.body.querySelectorAll<HTMLElement>('[data-style]')) styled.style.cssText = styled.dataset.style!;
    for (const picture of page.body.querySelectorAll<HTMLImageElement>('img[data-cid]')) {
      const address = inline[picture.dataset.cid!];
      if (address) picture.src = address;
    }
    openElsewhere(page);
    watch.current?.disconnect();
    watch.current = fitted(element, page);
  };
  useEffect(() => { if (frame.current?.contentDocument?.body?.isConnected) fill(); return () => watch.current?.disconnect(); }, [html]);
  return <iframe ref={frame} class="mail-frame" sandbox={SANDBOX} srcdoc={SHEET} title={_('Text of the mail')} onLoad={fill} />;
}
