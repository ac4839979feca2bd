// Dialog: the browser's own modal; Escape and the close button ask the owner, who decides.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useId, useRef } from 'preact/hooks';
import { _ } from '../i18n.ts';
import { Button, IconButton } from './button.tsx';

export interface DialogProps {
  title: string;
  onClose(): void;
  size?: 'small' | 'normal' | 'wide';
  onSubmit?(): void;
  footer?: ComponentChildren;
  children: ComponentChildren;
}

/** Open dialogs, the topmost last: all but that one is out of reach, so what must be answered goes inside it. */
export const openDialogs = signal<readonly HTMLDialogElement[]>([]);

export function Dialog({ title, onClose, size = 'normal', onSubmit, footer, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement as HTMLElement | null;
    element?.showModal();
    if (element) openDialogs.value = [...openDialogs.peek(), element];
    // A dialog without a field of its own begins at what it asks for, not at its close button.
    if (!element?.querySelector('[autofocus]') && !element?.querySelector('.dialog-body :is(input, select, textarea)')) (element?.querySelector<HTMLElement>('.dialog-foot [data-kind="primary"]') ?? element?.querySelector<HTMLElement>('.dialog-foot button'))?.focus();
    return () => {
      openDialogs.value = openDialogs.peek().filter((each) => each !== element);
      element?.close();
      before?.focus?.();
    };
  }, []);
  const body = (
    <>
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label={_('Close')} keys="Esc" onClick={onClose} />
      </header>
      <div class="dialog-body">{children}</div>
      {footer && <footer class="dialog-foot">{footer}</footer>}
    </>
  );
  return (
    <dialog ref={dialog} class="dialog" data-size={size} aria-labelledby={id}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        onClose();
      }}>
      {onSubmit ? (
        <form class="dialog-frame" noValidate onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>{body}</form>
      ) : <div class="dialog-frame">{body}</div>}
    </dialog>
  );
}

interface Question {
  title: string;
  consequence: ComponentChildren;
  act: string;
  danger?: boolean;
  answer(yes: boolean): void;
}

const questions = signal<Question[]>([]);

/** Asks before something that cannot be taken back, with its consequence in words. */
export function ask(question: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((resolve) => {
    const asked: Question = { ...question, answer: (yes) => {
      questions.value = questions.value.filter((each) => each !== asked);
      resolve(yes);
    } };
    questions.value = [...questions.value, asked];
  });
}

/** Where `ask` shows its questions; once per app. */
export function Questions() {
  return (
    <>
      {questions.value.map((question) => (
        <Dialog key={question.title} title={question.title} size="small" onClose={() => question.answer(false)} onSubmit={() => question.answer(true)}
          footer={
            <>
              <Button onClick={() => question.answer(false)}>{_('Cancel')}</Button>
              <Button kind={question.danger ? 'danger' : 'primary'} type="submit">{question.act}</Button>
            </>
          }>
          <p>{question.consequence}</p>
        </Dialog>
      ))}
    </>
  );
}
