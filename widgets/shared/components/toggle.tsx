// Switch and Checkbox: yes or no; a switch acts at once, a checkbox waits for the form.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface ToggleProps {
  label: ComponentChildren;
  help?: ComponentChildren;
  checked: boolean;
  onToggle(checked: boolean): void;
  disabled?: boolean;
  hideLabel?: boolean;
  partly?: boolean;
}

function Toggle({ label, help, checked, onToggle, disabled, hideLabel, partly, kind }: ToggleProps & { kind: 'switch' | 'checkbox' }) {
  const id = useId();
  return (
    <div class="toggle" data-kind={kind}>
      <input type="checkbox" role={kind === 'switch' ? 'switch' : undefined} id={id} checked={checked} disabled={disabled}
        aria-describedby={help ? `${id}-help` : undefined} ref={(box) => { if (box) box.indeterminate = !!partly; }}
        onChange={(event) => onToggle(event.currentTarget.checked)} />
      <label for={id}>
        <span class={hideLabel ? 'unseen' : undefined}>{label}</span>
        {help && <span class="toggle-help" id={`${id}-help`}>{help}</span>}
      </label>
    </div>
  );
}

export const Switch = (props: ToggleProps) => <Toggle kind="switch" {...props} />;
export const Checkbox = (props: ToggleProps) => <Toggle kind="checkbox" {...props} />;
