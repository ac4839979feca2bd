/* Files that are given along with a form or a reply: uploaded at once, sent with the words, taken out again until then. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { size } from '../shared/parts.tsx';
import type { Stored } from '../shared/types.ts';
import { Attachments } from './attachments.ts';
import { Icon } from './icons.tsx';

export class Staged {
  readonly stored = signal<Stored[]>([]);
  readonly uploads = new Attachments((file) => { this.stored.value = [...this.stored.value, file]; });

  get isUploading(): boolean { return this.uploads.list.value.some(({ state }) => state !== 'failed'); }

  add(files: File[]): void { this.uploads.add(files); }

  remove(file: Stored): void { this.stored.value = this.stored.value.filter((each) => each !== file); }

  clear(): void {
    this.stored.value = [];
    this.uploads.list.value.forEach(({ client_id }) => this.uploads.remove(client_id));
  }
}

export function AttachedFiles({ staged: { stored, uploads }, staged }: { staged: Staged }) {
  return (
    <ul class="attached-files">
      {stored.value.map((file) => <li key={file.id}><Icon name="check" size={14} /><span class="attached-name">{file.name}</span><span class="quiet small">{size(file.size)}</span>
        <button type="button" class="icon-button" aria-label={_('Remove {name}', { name: file.name })} onClick={() => staged.remove(file)}><Icon name="close" size={14} /></button></li>)}
      {uploads.list.value.map(({ client_id, file, share, state, problem, canRetry }) => <li key={client_id}>
        <span class="attached-name">{file.name}</span>
        {state === 'failed' ? <span class="failed" role="alert">{problem}</span> : <progress max={1} value={share} aria-label={_('Uploading {name}', { name: file.name })} />}
        {state === 'failed' && canRetry && <button type="button" class="link" onClick={() => uploads.retry(client_id)}>{_('Try again')}</button>}
        <button type="button" class="icon-button" aria-label={_('Cancel {name}', { name: file.name })} onClick={() => uploads.remove(client_id)}><Icon name="close" size={14} /></button></li>)}
    </ul>
  );
}

interface ChooserProps { staged: Staged; class: string; label?: string; children: ComponentChildren }
export function Chooser({ staged, class: name, label, children }: ChooserProps) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={name} aria-label={label} onClick={() => field.current?.click()}>{children}</button>
      <input ref={field} type="file" multiple hidden onChange={({ currentTarget }) => { staged.add([...currentTarget.files ?? []]); currentTarget.value = ''; }} />
    </>
  );
}
