/* After the talk: one to five stars with a comment, and the way to a new conversation. */
import { useSignal } from '@preact/signals';
import { ApiError } from '../shared/api.ts';
import { _ } from '../shared/i18n.ts';
import { Icon } from './icons.tsx';
import { conversation, journal, opening, rate, showTickets, startOver, view } from './session.ts';
import { showNumber } from './threads.ts';
import { hash } from './words.ts';

export function Ending() {
  const { ticket_number, rating, outcome, form_offered } = conversation.value!;
  // Nobody served: there is nothing to rate.
  const wasServed = journal.value.entries.some(({ author, conversation_id }) => author.kind === 'agent' && conversation_id === conversation.value!.id);
  return (
    <div class="foot card ending">
      {wasServed && outcome !== 'refused' && (rating ? <Thanks score={rating.score} /> : <Rating />)}
      {ticket_number && <p><button type="button" class="link" onClick={() => void showNumber(ticket_number)}><Icon name="ticket" size={14} /> {_('Your request is kept as {number}', { number: hash(ticket_number) })}</button></p>}
      <div class="row">
        {!wasServed && form_offered && <button type="button" class="button primary" onClick={() => { view.value = 'form'; }}>{_('Leave a message')}</button>}
        <button type="button" class="button" onClick={startOver}>{_('Start a new conversation')}</button>
        {opening.value!.tickets.length > 0 && <button type="button" class="button" onClick={() => showTickets(null)}>{_('My requests')}</button>}
      </div>
    </div>
  );
}

function Thanks({ score }: { score: number }) {
  return <p role="status"><strong>{_('Thank you for your rating')}</strong> <span class="stars-given" aria-hidden="true">{'★'.repeat(score)}</span></p>;
}

const meanings = () => [_('Very bad'), _('Bad'), _('All right'), _('Good'), _('Very good')];

function Rating() {
  const score = useSignal(0);
  const comment = useSignal('');
  const isBusy = useSignal(false);
  const problem = useSignal('');
  const submit = async (event: Event) => {
    event.preventDefault();
    isBusy.value = true;
    try {
      await rate(score.value, comment.value.trim());
    } catch (reason) {
      problem.value = reason instanceof ApiError ? reason.message : _('Something went wrong');
      isBusy.value = false;
    }
  };
  return (
    <form class="rating" onSubmit={(event) => void submit(event)}>
      <fieldset>
        <legend><strong>{_('How did we do?')}</strong></legend>
        <div class="stars">
          {meanings().map((meaning, index) => (
            <label key={meaning} class="star" data-on={index < score.value || undefined} title={meaning}>
              <input type="radio" name="score" value={index + 1} class="unseen" checked={score.value === index + 1} onChange={() => { score.value = index + 1; }} />
              <span class="unseen">{meaning}</span><Icon name="star" size={26} />
            </label>
          ))}
          <span class="quiet small" aria-hidden="true">{meanings()[score.value - 1]}</span>
        </div>
      </fieldset>
      {score.value > 0 && (
        <>
          <label class="field"><span>{_('Anything you would like to add? (optional)')}</span>
            <textarea rows={2} maxLength={2000} value={comment.value} onInput={({ currentTarget }) => { comment.value = currentTarget.value; }} />
          </label>
          {problem.value && <p class="failed" role="alert">{problem.value}</p>}
          <button type="submit" class="button primary" disabled={isBusy.value}>{_('Send rating')}</button>
        </>
      )}
    </form>
  );
}
