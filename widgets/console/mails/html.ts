// The sanitised HTML of a mail, made ready for a frame under our own policy, which lets no markup bring styles along. Pure.

const TAG = /<([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")+)/g;
const ATTRIBUTE = / ([a-z-]+)="([^"]*)"/g;
/** What plain text cannot say. */
const FORMAT = /<(?:a|b|strong|em|i|u|s|img|table|ul|ol|h[1-6]|pre|code|blockquote|hr)[ >]/;

/** Styles wait in `data-style` until code sets them, pictures of the mail in `data-cid`; everything else stays as the server made it. */
export function prepared(html: string): string {
  return html.replace(TAG, (_whole, tag: string, attributes: string) => `<${tag}${attributes.replace(ATTRIBUTE, (whole, name: string, value: string) => {
    if (name === 'style') return ` data-style="${value}"`;
    if (name === 'src' && value.startsWith('cid:')) return ` data-cid="${value.slice(4)}"`;
    return whole;
  })}`);
}

/** Whether HTML shows anything that its text alone does not. */
export const isFormatted = (html: string | null): html is string => !!html && FORMAT.test(html);
