// Tabs: one of a few, each with its count; arrow keys move between them.
import type { ComponentChildren } from 'preact';

export interface Tab<K extends string> {
  id: K;
  label: string;
  count?: string | number | null;
  /** draws the eye: something waits there */
  calls?: boolean;
}

export interface TabsProps<K extends string> {
  label: string;
  tabs: readonly Tab<K>[];
  active: K;
  onPick(id: K): void;
  panelId: string;
  wide?: boolean;
}

export function Tabs<K extends string>({ label, tabs, active, onPick, panelId, wide }: TabsProps<K>) {
  const move = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = tabs[(tabs.findIndex((tab) => tab.id === active) + step + tabs.length) % tabs.length]!;
    onPick(next.id);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} data-wide={wide || undefined} onKeyDown={move}>
      {tabs.map((tab) => (
        <button key={tab.id} type="button" role="tab" class="tab" data-tab={tab.id} aria-selected={tab.id === active} aria-controls={panelId}
          tabIndex={tab.id === active ? 0 : -1} onClick={() => onPick(tab.id)}>
          {tab.label}
          {tab.count != null && tab.count !== 0 && <span class="tab-count" data-calls={tab.calls || undefined}>{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}

export const TabPanel = ({ id, label, class: name, children }: { id: string; label: string; class?: string; children: ComponentChildren }) => (
  <div id={id} role="tabpanel" aria-label={label} class={name}>{children}</div>
);
