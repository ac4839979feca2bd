// Things that come from the server: loading, ready or failed, one at a time or page by page, and how each state looks.
import { signal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { ErrorState, Skeleton } from '../shared/components/index.ts';
import type { Page } from '../shared/types.ts';
import { api, wordsOf } from './session.ts';

export interface Resource<T> {
  value: Signal<T | undefined>;
  problem: Signal<string | null>;
  /** Fetches, whether it is there or not; what is there stays shown meanwhile. */
  load(): Promise<void>;
  /** Fetches unless it is there or under way. */
  ensure(): void;
}

export function resource<T>(get: () => Promise<T>): Resource<T> {
  const value = signal<T | undefined>(undefined);
  const problem = signal<string | null>(null);
  let round = 0;
  let underWay = false;
  const load = async () => {
    const mine = ++round;
    underWay = true;
    problem.value = null;
    try {
      const got = await get();
      if (mine === round) value.value = got;
    } catch (error) {
      if (mine === round) problem.value = wordsOf(error);
    } finally {
      if (mine === round) underWay = false;
    }
  };
  return { value, problem, load, ensure: () => { if (value.value === undefined && !underWay) void load(); } };
}

/** The whole of a list that is short by nature (groups, roles, catalog): all its pages. */
export async function whole<T>(path: string): Promise<T[]> {
  const all: T[] = [];
  for await (const page of api.pages<T>(path, { query: { limit: 100 } })) all.push(...page);
  return all;
}

export interface Paged<T> {
  items: Signal<T[]>;
  state: Signal<'loading' | 'ready' | 'failed'>;
  problem: Signal<string | null>;
  next: Signal<string | null>;
  load(): Promise<void>;
  more(): Promise<void>;
}

export function paged<T>(path: string, query: Record<string, string | number | null | undefined> = {}, took?: (items: T[]) => void): Paged<T> {
  const items = signal<T[]>([]);
  const state = signal<'loading' | 'ready' | 'failed'>('loading');
  const problem = signal<string | null>(null);
  const next = signal<string | null>(null);
  let round = 0;
  let underWay: Promise<void> | null = null;
  const fetchPage = async (after: string | null) => {
    const mine = after ? round : ++round;   // begun anew, the pages of before come too late
    problem.value = null;
    try {
      const page = await api.get<Page<T>>(path, { query: { ...query, after, limit: 50 } });
      if (mine !== round) return;
      took?.(page.items);
      items.value = after ? [...items.value, ...page.items] : page.items;
      next.value = page.next;
      state.value = 'ready';
    } catch (error) {
      if (mine !== round) return;
      problem.value = wordsOf(error);
      if (!items.value.length) state.value = 'failed';
    } finally {
      if (mine === round) underWay = null;
    }
  };
  const fetchOnce = (after: string | null) => (underWay = fetchPage(after));
  return {
    items, state, problem, next,
    load: () => fetchOnce(null),
    more: () => underWay ?? (next.value && !problem.value ? fetchOnce(next.value) : Promise.resolve()),
  };
}

/** A resource that lives as long as the component that shows it; `keys` say when it is another one. */
export function useResource<T>(get: () => Promise<T>, keys: readonly unknown[] = []): Resource<T> {
  const found = useMemo(() => resource(get), keys);
  useEffect(() => { void found.load(); }, [found]);
  return found;
}

export function usePaged<T>(path: string, query: Record<string, string | number | null | undefined>, took?: (items: T[]) => void): Paged<T> {
  const found = useMemo(() => paged<T>(path, query, took), [path, JSON.stringify(query)]);
  useEffect(() => { void found.load(); }, [found]);
  return found;
}

export function Loaded<T>({ of, skeleton, children }: { of: Resource<T>; skeleton?: ComponentChildren; children: (value: T) => ComponentChildren }) {
  if (of.value.value !== undefined) return <>{children(of.value.value)}</>;
  if (of.problem.value) return <ErrorState words={of.problem.value} onRetry={() => void of.load()} />;
  return <>{skeleton ?? <Skeleton />}</>;
}
