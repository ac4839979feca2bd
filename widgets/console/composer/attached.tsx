// The files of a draft: each with its progress, its picture if it has one, and a way to take it out.
import { Button, Icon, IconButton } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { size } from '../../shared/parts.tsx';
import { attach, detach, type Attached, type Draft } from './drafts.ts';

export function AttachedFiles({ draft }: { draft: Draft }) {
  if (!draft.files.value.length) return null;
  return (
    <ul class="attached" aria-label={_('Attached files')}>
      {draft.files.value.map((each) => <One key={each.key} each={each} draft={draft} />)}
    </ul>
  );
}

function One({ each, draft }: { each: Attached; draft: Draft }) {
  const { key, file, share, stored, problem, preview } = each;
  return (
    <li class="attached-file" data-failed={!!problem || undefined}>
      {preview ? <img src={preview} alt="" /> : <span class="attached-icon"><Icon name="file" /></span>}
      <span class="attached-words">
        <span class="attached-name" title={file.name}>{file.name}</span>
        <small role={problem ? 'alert' : undefined}>{problem ?? size(file.size)}</small>
        {!stored && !problem && <progress value={share} max={1} aria-label={_('Uploading {name}', { name: file.name })} />}
      </span>
      {problem && <Button size="small" kind="quiet" onClick={() => { detach(draft, key); attach(draft, [file]); }}>{_('Try again')}</Button>}
      <IconButton icon="close" size="small" label={_('Remove {name}', { name: file.name })} onClick={() => detach(draft, key)} />
    </li>
  );
}
