// Button and IconButton: one act each; a busy one keeps its width and cannot be pressed twice.
import type { ComponentChildren, HTMLAttributes, Ref } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { Keys } from './keys.tsx';

type Native = Omit<HTMLAttributes<HTMLButtonElement>, 'icon' | 'ref' | 'role'>;

export interface ButtonProps extends Native {
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  size?: 'normal' | 'small';
  icon?: IconName;
  busy?: boolean;
  disabled?: boolean;
  type?: 'button' | 'submit';
  form?: string;
  keys?: string;
  wide?: boolean;
  popovertarget?: string;
  children?: ComponentChildren;
  buttonRef?: Ref<HTMLButtonElement>;
}

export function Button({ kind = 'plain', size = 'normal', icon, busy, disabled, keys, wide, type = 'button', children, buttonRef, ...rest }: ButtonProps) {
  return (
    <button {...rest} ref={buttonRef} type={type} class={`button ${rest.class ?? ''}`} data-kind={kind} data-size={size} data-wide={wide || undefined}
      data-busy={busy || undefined} aria-busy={busy || undefined} disabled={disabled || busy}>
      {icon && <Icon name={icon} />}
      {children != null && <span class="button-words">{children}</span>}
      {keys && <Keys chord={keys} />}
    </button>
  );
}

export interface IconButtonProps extends Native {
  icon: IconName;
  label: string;
  size?: 'normal' | 'small';
  filled?: boolean;
  keys?: string;
  disabled?: boolean;
  popovertarget?: string;
  pressed?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
}

/** A button whose words are its accessible name and its tooltip. */
export function IconButton({ icon, label, size = 'normal', filled, keys, pressed, buttonRef, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} ref={buttonRef} class={`icon-button ${rest.class ?? ''}`} data-size={size} aria-label={label}
      aria-pressed={pressed} title={keys ? `${label} (${keys})` : label}>
      <Icon name={icon} filled={filled} size={size === 'small' ? 14 : 16} />
    </button>
  );
}
