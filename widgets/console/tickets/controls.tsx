// The controls of a ticket's fields, used wherever a ticket is made or changed: end dialog, create dialog, side panel.
import { useEffect } from 'preact/hooks';
import { Picker, PriorityMark, Select } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Level, Priority } from '../../shared/types.ts';
import { agentChoices, agents, catalog, catalogChoices, groupChoices, groups } from '../directory.ts';
import { LEVELS, levelName, priorityOf, TYPES, typeName } from '../words.ts';

/** Asks for the lists once somebody is about to choose from them. */
export function useDirectory(): void {
  useEffect(() => { agents.ensure(); groups.ensure(); catalog.ensure(); }, []);
}

interface Control<T> { value: T; onPick(value: T): void; error?: string | undefined; disabled?: boolean }

export function CatalogControl({ value, onPick, error, disabled }: Control<string | null>) {
  return <Picker label={_('Catalog')} value={value} choices={catalogChoices.value} none={_('None')} onPick={onPick} error={error} disabled={disabled} />;
}

export function TypeControl({ value, onPick, error, disabled }: Control<string>) {
  const known = (TYPES as readonly string[]).includes(value) || !value ? TYPES : [value, ...TYPES];
  return <Select label={_('Type')} value={value} options={known.map((each) => ({ value: each, label: typeName(each) }))} onPick={onPick} error={error} disabled={disabled} />;
}

const levels = () => LEVELS.map((value) => ({ value, label: levelName(value) }));

export interface UrgencyProps {
  urgency: Level;
  impact: Level;
  priority?: Priority;
  onUrgency(level: Level): void;
  onImpact(level: Level): void;
  disabled?: boolean;
}

/** Urgency and impact, and the priority that follows from them (spec 5.3). */
export function UrgencyControls({ urgency, impact, priority, onUrgency, onImpact, disabled }: UrgencyProps) {
  return (
    <div class="urgency">
      <Select label={_('Urgency')} value={urgency} options={levels()} onPick={(level) => onUrgency(level as Level)} disabled={disabled} />
      <Select label={_('Impact')} value={impact} options={levels()} onPick={(level) => onImpact(level as Level)} disabled={disabled} />
      <div class="field">
        <span class="field-label">{_('Priority')}</span>
        <output class="urgency-priority"><PriorityMark priority={priority ?? priorityOf(urgency, impact)} /></output>
      </div>
    </div>
  );
}

export function GroupControl({ value, onPick, error, disabled }: Control<string | null>) {
  return <Picker label={_('Group')} value={value} choices={groupChoices.value} none={_('None')} onPick={onPick} error={error} disabled={disabled} />;
}

/** Only agents of the group, once one is chosen. */
export function HandlerControl({ value, onPick, error, disabled, groupId }: Control<string | null> & { groupId: string | null }) {
  const members = groups.value.value?.find(({ id }) => id === groupId)?.member_ids;
  const choices = agentChoices.value.filter(({ value: id }) => !members?.length || members.includes(id) || id === value);
  return <Picker label={_('Handler')} value={value} choices={choices} none={_('Nobody')} onPick={onPick} error={error} disabled={disabled} />;
}
