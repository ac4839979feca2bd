// The address bar as a signal: which page is open, and how to get to another one without loading anew.
import { computed, signal } from '@preact/signals';

/** Where the console is mounted: at the root, or below /console. */
const base = typeof location !== 'undefined' && /^\/console(\/|$)/.test(location.pathname) ? '/console' : '';

const here = () => (typeof location === 'undefined' ? { path: '/', search: '' } : { path: location.pathname.slice(base.length) || '/', search: location.search });
const at = signal(here());

export const path = computed(() => at.value.path);
export const query = computed(() => new URLSearchParams(at.value.search));

export const address = (to: string) => base + to;

export function go(to: string, { replace = false } = {}): void {
  if (base + to === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', base + to);
  at.value = here();
}

/** Changes one value of the query and stays on the page. */
export function put(name: string, value: string | null): void {
  const next = new URLSearchParams(location.search);
  if (value) next.set(name, value);
  else next.delete(name);
  go(path.value + (next.size ? `?${next}` : ''), { replace: true });
}

/** "/ticket/:id" against "/ticket/01J…" gives {id: "01J…"}; a part with "?" may be missing. */
export function match(pattern: string, against: string): Record<string, string> | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = against.split('/').filter(Boolean);
  if (given.length > wanted.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (part.startsWith(':')) {
      if (value !== undefined) found[part.slice(1).replace('?', '')] = decodeURIComponent(value);
      else if (!part.endsWith('?')) return null;
    } else if (part !== value) return null;
  }
  return found;
}

/** Links inside the console change the page without loading it; all others stay links. */
export function followLinks(): void {
  addEventListener('popstate', () => { at.value = here(); });
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a');
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin || link.dataset.inside === undefined) return;
    event.preventDefault();
    go(link.pathname.slice(base.length) + link.search);
  });
}
