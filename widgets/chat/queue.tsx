/* The visitor's place in the line, how long it may take, and the way out. */
import { useSignal } from '@preact/signals';
import { ApiError } from '../shared/api.ts';
import { _ } from '../shared/i18n.ts';
import { wait } from '../shared/time.ts';
import type { VisitorConversation } from '../shared/types.ts';
import { leave, view } from './session.ts';

export function Queue({ conversation }: { conversation: VisitorConversation }) {
  const problem = useSignal('');
  const words = place(conversation);
  const leaveMessage = async () => {
    try {
      await leave();
      view.value = 'form';
    } catch (reason) {
      problem.value = reason instanceof ApiError ? reason.message : '';
    }
  };
  return (
    <section class="queue" aria-label={_('Your place in the line')}>
      <span class="queue-place" aria-hidden="true">{conversation.position ?? '…'}</span>
      <div class="queue-words">
        <p role="status"><strong>{words.place}</strong>{words.wait && <span class="quiet"> · {words.wait}</span>}</p>
        <p class="quiet small">{_('You may close this window: your place is kept.')}</p>
        <button type="button" class="link" onClick={() => void leaveMessage()}>{_('Leave a message instead')}</button>
        {problem.value && <p class="failed" role="alert">{problem.value}</p>}
      </div>
    </section>
  );
}

function place({ position, expected_wait }: VisitorConversation): { place: string; wait: string } {
  const words = position === null ? _('You are in line') : position <= 1 ? _('You are next in line') : _('You are number {position} in line', { position });
  return { place: words, wait: expected_wait ? wait(expected_wait) : '' };
}
