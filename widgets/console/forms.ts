// A form's fields, what is wrong with each, and its way to the server; nothing typed is lost on a refusal.
import { signal, type Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { ApiError } from '../shared/api.ts';
import { report, wordsOf } from './session.ts';

export interface Form<T extends object> {
  values: Signal<T>;
  /** wrong fields by name, in words */
  wrong: Signal<Record<string, string>>;
  /** what is wrong with the whole */
  problem: Signal<string | null>;
  busy: Signal<boolean>;
  set<K extends keyof T>(name: K, value: T[K]): void;
  /** Runs `act`; a refusal is put beside the fields it names. Answers undefined then. */
  send<R>(act: (values: T) => Promise<R>, otherwise?: (error: ApiError) => boolean): Promise<R | undefined>;
}

export function form<T extends object>(start: T): Form<T> {
  const values = signal(start);
  const wrong = signal<Record<string, string>>({});
  const problem = signal<string | null>(null);
  const busy = signal(false);
  return {
    values, wrong, problem, busy,
    set: (name, value) => {
      values.value = { ...values.value, [name]: value };
      if (wrong.value[name as string]) wrong.value = Object.fromEntries(Object.entries(wrong.value).filter(([field]) => field !== name));
    },
    send: async (act, otherwise) => {
      if (busy.value) return undefined;
      busy.value = true;
      wrong.value = {};
      problem.value = null;
      try {
        return await act(values.value);
      } catch (error) {
        if (!(error instanceof ApiError)) { report(error); return undefined; }
        if (otherwise?.(error)) return undefined;
        // "settings.hours" and "/subject" name the same fields as "hours" and "subject" here
        wrong.value = Object.fromEntries(Object.entries(error.fields).map(([field, words]) => [field.split(/[./]/).findLast((part) => part in values.value) ?? field.split(/[./]/).at(-1)!, words]));
        if (!Object.keys(wrong.value).some((field) => field in values.value)) problem.value = Object.values(error.fields)[0] ?? wordsOf(error);
        return undefined;
      } finally {
        busy.value = false;
      }
    },
  };
}

export const useForm = <T extends object>(start: T, keys: readonly unknown[] = []): Form<T> => useMemo(() => form(start), keys);
