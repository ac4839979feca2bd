// The company: its name, language and time zone, and every limit and timer with its default and what it does.
import { useComputed } from '@preact/signals';
import { ApiError } from '../../shared/api.ts';
import { Button, Field, Select, Switch, TextField, toast } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { useForm } from '../forms.ts';
import { Loaded, useResource, type Resource } from '../loading.tsx';
import { api, LANGUAGES } from '../session.ts';
import { PageHead, Part } from './frame.tsx';
import { SaveBar } from './save-bar.tsx';
import { settingName, settingUnit } from './setting-names.ts';

interface Setting { value: number | boolean; default: number | boolean; description: string; minimum?: number; maximum?: number }
interface Company { version: number; name: string; language: string; time_zone: string; settings?: Record<string, Setting>; [more: string]: unknown }

const isSetting = (value: unknown): value is Setting => !!value && typeof value === 'object' && 'default' in value;

/** Limits stand below `settings`, or beside the name. */
const settingsOf = (company: Company): Record<string, Setting> => company.settings ?? Object.fromEntries(Object.entries(company).filter((pair): pair is [string, Setting] => isSetting(pair[1])));

export function CompanyPage() {
  const company = useResource(() => api.get<Company>('/settings'));
  return <Loaded of={company}>{(found) => <Editor of={company} company={found} />}</Loaded>;
}

const start = (company: Company) => ({ name: company.name, language: company.language, time_zone: company.time_zone, limits: Object.fromEntries(Object.entries(settingsOf(company)).map(([name, { value }]) => [name, value])) as Record<string, number | boolean> });

function Editor({ of, company }: { of: Resource<Company>; company: Company }) {
  const form = useForm(start(company));
  const { name, language, time_zone, limits } = form.values.value;
  const wrong = form.wrong.value;
  const changed = useComputed(() => JSON.stringify(form.values.value) !== JSON.stringify(start(of.value.value ?? company))).value;
  const set = (which: string, value: number | boolean) => form.set('limits', { ...limits, [which]: value });
  const save = async (wanted = form.values.value, undoable = true) => {
    const before = start(of.value.value!);
    const differing = Object.fromEntries(Object.entries(wanted.limits).filter(([each, value]) => value !== before.limits[each]).map(([each, value]) => [each, value === settingsOf(company)[each]?.default ? null : value]));
    const saved = await form.send(() => api.patch<Company>('/settings', { version: of.value.value!.version, name: wanted.name, language: wanted.language, time_zone: wanted.time_zone, ...(Object.keys(differing).length && { settings: differing }) }), (error: ApiError) => {
      if (error.code !== 'conflict' || !error.problem.current) return false;
      of.value.value = error.problem.current as Company;
      form.problem.value = _('Somebody changed the settings meanwhile. What you typed is still here; save again to write it over theirs.');
      return true;
    });
    if (!saved) return;
    of.value.value = saved;
    form.values.value = start(saved);
    toast(_('Saved'), undoable ? { act: { label: _('Undo'), onPick: () => { form.values.value = before; void save(before, false); } } } : {});
  };
  const zones = 'supportedValuesOf' in Intl ? Intl.supportedValuesOf('timeZone') : [time_zone];
  return (
    <form class="editor" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <PageHead title={_('Company')} lead={_('What holds for everybody here. Every figure has a default that suits most desks.')} />
      <Part title={_('In general')}>
        <TextField label={_('Name')} value={name} onText={(text) => form.set('name', text)} error={wrong.name} />
        <div class="two">
          <Select label={_('Language')} value={language} options={LANGUAGES.map(([value, label]) => ({ value, label }))} onPick={(wanted) => form.set('language', wanted)} help={_('Of mails and pages, where nobody has chosen another')} />
          <Select label={_('Time zone')} value={time_zone} options={[...new Set([time_zone, 'Asia/Shanghai', 'UTC', ...zones])].map((value) => ({ value, label: value.replaceAll('_', ' ') }))} onPick={(zone) => form.set('time_zone', zone)} error={wrong.time_zone} />
        </div>
      </Part>
      <Part title={_('Limits and timers')}>
        <div class="limits">
          {Object.entries(settingsOf(company)).map(([which, setting]) => (
            <Limit key={which} which={which} setting={setting} value={limits[which] ?? setting.default} onValue={(value) => set(which, value)} error={wrong[which]} />
          ))}
        </div>
      </Part>
      <SaveBar changed={changed} busy={form.busy.value} problem={form.problem.value ?? (Object.keys(wrong).length ? _('Some fields need another look.') : null)} onReset={() => { form.values.value = start(of.value.value!); form.wrong.value = {}; form.problem.value = null; }} />
    </form>
  );
}

function Limit({ which, setting, value, onValue, error }: { which: string; setting: Setting; value: number | boolean; onValue(value: number | boolean): void; error?: string | undefined }) {
  // "(spec 4.5)" is for us, not for the reader
  const words = setting.description.replace(/\s*[(（](spec|规格) [^)）]*[)）]\s*$/, '');
  if (typeof setting.default === 'boolean') return <Switch label={settingName(which)} help={words} checked={!!value} onToggle={onValue} />;
  const { unit, factor } = settingUnit(which);
  const shown = Number(value) / factor;
  const isDefault = value === setting.default;
  return (
    <Field label={settingName(which)} help={words} error={error}>
      {(control) => (
        <span class="limit">
          <input {...control} class="input" type="number" min={0} step="any" value={Math.round(shown * 100) / 100} onInput={(event) => { const typed = event.currentTarget.valueAsNumber; if (!Number.isNaN(typed)) onValue(Math.round(typed * factor)); }} />
          <span class="limit-unit">{unit}</span>
          <span class="limit-default">{isDefault ? _('default') : <Button size="small" kind="quiet" onClick={() => onValue(setting.default)}>{_('Default: {value}', { value: Number(setting.default) / factor })}</Button>}</span>
        </span>
      )}
    </Field>
  );
}
