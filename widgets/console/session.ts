// Who is signed in, what they may do, and the one way to ask the server as them.
import { computed, signal } from '@preact/signals';
import { toast } from '../shared/components/toast.tsx';
import { Api, ApiError, type Options } from '../shared/api.ts';
import { _, language } from '../shared/i18n.ts';
import type { Me } from '../shared/types.ts';

/** `undefined` until the server has said who we are, `null` when nobody is signed in. */
export const me = signal<Me | null | undefined>(undefined);
export const myId = computed(() => me.value?.id ?? '');

/** A session that ended (revoked, expired) shows the sign-in page over whatever was open; the address stays. */
class SessionApi extends Api {
  async #watch<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && me.value) me.value = null;
      throw error;
    }
  }
  override get<T>(path: string, options?: Options) { return this.#watch(super.get<T>(path, options)); }
  override post<T>(path: string, body?: unknown, options?: Options) { return this.#watch(super.post<T>(path, body, options)); }
  override patch<T>(path: string, body: unknown, options?: Options) { return this.#watch(super.patch<T>(path, body, options)); }
  override put<T>(path: string, body?: unknown, options?: Options) { return this.#watch(super.put<T>(path, body, options)); }
  override delete<T>(path: string, options?: Options) { return this.#watch(super.delete<T>(path, options)); }
}

/** At the door the server knows nobody's language but by this header. */
export const api = new SessionApi('/api/v1', () => ({ 'Accept-Language': language }));

export const can = (permission: string) => !!me.value && (me.value.permissions.includes('*') || me.value.permissions.includes(permission));

/** The page says when nobody is signed in: asking would only be a red line in the browser's console. */
export async function findOut(): Promise<void> {
  if ('stranger' in document.documentElement.dataset) {
    delete document.documentElement.dataset.stranger;
    me.value = null;
    return;
  }
  try {
    welcome(await api.get<Me>('/me'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) me.value = null;
    else throw error;
  }
}

/** Sign-in, activation and invitation answer with Me, alone or beside the session. */
export function welcome(answer: Me | { me: Me }): void {
  const found = 'me' in answer ? answer.me : answer;
  me.value = found;
  showTheme(found.theme);
  if (found.language && found.language.slice(0, 2) !== language.slice(0, 2)) turnTo(found.language);
}

/** The catalogue of the page was chosen before we knew whom we talk to: load it anew, once. */
function turnTo(wanted: string): void {
  try {
    if (sessionStorage.getItem('turned') === wanted) return;
    sessionStorage.setItem('turned', wanted);
    location.replace(inLanguage(null));
  } catch { /* then the page stays as it is */ }
}

/** This page in the agent's own language, or in the one that is asked for where nobody is signed in. */
function inLanguage(wanted: string | null): string {
  const here = new URL(location.href);
  if (wanted) here.searchParams.set('lang', wanted);
  else here.searchParams.delete('lang');
  return here.href;
}

export async function signOut(): Promise<void> {
  await api.post('/sign-out').catch(() => {});
  me.value = null;
}

export type Theme = 'light' | 'dark' | 'system';
export const theme = signal<Theme>('system');

/** The choice is kept in the browser too, so that the next start does not flash. */
export function showTheme(wanted: Theme | null | undefined): void {
  theme.value = wanted ?? 'system';
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  try { localStorage.setItem('theme', theme.value); } catch { /* then it flashes */ }
}

export function rememberedTheme(): void {
  try { showTheme(localStorage.getItem('theme') as Theme | null); } catch { /* the system's */ }
}

export async function chooseTheme(wanted: Theme): Promise<void> {
  const before = theme.value;
  showTheme(wanted);
  if (!me.value) return;
  try {
    await api.patch('/me', { theme: wanted });
  } catch (error) {
    showTheme(before);
    report(error);
  }
}

export const LANGUAGES = [['zh-CN', '简体中文'], ['en', 'English']] as const;

export async function chooseLanguage(wanted: string): Promise<void> {
  try {
    if (me.value) await api.patch('/me', { language: wanted });
  } catch (error) {
    return report(error);
  }
  try { sessionStorage.removeItem('turned'); } catch { /* nothing was kept */ }
  const there = inLanguage(me.value ? null : wanted);
  if (there === location.href) location.reload();
  else location.assign(there);
}

/** How many conversations I host at once; 0 is busy. Shown at once, taken back if refused. */
export async function chooseLimit(limit: number): Promise<void> {
  const before = me.value;
  if (!before) return;
  me.value = { ...before, limit, absence: null, status: limit === 0 ? 'busy' : before.hosting >= limit ? 'busy' : 'free' };
  try {
    const answer = await api.put<Me | undefined>('/me/limit', { limit });
    if (answer?.id) me.value = answer;
    toast(limit === 0 ? _('You are busy: no new conversations come to you') : _('You take up to {n} conversations at once', { n: limit }));
  } catch (error) {
    me.value = before;
    report(error);
  }
}

/** Away: nothing comes to me until I say that I am back. Shown at once, taken back if refused. */
export async function chooseAway(away: boolean): Promise<void> {
  const before = me.value;
  if (!before) return;
  me.value = { ...before, absence: away ? 'chosen' : null, status: away ? 'away' : before.hosting >= before.limit ? 'busy' : 'free' };
  try {
    const answer = await api.put<Me | undefined>('/me/away', { away });
    if (answer?.id) me.value = answer;
    toast(away ? _('You are away: nothing comes to you until you are back') : _('Welcome back: conversations come to you again'));
  } catch (error) {
    me.value = before;
    report(error);
  }
}

/** How the server sees me now. */
export async function findMe(): Promise<void> {
  const mine = me.value;
  if (!mine) return;
  try {
    const found = await api.get<Me>('/me');
    if (me.value?.id === found.id) me.value = found;
  } catch { /* the next change asks again */ }
}

/** What went wrong, in words, where there is no field to put it beside. */
export function report(error: unknown): void {
  if (error instanceof ApiError) {
    if (error.status !== 401) toast(error.detail || error.title, { meaning: 'bad' });
  } else {
    console.error(error);
    toast(_('Something went wrong'), { meaning: 'bad' });
  }
}

export const wordsOf = (error: unknown): string => (error instanceof ApiError ? error.detail || error.title : _('Something went wrong'));
