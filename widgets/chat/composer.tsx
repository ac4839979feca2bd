/* Where the visitor writes: picks from an open menu by number, takes files by button and paste. */
import { useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { isVisible } from './host.ts';
import { Icon } from './icons.tsx';
import { lazy } from './lazy.tsx';
import { draft, menu, sendDraft, typed } from './session.ts';
import { Writing } from './writing.tsx';

const EmojiPicker = lazy('EmojiPicker');

export function Composer({ attach }: { attach: (files: File[]) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData?.files ?? []];
    // A table copied from a sheet carries a picture of itself beside its text; the text is meant.
    if (!files.length || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    attach(files);
  };
  return (
    <Writing draft={draft} typed={typed} send={sendDraft} label={menu.value ? _('Type a number or a message') : _('Write a message')} Picker={EmojiPicker} isReady={isVisible.value} onPaste={onPaste}>
      <button type="button" class="icon-button" aria-label={_('Attach pictures or files')} onClick={() => chooser.current?.click()}><Icon name="attach" /></button>
      <input ref={chooser} type="file" multiple hidden onChange={({ currentTarget }) => { attach([...currentTarget.files ?? []]); currentTarget.value = ''; }} />
    </Writing>
  );
}
