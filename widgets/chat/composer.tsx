/* Where the visitor writes: grows with the text, knows input methods, takes files by button and paste. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { isVisible } from './host.ts';
import { Icon } from './icons.tsx';
import { lazy } from './lazy.tsx';
import { draft, menu, sendDraft, typed } from './session.ts';

const EmojiPicker = lazy('EmojiPicker');

const hasKeyboard = () => matchMedia('(hover: hover) and (pointer: fine)').matches;

/** Enter that ends the composing of a Chinese word must not send it; Safari tells by keyCode 229 only. */
const isComposing = (event: KeyboardEvent) => event.isComposing || event.keyCode === 229;

export function Composer({ attach }: { attach: (files: File[]) => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const isPicking = useSignal(false);

  useLayoutEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [draft.value]);
  // On a phone the keyboard would cover the welcome: there the visitor taps first.
  useEffect(() => { if (isVisible.value && hasKeyboard()) field.current?.focus({ preventScroll: true }); }, [isVisible.value]);

  const send = () => {
    sendDraft();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData?.files ?? []];
    // A table copied from a sheet carries a picture of itself beside its text; the text is meant.
    if (!files.length || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    attach(files);
  };
  const insert = (emoji: string) => {
    const { selectionStart, selectionEnd } = field.current!;
    typed(draft.value.slice(0, selectionStart) + emoji + draft.value.slice(selectionEnd));
    closePicker();
    requestAnimationFrame(() => field.current?.setSelectionRange(selectionStart + emoji.length, selectionStart + emoji.length));
  };
  const closePicker = () => { isPicking.value = false; field.current?.focus(); };

  const label = menu.value ? _('Type a number or a message') : _('Write a message');
  return (
    <form class="foot composer" onSubmit={(event) => { event.preventDefault(); send(); }}>
      {isPicking.value && <EmojiPicker choose={insert} close={closePicker} />}
      <textarea
        ref={field} rows={1} value={draft.value} aria-label={label} placeholder={label} enterkeyhint="send" maxLength={10_000} dir="auto"
        onInput={(event) => typed(event.currentTarget.value)} onKeyDown={onKeyDown} onPaste={onPaste}
      />
      <div class="tools">
        <button type="button" class="icon-button" aria-label={_('Emoji')} aria-expanded={isPicking.value} onClick={() => { isPicking.value = !isPicking.value; }}><Icon name="smile" /></button>
        <button type="button" class="icon-button" aria-label={_('Attach pictures or files')} onClick={() => chooser.current?.click()}><Icon name="attach" /></button>
        <input ref={chooser} type="file" multiple hidden onChange={({ currentTarget }) => { attach([...currentTarget.files ?? []]); currentTarget.value = ''; }} />
        <button type="submit" class="send" aria-label={_('Send')} disabled={!draft.value.trim()}><Icon name="send" /></button>
      </div>
    </form>
  );
}
