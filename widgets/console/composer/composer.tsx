// The composer: writes answers and private notes, takes files by button, drop and paste, and never sends while an input method composes.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button, Icon, IconButton, TextArea } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Part } from '../../shared/types.ts';
import { filesIn } from '../../shared/upload.ts';
import { useKeys } from '../keymap.ts';
import { AttachedFiles } from './attached.tsx';
import { attach, draftOf, isReady, keepDraft, takeParts } from './drafts.ts';
import { EmojiPicker } from './emoji.tsx';

export interface ComposerProps {
  /** whose draft this is: "conversation/01J…", "ticket/01J…" */
  place: string;
  onSend(parts: Part[], isNote: boolean, isWhisper: boolean): void | Promise<void>;
  onType?(on: boolean): void;
  /** why no answer can be given now; a note can be written still */
  noReply?: string | null;
  /** a leader may say something that only the host reads: the host's name */
  whisperTo?: string | null;
  placeholder: string;
  /** a chat is sent with Enter, a letter with Ctrl+Enter */
  enterSends: boolean;
  sendLabel?: string;
  /** other ways to send, beside the button */
  beside?: (ready: boolean) => ComponentChildren;
  /** what stands above the words of an answer, and never of a note: to whom it goes */
  above?: ComponentChildren;
  /** what stands below them: what is quoted */
  below?: ComponentChildren;
}

export function Composer({ place, onSend, onType, noReply, whisperTo, placeholder, enterSends, sendLabel, beside, above, below }: ComposerProps) {
  const draft = draftOf(place);
  const isWhisper = !!whisperTo && (draft.isWhisper.value || (!!noReply && !draft.isNote.value));
  const isNote = !isWhisper && (draft.isNote.value || !!noReply);
  const isPrivate = isNote || isWhisper;
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const over = useSignal(false);
  const ready = isReady(draft);

  const focus = () => area.current?.focus();
  const turn = (note: boolean, whisper = false) => {
    draft.isNote.value = note;
    draft.isWhisper.value = whisper;
    keepDraft(place, draft);
    focus();
  };
  useKeys({ reply: () => { if (!noReply) turn(false); else focus(); }, note: () => turn(true) });
  // A phone's keyboard must not jump up by itself.
  useEffect(() => { if (matchMedia('(pointer: fine)').matches && !document.querySelector('dialog[open]')) area.current?.focus({ preventScroll: true }); }, [place]);

  const send = () => {
    if (!isReady(draft)) return;
    const [note, whisper] = [isNote, isWhisper];
    onType?.(false);
    void onSend(takeParts(place, draft), note, whisper);
    draft.isNote.value = false;
    draft.isWhisper.value = false;
    keepDraft(place, draft);
    focus();
  };
  const insert = (words: string) => {
    const element = area.current;
    const [from, to] = element ? [element.selectionStart, element.selectionEnd] : [draft.text.value.length, draft.text.value.length];
    draft.text.value = draft.text.value.slice(0, from) + words + draft.text.value.slice(to);
    keepDraft(place, draft);
    requestAnimationFrame(() => { element?.focus(); element?.setSelectionRange(from + words.length, from + words.length); });
  };
  const take = (event: Event, files: File[]) => {
    if (!files.length) return;
    event.preventDefault();
    attach(draft, files);
  };

  return (
    <div class="composer" data-note={isNote || undefined} data-whisper={isWhisper || undefined} data-over={over.value || undefined}
      onDragOver={(event) => { if (event.dataTransfer?.types.includes('Files')) { event.preventDefault(); over.value = true; } }}
      onDragLeave={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node)) over.value = false; }}
      onDrop={(event) => { over.value = false; take(event, filesIn(event.dataTransfer)); }}>
      <div class="composer-modes" role="group" aria-label={_('Who will read it')}>
        <button type="button" aria-pressed={!isPrivate} disabled={!!noReply} title={noReply ?? undefined} onClick={() => turn(false)}>{_('Reply')}</button>
        <button type="button" aria-pressed={isNote} onClick={() => turn(true)}><Icon name="lock" size={12} />{_('Private note')}</button>
        {whisperTo && <button type="button" aria-pressed={isWhisper} onClick={() => turn(false, true)}><Icon name="ear" size={12} />{_('Whisper')}</button>}
        <span class="composer-reader">{isWhisper ? _('{name} reads this; the customer never does.', { name: whisperTo ?? '' }) : isNote ? (noReply ?? _('Only agents see this. The customer never does.')) : ''}</span>
      </div>
      {!isPrivate && above}
      <TextArea bare areaRef={area} value={draft.text.value} lines={2} most={10} aria-label={isWhisper ? _('Whisper') : isNote ? _('Private note') : _('Reply')}
        placeholder={isWhisper ? _('Whisper to {name}…', { name: whisperTo ?? '' }) : isNote ? _('Write something for your colleagues…') : placeholder}
        onText={(text) => {
          draft.text.value = text;
          keepDraft(place, draft);
          if (!isPrivate) onType?.(text.length > 0);
        }}
        onPaste={(event) => take(event, filesIn(event.clipboardData))}
        onBlur={() => onType?.(false)}
        onKeyDown={(event) => {
          // keyCode 229: some input methods end composing with the very Enter that commits the word
          if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || event.shiftKey) return;
          if (enterSends || event.ctrlKey || event.metaKey) { event.preventDefault(); send(); }
        }} />
      {!isPrivate && below}
      <AttachedFiles draft={draft} />
      <div class="composer-tools">
        <EmojiPicker onPick={insert} />
        <IconButton icon="attach" label={_('Attach files')} onClick={() => picker.current?.click()} />
        <input ref={picker} type="file" multiple hidden onChange={(event) => { attach(draft, [...(event.currentTarget.files ?? [])]); event.currentTarget.value = ''; focus(); }} />
        <span class="composer-hint">{enterSends ? _('Enter sends, Shift+Enter starts a new line') : _('Ctrl+Enter sends')}</span>
        {!isPrivate && beside?.(ready)}
        <Button kind="primary" icon={isWhisper ? 'ear' : isNote ? 'lock' : 'send'} disabled={!ready} onClick={send}>{isWhisper ? _('Whisper') : isNote ? _('Add note') : (sendLabel ?? _('Send'))}</Button>
      </div>
      {over.value && <div class="composer-drop">{_('Drop the files to attach them')}</div>}
    </div>
  );
}
