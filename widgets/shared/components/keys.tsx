// Keys: shows a chord of the keyboard the way this machine's keys are labelled.

const onMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
const marks: Record<string, string> = onMac
  ? { mod: '⌘', shift: '⇧', alt: '⌥', enter: '↵', escape: 'esc', up: '↑', down: '↓' }
  : { mod: 'Ctrl', shift: 'Shift', alt: 'Alt', enter: '↵', escape: 'Esc', up: '↑', down: '↓' };

/** "mod+k" → "Ctrl K"; "g i" is two keys one after the other. */
export function spell(chord: string): string[] {
  return chord.split(/[+ ]/).map((key) => marks[key] ?? key.toUpperCase());
}

export function Keys({ chord }: { chord: string }) {
  return (
    <span class="keys" aria-hidden="true">
      {spell(chord).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
