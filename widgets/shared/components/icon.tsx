// Icon: a drawing that takes the size and the colour of the text it stands in.
import { drawings, type IconName } from './icons.ts';

export type { IconName };

/** `size` in px; an icon alone needs its words on the button around it. */
export function Icon({ name, size = 16, filled = false }: { name: IconName; size?: number; filled?: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" data-filled={filled || undefined}>
      <path d={drawings[name]} />
    </svg>
  );
}
