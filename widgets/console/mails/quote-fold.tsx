// Below the words of an answer: the message that it answers, folded; it leaves with the mail unless it is taken off.
import { Button, Icon, IconButton } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { exact } from '../../shared/time.ts';
import type { Ticket } from '../../shared/types.ts';
import { nameOf } from '../words.ts';
import { address, addressingOf, answered } from './addressing.ts';

export function QuoteFold({ ticket }: { ticket: Ticket }) {
  const entry = answered(ticket.id);
  if (!entry) return null;
  const { quotes } = addressingOf(ticket.id).value;
  if (!quotes) return <p class="quote-fold"><Button kind="quiet" size="small" icon="reply" onClick={() => address(ticket.id, { quotes: true })}>{_('Quote what is answered')}</Button></p>;
  const words = entry.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n').trim();
  return (
    <div class="quote-fold">
      <details>
        <summary><Icon name="right" size={12} /><span class="clip">{_('Quoted below: {name}, {date}', { name: nameOf(entry.author), date: exact(entry.at) })}</span></summary>
        <blockquote>{words || _('Nothing but files: they are not sent back.')}</blockquote>
      </details>
      <IconButton icon="close" size="small" label={_('Leave the quote out')} onClick={() => address(ticket.id, { quotes: false })} />
    </div>
  );
}
