/* The files that the visitor is sending, under the transcript: progress, cancel, try again. */
import { _ } from '../shared/i18n.ts';
import { partFor } from '../shared/upload.ts';
import { Attachments, type Attachment } from './attachments.ts';
import { Icon } from './icons.tsx';
import { say } from './session.ts';

/** Lives as long as the page: files go on uploading while the visitor looks at another view. */
const attachments = new Attachments((stored, client_id) => say([partFor(stored)], client_id));

export const attach = (files: File[]): void => attachments.add(files);

export function Uploads() {
  return <>{attachments.list.value.map((attachment) => <Upload key={attachment.client_id} attachment={attachment} />)}</>;
}

function Upload({ attachment }: { attachment: Attachment }) {
  const { client_id, file, preview, share, state, problem, canRetry } = attachment;
  const hasFailed = state === 'failed';
  return (
    <div class="upload" data-failed={hasFailed || undefined}>
      {preview ? <img src={preview} alt="" /> : <span class="upload-kind" aria-hidden="true"><Icon name="attach" /></span>}
      <div class="upload-words">
        <p class="upload-name">{file.name}</p>
        {hasFailed ? <p class="failed" role="alert">{problem}</p> : <progress max={100} value={Math.round(share * 100)} aria-label={_('Uploading {name}', { name: file.name })} />}
      </div>
      {hasFailed && canRetry && <button type="button" class="link" onClick={() => attachments.retry(client_id)}>{_('Try again')}</button>}
      <button type="button" class="icon-button" aria-label={_('Cancel {name}', { name: file.name })} onClick={() => attachments.remove(client_id)}><Icon name="close" size={16} /></button>
    </div>
  );
}
