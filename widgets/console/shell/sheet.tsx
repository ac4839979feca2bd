// The sheet of shortcuts that `?` shows, drawn from the table that also answers them.
import { Dialog, Keys } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { KEYMAP } from '../keymap.ts';

export function Sheet({ onClose }: { onClose(): void }) {
  const parts = [['everywhere', _('Everywhere')], ['inbox', _('Conversations and tickets')], ['tickets', _('Tickets')]] as const;
  return (
    <Dialog title={_('Shortcuts')} size="wide" onClose={onClose}>
      <div class="sheet">
        {parts.map(([where, title]) => (
          <section key={where}>
            <h3>{title}</h3>
            <dl>
              {KEYMAP.filter((each) => each.where === where).map(({ id, chord, label }) => (
                <div key={id}><dt>{label()}</dt><dd><Keys chord={chord} /></dd></div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="quiet">{_('In lists: arrow keys or J and K move, Enter opens. Single letters work while you are not typing.')}</p>
    </Dialog>
  );
}
