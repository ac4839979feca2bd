/* Typed requests to the server: problem details become errors, creating calls carry an idempotency key, lists come in pages. */
import { _ } from './i18n.ts';
import type { Page } from './types.ts';

export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  errors?: { field: string; message: string }[];
  [extra: string]: unknown;
}

/** What the server, or the way to it, answered instead of a result. `message` is for people. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** What is wrong with single fields of a form: name → words. */
  readonly fields: Record<string, string>;

  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail ?? '';
    this.fields = Object.fromEntries((problem.errors ?? []).map(({ field, message }) => [field, message]));
  }

  /** Nothing reached the server, or it was not able to answer: the same request may be sent again. */
  get isTransient(): boolean {
    return this.status === 0 || this.status >= 500 || this.code === 'too_many';
  }
}

export const offline = (): ApiError => new ApiError({ code: 'offline', status: 0, title: _('No connection'), detail: _('The server cannot be reached. Please check your connection and try again.') });

export interface Options {
  query?: Record<string, string | number | boolean | null | undefined>;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Same key, same answer: pass your own to repeat a POST after a failure. */
  idempotencyKey?: string;
}

export class Api {
  /** `base` is put before every path; `session` gives headers anew each time, for sessions that live in memory only. */
  constructor(readonly base: string, private readonly session: () => Record<string, string> = () => ({})) {}

  /** The headers that tell who asks, where no cookie does. */
  authorization(): Record<string, string> {
    return this.session();
  }

  get<T>(path: string, options?: Options): Promise<T> { return this.#send<T>('GET', path, undefined, options); }
  post<T>(path: string, body: unknown = {}, options: Options = {}): Promise<T> {
    return this.#send<T>('POST', path, body, { ...options, idempotencyKey: options.idempotencyKey ?? newId() });
  }
  patch<T>(path: string, body: unknown, options?: Options): Promise<T> { return this.#send<T>('PATCH', path, body, options); }
  put<T>(path: string, body: unknown = {}, options?: Options): Promise<T> { return this.#send<T>('PUT', path, body, options); }
  delete<T>(path: string, options?: Options): Promise<T> { return this.#send<T>('DELETE', path, undefined, options); }

  /** A list page by page; stop reading and no further page is asked for. */
  async *pages<T>(path: string, options: Options = {}): AsyncGenerator<T[]> {
    let after: string | null | undefined;
    do {
      const page: Page<T> = await this.get<Page<T>>(path, { ...options, query: { ...options.query, after } });
      yield page.items;
      after = page.next;
    } while (after);
  }

  address(path: string, query: Options['query'] = {}): string {
    const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
    return this.base + path + (pairs.length ? '?' + new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])) : '');
  }

  async #send<T>(method: string, path: string, body: unknown, { query, signal, headers, idempotencyKey }: Options = {}): Promise<T> {
    const request: RequestInit = {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(idempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {}),
        ...this.authorization(),
        ...headers,
      },
    };
    if (signal) request.signal = signal;
    if (body !== undefined) request.body = JSON.stringify(body);
    return read<T>(await reach(() => fetch(this.address(path, query), request), signal));
  }
}

async function reach(request: () => Promise<Response>, signal?: AbortSignal): Promise<Response> {
  try {
    return await request();
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw offline();
  }
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  const body = parse(text);
  if (!response.ok) throw new ApiError(asProblem(body, response.status));
  return body as T;
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** A proxy in between may answer in its own words; people still get ours. */
export function asProblem(body: unknown, status: number): Problem {
  if (body && typeof body === 'object' && 'title' in body) return { code: 'unknown', ...body, status } as unknown as Problem;
  return { code: status >= 500 ? 'unavailable' : 'unknown', status, title: _('Something went wrong'), detail: _('The server answered with {status}. Please try again in a moment.', { status }) };
}

/** An id that no other browser makes. `crypto.randomUUID` is missing on plain http. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
