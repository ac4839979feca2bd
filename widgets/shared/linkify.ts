/* Finds addresses in plain text, so that they can be shown as links without ever treating the text as markup. */

export interface Run { text: string; href?: string }

// Chinese punctuation and full-width letters end an address: people write “见https://a.cn，谢谢” without spaces.
const ADDRESS = /\bhttps?:\/\/[^\s<>"'“”‘’，。！？；：、（）《》【】「」\u4e00-\u9fff\u3000-\u30ff]+|\bwww\.[a-z0-9-]+\.[^\s<>"'“”‘’，。！？；：、（）《》【】「」\u4e00-\u9fff]+|\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b/gi;

export function linkify(text: string): Run[] {
  const runs: Run[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const found = trim(match[0]);
    if (match.index > end) runs.push({ text: text.slice(end, match.index) });
    runs.push({ text: found, href: target(found) });
    end = match.index + found.length;
  }
  if (end < text.length) runs.push({ text: text.slice(end) });
  return runs;
}

/** A full stop or a closing bracket after an address belongs to the sentence, unless the bracket was opened in it. */
function trim(address: string): string {
  const shorter = address.replace(/[.,;:!?'*_~]+$/, '');
  const closes = shorter.endsWith(')') && shorter.split(')').length > shorter.split('(').length;
  return closes ? trim(shorter.slice(0, -1)) : shorter;
}

function target(address: string): string {
  if (/^https?:/i.test(address)) return address;
  return address.includes('@') && !/^www\./i.test(address) ? `mailto:${address}` : `https://${address}`;
}
