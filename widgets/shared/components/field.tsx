// Field: a control with its label, its help and its error, tied together for eyes and screen readers alike.
import type { ComponentChildren, HTMLAttributes, Ref } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface Described {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

export interface FieldProps {
  label: string;
  help?: ComponentChildren;
  error?: string | null | false;
  optional?: string;
  hideLabel?: boolean;
  children: (control: Described) => ComponentChildren;
}

/** Gives its child what ties it to label, help and error. */
export function Field({ label, help, error, optional, hideLabel, children }: FieldProps) {
  const id = useId();
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : 'field-label'}>
        {label}
        {optional && <span class="field-optional">{optional}</span>}
      </label>
      {children({ id, ...(described && { 'aria-describedby': described }), ...(error && { 'aria-invalid': true as const }) })}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="alert" size={14} />
          {error}
        </p>
      )}
      {help && <p class="field-help" id={`${id}-help`}>{help}</p>}
    </div>
  );
}

type Native<E extends HTMLElement> = Omit<HTMLAttributes<E>, 'label' | 'onInput' | 'value' | 'ref' | 'list' | 'role'>;

export interface TextFieldProps extends Native<HTMLInputElement>, Omit<FieldProps, 'children'> {
  value: string;
  onText(text: string): void;
  type?: 'text' | 'email' | 'password' | 'search' | 'number' | 'tel' | 'url' | 'date';
  inputRef?: Ref<HTMLInputElement>;
  required?: boolean;
  autocomplete?: string;
  placeholder?: string;
  disabled?: boolean;
  min?: number;
  max?: number;
  maxlength?: number;
  name?: string;
}

export function TextField({ label, help, error, optional, hideLabel, value, onText, inputRef, type = 'text', ...rest }: TextFieldProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional} hideLabel={hideLabel}>
      {(control) => <input {...rest} type={type as 'text'} {...control} ref={inputRef} class="input" value={value} onInput={(event) => onText(event.currentTarget.value)} />}
    </Field>
  );
}

export interface TextAreaProps extends Native<HTMLTextAreaElement> {
  value: string;
  onText(text: string): void;
  lines?: number;
  most?: number;
  bare?: boolean;
  areaRef?: { current: HTMLTextAreaElement | null };
  placeholder?: string;
  disabled?: boolean;
  name?: string;
}

/** Grows with what is typed, from `lines` to `most` lines, then scrolls. */
export function TextArea({ value, onText, lines = 2, most = 12, bare, areaRef, ...rest }: TextAreaProps) {
  const own = useRef<HTMLTextAreaElement>(null);
  const area = areaRef ?? own;
  useLayoutEffect(() => {
    const element = area.current;
    if (!element || CSS.supports('field-sizing', 'content')) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [value]);
  return (
    <textarea {...rest} ref={area} class={bare ? 'text-area text-area-bare' : 'input text-area'} rows={lines} value={value}
      style={{ '--least': lines, '--most': most }} onInput={(event) => onText(event.currentTarget.value)} />
  );
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

export interface SelectProps extends Native<HTMLSelectElement>, Omit<FieldProps, 'children'> {
  value: string;
  options: readonly Option[];
  onPick(value: string): void;
  disabled?: boolean;
  small?: boolean;
}

/** The browser's own list: right on phones, with screen readers and by keyboard. */
export function Select({ label, help, error, optional, hideLabel, value, options, onPick, small, ...rest }: SelectProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional} hideLabel={hideLabel}>
      {(control) => (
        <select {...rest} {...control} class="input select" data-size={small ? 'small' : undefined} value={value}
          onChange={(event) => onPick(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
