// Avatar: a face, or the initials on a colour that the same id always gets.
export interface AvatarProps {
  id: string;
  name: string;
  src?: string | null;
  size?: 20 | 24 | 32 | 40 | 56;
  status?: 'free' | 'busy' | 'away' | null;
}

const HUES = 8;

/** The same id gets the same of eight colours on every screen. */
export function hueOf(id: string): number {
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum = (sum * 31 + id.charCodeAt(at)) >>> 0;
  return sum % HUES;
}

/** Two letters for Latin names; the last character for Chinese ones, as colleagues call each other. */
export function initials(name: string): string {
  const chinese = /[㐀-鿿]+/.exec(name)?.[0];
  if (chinese) return [...chinese].at(-1)!;
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? '?') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}

export function Avatar({ id, name, src, size = 32, status }: AvatarProps) {
  return (
    <span class="avatar" data-size={size} data-hue={hueOf(id)} aria-hidden="true">
      {src ? <img src={src} alt="" loading="lazy" /> : initials(name)}
      {status && <span class="avatar-status" data-status={status} />}
    </span>
  );
}
