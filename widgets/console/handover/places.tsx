// An agent's places as dots: filled ones are taken; beyond what the eye counts, the figures alone.
import { _ } from '../../shared/i18n.ts';

const MOST_DOTS = 10;

export function Places({ hosting, limit }: { hosting: number; limit: number }) {
  const words = limit === 0 ? _('Busy: takes none') : _('{n} of {limit} conversations', { n: hosting, limit });
  return (
    <span class="places" title={words} data-over={hosting > limit || undefined}>
      {limit > 0 && Math.max(limit, hosting) <= MOST_DOTS && <span class="places-dots" aria-hidden="true">{Array.from({ length: Math.max(limit, hosting) }, (_each, index) => <i key={index} data-taken={index < hosting || undefined} data-over={index >= limit || undefined} />)}</span>}
      {(limit > 0 || hosting > 0) && <span aria-hidden="true">{hosting}/{limit}</span>}
      <span class="unseen">{words}</span>
    </span>
  );
}
