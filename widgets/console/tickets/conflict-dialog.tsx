// Somebody else was quicker: both versions side by side, and the choice between them (spec 5.5).
import { Button, Dialog } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { valueWords } from '../messages/events.ts';
import { fieldName } from '../words.ts';
import { changeTicket, conflict, FIELDS, imagine, same, type Change } from './acts.ts';

export function ConflictDialog() {
  const found = conflict.value;
  if (!found) return null;
  const { before, current, change } = found;
  const mine = imagine(before, change);
  const rows = FIELDS.filter((field) => !same(before[field], current[field]) || !same(before[field], mine[field]));
  const close = () => { conflict.value = null; };
  const overwrite = () => {
    close();
    void changeTicket(current, change as Change);
  };
  return (
    <Dialog title={_('Changed meanwhile')} size="wide" onClose={close} onSubmit={overwrite}
      footer={
        <>
          <Button onClick={close}>{_('Keep theirs')}</Button>
          <Button kind="primary" type="submit">{_('Save mine over it')}</Button>
        </>
      }>
      <p>{_('Somebody saved this ticket while you were changing it. Nothing of yours was written yet.')}</p>
      <div class="table-frame" tabIndex={0} role="region" aria-label={_('Both versions')}>
        <table class="table">
          <thead><tr><th scope="col">{_('Field')}</th><th scope="col">{_('Before')}</th><th scope="col">{_('Stored now')}</th><th scope="col">{_('Yours')}</th></tr></thead>
          <tbody>
            {rows.map((field) => (
              <tr key={field}>
                <th scope="row">{fieldName(field)}</th>
                <td class="quiet">{valueWords(field, before[field])}</td>
                <td>{same(before[field], current[field]) ? <span class="quiet">{valueWords(field, current[field])}</span> : <ins class="differs" data-side="theirs">{valueWords(field, current[field])}</ins>}</td>
                <td>{same(before[field], mine[field]) ? <span class="quiet">{valueWords(field, mine[field])}</span> : <ins class="differs" data-side="mine">{valueWords(field, mine[field])}</ins>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}
