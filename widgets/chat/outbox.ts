/* Sends what is said in the order in which it was said, once each, however often the way breaks. */
import type { Signal } from '@preact/signals';
import { ApiError, newId } from '../shared/api.ts';
import type { Part } from '../shared/types.ts';
import * as journals from './journal.ts';

interface Way {
  isOpen(): boolean;
  /** Says one thing and keeps the answer. Fails with ApiError. */
  send(unsent: journals.Unsent): Promise<void>;
  /** Whether a refusal means that nothing can be said any more; whoever knows, shows it. */
  isOver?(problem: ApiError): boolean;
}

const MOST_PATIENCE = 30_000;

/** How one speaks: `box` holds what was said and is not stored yet, `draft` what stands in the composer. */
export function speaking<Box extends journals.Outbox>(box: Signal<Box>, draft: Signal<string>, { isOpen, send, isOver = () => false }: Way) {
  let attempt = 0;

  async function pump(): Promise<void> {
    const next = journals.nextToSend(box.value);
    if (!next || !isOpen()) return;
    const { client_id } = next;
    box.value = journals.marked(box.value, client_id, 'sending');
    try {
      await send(next);
      attempt = 0;
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      const isLost = !problem.isTransient;
      box.value = journals.marked(box.value, client_id, isLost ? 'failed' : 'waiting', isLost ? problem.message : undefined);
      if (isOver(problem)) return;
      if (!isLost) {
        // Broken connections start the pump when they are back; a server that is over its head is given time.
        if (isOpen()) setTimeout(() => void pump(), Math.min(1000 * 2 ** attempt++, MOST_PATIENCE));
        return;
      }
    }
    void pump();
  }

  return {
    pump,
    say(parts: Part[], more: Partial<journals.Unsent> = {}): void {
      box.value = journals.said(box.value, { client_id: newId(), at: new Date().toISOString(), parts, ...more });
      void pump();
    },
    retry(client_id: string): void {
      box.value = journals.marked(box.value, client_id, 'waiting');
      void pump();
    },
    /** Takes back what could not be sent; its words return to the composer. */
    discard({ client_id, parts }: journals.Unsent): void {
      box.value = journals.discarded(box.value, client_id);
      const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
      if (text && !draft.value) draft.value = text;
    },
  };
}
