// Popover and Menu: a small surface beside the button that opened it, on the browser's own popover.
import { useSignal } from '@preact/signals';
import type { ComponentChildren, Ref } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { Keys } from './keys.tsx';

export interface Trigger {
  buttonRef: Ref<HTMLButtonElement>;
  popovertarget: string;
  'aria-expanded': boolean;
  'aria-haspopup': 'menu' | 'dialog';
}

export interface PopoverProps {
  trigger(props: Trigger): ComponentChildren;
  align?: 'start' | 'end';
  role?: 'menu' | 'dialog';
  label: string;
  onOpen?(): void;
  children: (close: () => void) => ComponentChildren;
}

/** Puts the panel below the anchor, or above it where there is more room; no size needs to be known. */
function place(panel: HTMLElement, anchor: HTMLElement, align: 'start' | 'end') {
  const at = anchor.getBoundingClientRect();
  const below = innerHeight - at.bottom;
  const up = below < 320 && at.top > below;
  const left = align === 'start' && at.left < innerWidth - 240;
  Object.assign(panel.style, {
    top: up ? 'auto' : `${at.bottom + 4}px`,
    bottom: up ? `${innerHeight - at.top + 4}px` : 'auto',
    left: left ? `${Math.max(8, at.left)}px` : 'auto',
    right: left ? 'auto' : `${Math.max(8, innerWidth - at.right)}px`,
    maxHeight: `${(up ? at.top : below) - 16}px`,
  });
}

export function Popover({ trigger, align = 'start', role = 'dialog', label, onOpen, children }: PopoverProps) {
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const open = useSignal(false);
  const close = () => panel.current?.hidePopover();
  return (
    <>
      {trigger({ buttonRef: anchor, popovertarget: id, 'aria-expanded': open.value, 'aria-haspopup': role })}
      <div ref={panel} id={id} popover="auto" role={role} aria-label={label} class="popover"
        onBeforeToggle={(event) => {
          open.value = event.newState === 'open';
          if (open.value && anchor.current) place(event.currentTarget, anchor.current, align);
          if (open.value) onOpen?.();
        }}
        onToggle={(event) => {
          if (event.newState === 'open') (event.currentTarget.querySelector<HTMLElement>('[autofocus],[role=menuitem],[role=menuitemradio],[role=option]') ?? event.currentTarget).focus();
        }}>
        {open.value && children(close)}
      </div>
    </>
  );
}

export interface MenuItem {
  label: string;
  icon?: IconName;
  hint?: string;
  keys?: string;
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
  onPick(): void;
}

function walk(event: KeyboardEvent & { currentTarget: HTMLElement }) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]:not([aria-disabled=true])')];
  if (!step || !items.length) return;
  event.preventDefault();
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + step + items.length) % items.length]?.focus();
}

/** `null` in `items` draws a line. */
export function Menu({ items, ...popover }: Omit<PopoverProps, 'children' | 'role'> & { items: readonly (MenuItem | null)[] }) {
  return (
    <Popover {...popover} role="menu">
      {(close) => (
        <div class="menu" role="none" onKeyDown={walk}>
          {items.map((item, index) =>
            item === null ? <hr key={index} role="separator" /> : (
              <button key={index} type="button" role={item.checked == null ? 'menuitem' : 'menuitemradio'} aria-checked={item.checked} aria-disabled={item.disabled}
                tabIndex={-1} class="menu-item" data-danger={item.danger || undefined}
                onClick={() => {
                  if (item.disabled) return;
                  close();
                  item.onPick();
                }}>
                {item.icon && <Icon name={item.icon} />}
                <span class="menu-words">
                  {item.label}
                  {item.hint && <small>{item.hint}</small>}
                </span>
                {item.keys && <Keys chord={item.keys} />}
                {item.checked && <Icon name="check" />}
              </button>
            ))}
        </div>
      )}
    </Popover>
  );
}
