/* The box that one writes in: grows with the text, knows input methods, takes emoji; what else it can do is put beside them. */
import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import type { EmojiProps } from './emoji.tsx';
import { Icon } from './icons.tsx';

interface WritingProps {
  draft: Signal<string>;
  typed(text: string): void;
  send(): void;
  label: string;
  Picker: ComponentType<EmojiProps>;
  /** Takes the focus when it is true: on a phone the keyboard would cover what there is to read. */
  isReady: boolean;
  onPaste?(event: ClipboardEvent): void;
  /** More tools, before the button that sends. */
  children?: ComponentChildren;
}

const hasKeyboard = () => matchMedia('(hover: hover) and (pointer: fine)').matches;

/** Enter that ends the composing of a Chinese word must not send it; Safari tells by keyCode 229 only. */
const isComposing = (event: KeyboardEvent) => event.isComposing || event.keyCode === 229;

export function Writing({ draft, typed, send, label, Picker, isReady, onPaste, children }: WritingProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const isPicking = useSignal(false);
  useLayoutEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [draft.value]);
  useEffect(() => { if (isReady && hasKeyboard()) field.current?.focus({ preventScroll: true }); }, [isReady]);
  const submit = () => { send(); field.current?.focus(); };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    submit();
  };
  const closePicker = () => { isPicking.value = false; field.current?.focus(); };
  const insert = (emoji: string) => {
    const { selectionStart, selectionEnd } = field.current!;
    typed(draft.value.slice(0, selectionStart) + emoji + draft.value.slice(selectionEnd));
    closePicker();
    requestAnimationFrame(() => field.current?.setSelectionRange(selectionStart + emoji.length, selectionStart + emoji.length));
  };
  return (
    <form class="foot composer" onSubmit={(event) => { event.preventDefault(); submit(); }}>
      {isPicking.value && <Picker choose={insert} close={closePicker} />}
      <textarea
        ref={field} rows={1} value={draft.value} aria-label={label} placeholder={label} enterkeyhint="send" maxLength={10_000} dir="auto"
        onInput={(event) => typed(event.currentTarget.value)} onKeyDown={onKeyDown} onPaste={onPaste}
      />
      <div class="tools">
        <button type="button" class="icon-button" aria-label={_('Emoji')} aria-expanded={isPicking.value} onClick={() => { isPicking.value = !isPicking.value; }}><Icon name="smile" /></button>
        {children}
        <button type="submit" class="send" aria-label={_('Send')} disabled={!draft.value.trim()}><Icon name="send" /></button>
      </div>
    </form>
  );
}
