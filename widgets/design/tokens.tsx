// Tokens: type, space, and each pair of colours with the contrast that it really has on this screen.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Badge, Select } from '../shared/components/index.ts';
import { _ } from '../shared/i18n.ts';

const PAIRS: readonly [ink: string, ground: string, least: number][] = [
  ['ink', 'surface', 7], ['ink', 'sunken', 7], ['ink', 'accent-tint', 7], ['ink', 'note', 7], ['quiet', 'surface', 4.5], ['quiet', 'sunken', 4.5], ['quiet', 'hover', 4.5], ['quiet', 'accent-tint', 4.5], ['quiet', 'note', 4.5],
  ['on-accent', 'accent', 4.5], ['accent-ink', 'surface', 4.5], ['accent-ink', 'accent-tint', 4.5], ['neutral-ink', 'neutral-tint', 4.5], ['good-ink', 'good-tint', 4.5], ['warn-ink', 'warn-tint', 4.5], ['bad-ink', 'bad-tint', 4.5],
  ['bad-ink', 'surface', 4.5], ['note-ink', 'note', 4.5], ['edge', 'surface', 3], ['good-solid', 'surface', 3], ['warn-solid', 'surface', 3],
];

const theme = () => document.documentElement.dataset.theme ?? 'system';

export function ThemeSwitch() {
  const now = useSignal(theme());
  return (
    <Select label={_('Theme')} value={now.value} options={[{ value: 'system', label: _('As the system') }, { value: 'light', label: _('Light') }, { value: 'dark', label: _('Dark') }]}
      onPick={(wanted) => {
        now.value = wanted;
        if (wanted === 'system') delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = wanted;
      }} />
  );
}

function luminance(colour: string): number {
  const parts = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => Number(part) / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (parts[0] ?? 0) + 0.7152 * (parts[1] ?? 0) + 0.0722 * (parts[2] ?? 0);
}

function Swatch({ ink, ground, least }: { ink: string; ground: string; least: number }) {
  const box = useRef<HTMLDivElement>(null);
  const ratio = useSignal(0);
  useEffect(() => {
    const measure = () => {
      const style = getComputedStyle(box.current!);
      const [light, dark] = [luminance(style.color), luminance(style.backgroundColor)].sort((one, other) => other - one);
      ratio.value = (light! + 0.05) / (dark! + 0.05);
    };
    measure();
    const watch = new MutationObserver(measure);
    watch.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => watch.disconnect();
  }, []);
  return (
    <div class="swatch" ref={box} style={{ color: `var(--${ink})`, background: `var(--${ground})` }} data-shape={least < 4.5 || undefined}>
      {/* what only draws shapes (3:1) is shown as a shape, its name in ink */}
      {least < 4.5 && <i />}
      <span>{ink} / {ground}</span>
      <small>{ratio.value.toFixed(1)} : 1 {ratio.value && ratio.value < least ? `< ${least}!` : ''}</small>
    </div>
  );
}

export function Tokens() {
  return (
    <>
      <section>
        <h2>{_('Colours')}</h2>
        <div class="swatches">{PAIRS.map(([ink, ground, least]) => <Swatch key={ink + ground} ink={ink} ground={ground} least={least} />)}</div>
      </section>
      <section class="type">
        <h2>{_('Type')}</h2>
        {['5', '4', '3', '2', '1'].map((size) => <p key={size} style={{ fontSize: `var(--text-${size})` }}>text-{size} · The printer on floor 3 answers 404. 三楼的打印机又不能打印了，请问 VPN 怎么连？</p>)}
        <p><strong>{_('Two weights: this one for what counts')}</strong>, {_('this one for the rest.')}</p>
      </section>
      <section>
        <h2>{_('Space')}</h2>
        <div class="spaces">{['1', '2', '3', '4', '5', '6', '8', '10', '12', '16'].map((step) => <span key={step}><i style={{ height: `var(--space-${step})` }} /><small>{step}</small></span>)}</div>
      </section>
      <section class="line"><h2>{_('Meanings')}</h2><Badge>neutral</Badge><Badge meaning="good">good</Badge><Badge meaning="warn">warn</Badge><Badge meaning="bad">bad</Badge><Badge meaning="accent">accent</Badge></section>
    </>
  );
}
