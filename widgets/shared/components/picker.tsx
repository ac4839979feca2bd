// Picker: choose one of many by typing a part of its name; and TagsField: a handful of words.
import { useComputed, useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { _ } from '../i18n.ts';
import { Field, type FieldProps } from './field.tsx';
import { Icon } from './icon.tsx';
import { Popover } from './popover.tsx';

export interface Choice {
  value: string;
  label: string;
  hint?: string;
  depth?: number;
}

export interface PickerProps extends Omit<FieldProps, 'children'> {
  value: string | null;
  choices: readonly Choice[];
  onPick(value: string | null): void;
  none?: string;
  disabled?: boolean;
  /** the list is too long to hold: whoever owns it fetches `choices` for the words */
  onWords?(words: string): void;
}

const ROWS = 50;

export function Picker({ label, help, error, optional, hideLabel, value, choices, onPick, none, disabled, onWords }: PickerProps) {
  const words = useSignal('');
  const at = useSignal(0);
  const listId = useId();
  const current = choices.find((choice) => choice.value === value);
  const needle = words.value.trim().toLowerCase();
  const found = choices.filter((choice) => !needle || onWords || `${choice.label} ${choice.hint ?? ''}`.toLowerCase().includes(needle)).slice(0, ROWS);
  const rows: (Choice | null)[] = none && !needle ? [null, ...found] : found;
  return (
    <Field label={label} help={help} error={error} optional={optional} hideLabel={hideLabel}>
      {(control) => (
        <Popover label={label} onOpen={() => { words.value = ''; at.value = Math.max(0, rows.findIndex((row) => (row?.value ?? null) === value)); }}
          trigger={(props) => (
            <button {...control} {...props} ref={props.buttonRef} type="button" class="input picker" disabled={disabled}>
              <span class={current ? undefined : 'picker-none'}>{current ? current.label : (none ?? _('Choose…'))}</span>
              <Icon name="down" size={14} />
            </button>
          )}>
          {(close) => {
            const pick = (choice: Choice | null) => { close(); onPick(choice?.value ?? null); };
            return (
              <div class="picker-panel">
                {(choices.length > 7 || onWords) && (
                  <input class="input" autofocus placeholder={_('Type to search')} aria-label={label} role="combobox" aria-expanded="true" aria-controls={listId}
                    aria-activedescendant={`${listId}-${at.value}`} value={words.value}
                    onInput={(event) => { words.value = event.currentTarget.value; at.value = 0; onWords?.(words.value.trim()); }}
                    onKeyDown={(event) => {
                      if (event.isComposing) return;
                      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
                      if (step && rows.length) { event.preventDefault(); at.value = (at.value + step + rows.length) % rows.length; document.getElementById(`${listId}-${at.value}`)?.scrollIntoView({ block: 'nearest' }); }
                      if (event.key === 'Enter') { event.preventDefault(); if (rows[at.value] !== undefined) pick(rows[at.value]!); }
                    }} />
                )}
                <div role="listbox" id={listId} aria-label={label} class="picker-list">
                  {rows.map((choice, index) => (
                    <button key={choice?.value ?? ''} id={`${listId}-${index}`} type="button" role="option" class="menu-item" aria-selected={(choice?.value ?? null) === value}
                      data-at={index === at.value || undefined} onClick={() => pick(choice)}
                      onKeyDown={(event) => {
                        const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key] as 'nextElementSibling' | undefined;
                        if (step) { event.preventDefault(); (event.currentTarget[step] as HTMLElement | null)?.focus(); }
                      }}>
                      <span class="menu-words" style={{ paddingInlineStart: `${(needle ? 0 : (choice?.depth ?? 0)) * 14}px` }}>
                        {choice ? choice.label : none}
                        {choice?.hint && <small>{choice.hint}</small>}
                      </span>
                      {(choice?.value ?? null) === value && <Icon name="check" />}
                    </button>
                  ))}
                  {rows.length === 0 && <p class="picker-empty">{_('Nothing found')}</p>}
                </div>
              </div>
            );
          }}
        </Popover>
      )}
    </Field>
  );
}

export interface TagsProps extends Omit<FieldProps, 'children'> {
  tags: readonly string[];
  onTags(tags: string[]): void;
  disabled?: boolean;
  placeholder?: string;
}

/** Enter or a comma ends a tag; Backspace on nothing takes the last one back. */
export function TagsField({ label, help, error, hideLabel, tags, onTags, disabled, placeholder }: TagsProps) {
  const words = useSignal('');
  const input = useRef<HTMLInputElement>(null);
  const empty = useComputed(() => words.value === '');
  const add = () => {
    const added = words.value.split(/[,，、]/).map((each) => each.trim()).filter((each) => each && !tags.includes(each));
    words.value = '';
    if (added.length) onTags([...tags, ...new Set(added)]);
  };
  return (
    <Field label={label} help={help} error={error} hideLabel={hideLabel}>
      {(control) => (
        <div class="input tags" onClick={() => input.current?.focus()}>
          {tags.map((tag) => (
            <span key={tag} class="badge">
              {tag}
              {!disabled && <button type="button" aria-label={_('Remove {tag}', { tag })} onClick={() => onTags(tags.filter((each) => each !== tag))}><Icon name="close" size={12} /></button>}
            </span>
          ))}
          <input {...control} ref={input} disabled={disabled} value={words.value} placeholder={tags.length ? '' : (placeholder ?? _('Add a tag'))}
            onInput={(event) => { words.value = event.currentTarget.value; if (/[,，、]$/.test(words.value)) add(); }}
            onBlur={add}
            onKeyDown={(event) => {
              if (event.isComposing) return;
              if (event.key === 'Enter' && !empty.value) { event.preventDefault(); add(); }
              if (event.key === 'Backspace' && empty.value && tags.length) onTags(tags.slice(0, -1));
            }} />
        </div>
      )}
    </Field>
  );
}
