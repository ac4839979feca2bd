// Pages and dialogs that come when they are asked for; a chunk that cannot be had (offline, newer release) says so.
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { ErrorState, Skeleton } from '../shared/components/index.ts';
import { _ } from '../shared/i18n.ts';

export type Page = ComponentType<any>;
type Fetched = () => Promise<Page>;

/** Shows what a lazy chunk brings; `quiet`: nothing stands there meanwhile. */
export function later(fetch: Fetched, { quiet = false } = {}): Page {
  let page: Page | undefined;
  return function Later(given: object) {
    const problem = useSignal<string | null>(null);
    const there = useSignal(!!page);
    const load = () => {
      problem.value = null;
      fetch().then((found) => { page = found; there.value = true; }, () => { problem.value = _('This part of the console could not be fetched. Check your connection, or load the page anew.'); });
    };
    useEffect(() => { if (!there.value) load(); }, []);
    if (there.value && page) { const Found = page; return <Found {...given} />; }
    return problem.value ? <ErrorState words={problem.value} onRetry={load} /> : quiet ? null : <Skeleton />;
  };
}

export const as = (page: unknown) => page as Page;
