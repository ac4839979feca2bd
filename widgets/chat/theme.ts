/* The colours of the customer's channel as five custom properties, kept readable whatever was chosen. Pure but for `apply`. */
import type { Colours } from '../shared/types.ts';

type Rgb = [number, number, number];

export function parse(colour: string): Rgb | null {
  const [, hex] = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour.trim()) ?? [];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as Rgb;
}

/** WCAG 2 relative luminance. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const mix = (a: Rgb, b: Rgb, share: number): Rgb => a.map((value, i) => Math.round(value + (b[i]! - value) * share)) as Rgb;
const css = (rgb: Rgb): string => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [20, 22, 28];

/** White or near-black, whichever reads better on the colour. */
export function inkOn(colour: Rgb): Rgb {
  return contrast(colour, WHITE) >= 4.5 || contrast(colour, WHITE) >= contrast(colour, BLACK) ? WHITE : BLACK;
}

/** The colour, moved towards the ink until words in it can be read: 4.5:1 also on the slightly tinted grounds that lie on this one. */
export function legible(colour: Rgb, ground: Rgb): Rgb {
  const towards = luminance(ground) > 0.4 ? BLACK : WHITE;
  for (let share = 0; share < 1; share += 0.1) {
    const candidate = mix(colour, towards, share);
    if (contrast(candidate, ground) >= 5.2) return candidate;
  }
  return towards;
}

/** Custom properties for the given colours. Ground, text and bubble were chosen for light pages; dark ones keep ours. */
export function theme(colours: Colours, isDark: boolean): Record<string, string> {
  const ground = (!isDark && colours.background && parse(colours.background)) || (isDark ? [24, 25, 28] as Rgb : WHITE);
  const accent = colours.accent ? parse(colours.accent) : null;
  const properties: Record<string, string> = {};
  if (accent) {
    // A button that melts into the ground is no button: 3:1 for its shape, and its own ink on it.
    const fill = contrast(accent, ground) >= 1.6 ? accent : mix(accent, isDark ? WHITE : BLACK, 0.25);
    const chosen = colours.on_accent ? parse(colours.on_accent) : null;
    properties['--accent'] = css(fill);
    properties['--on-accent'] = css(chosen && contrast(chosen, fill) >= 3 ? chosen : inkOn(fill));
    properties['--accent-ink'] = css(legible(accent, ground));
    properties['--accent-tint'] = css(mix(ground, accent, isDark ? 0.22 : 0.1));
  }
  if (!isDark) {
    if (colours.background) properties['--surface'] = css(ground);
    if (colours.text && parse(colours.text)) properties['--ink'] = colours.text;
    if (colours.bubble && parse(colours.bubble)) properties['--bubble'] = colours.bubble;
  }
  return properties;
}

const NAMES = ['--accent', '--on-accent', '--accent-ink', '--accent-tint', '--surface', '--ink', '--bubble'];
let chosen: Colours = {};

/** Light or dark as the address says (`?theme=dark`), else as the visitor's system does. Colours go in through the object model, which a strict style-src allows. */
export function apply(colours: Colours): void {
  chosen = colours;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const asked = new URLSearchParams(location.search).get('theme');
  const set = () => {
    const { style, dataset } = document.documentElement;
    dataset.theme = asked === 'light' || asked === 'dark' ? asked : dark.matches ? 'dark' : 'light';
    NAMES.forEach((name) => style.removeProperty(name));
    Object.entries(theme(chosen, dataset.theme === 'dark')).forEach(([name, value]) => style.setProperty(name, value));
  };
  set();
  dark.onchange = set;
}
