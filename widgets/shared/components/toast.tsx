// Toast: tells that something was done, for a few seconds, with a way back where there is one.
import { signal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { _ } from '../i18n.ts';
import { Button, IconButton } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export interface Toast {
  id: number;
  words: string;
  meaning: 'good' | 'neutral' | 'warn' | 'bad';
  act?: { label: string; onPick(): void };
}

const toasts = signal<Toast[]>([]);
let last = 0;

export function dismiss(id: number) {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

/** Failures and offers stay longer than confirmations. */
export function toast(words: string, { meaning = 'good', act }: Partial<Omit<Toast, 'id' | 'words'>> = {}): number {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-2), { id, words, meaning, act }];
  setTimeout(() => dismiss(id), act || meaning === 'bad' ? 9000 : 4000);
  return id;
}

/** Says that it is done and offers to take it back. */
export const toastUndo = (words: string, undo: () => void) => toast(words, { meaning: 'neutral', act: { label: _('Undo'), onPick: undo } });

const icons: Record<Toast['meaning'], IconName> = { good: 'done', neutral: 'info', warn: 'warning', bad: 'alert' };

/** Where toasts appear; a popover, so that an open dialog cannot hide them. */
export function Toasts() {
  const place = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const some = toasts.value.length > 0;
    const element = place.current;
    if (!element) return;
    if (element.matches(':popover-open')) element.hidePopover();
    if (some) element.showPopover();
  });
  return (
    <div class="toasts" popover="manual" ref={place} role="status">
      {toasts.value.map(({ id, words, meaning, act }) => (
        <div key={id} class="toast" data-meaning={meaning}>
          <Icon name={icons[meaning]} />
          <span class="toast-words">{words}</span>
          {act && (
            <Button size="small" kind="quiet" onClick={() => {
              dismiss(id);
              act.onPick();
            }}>{act.label}</Button>
          )}
          <IconButton icon="close" size="small" label={_('Dismiss')} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
