/* Somebody's picture, or the first letter of the name. */
export function Face({ name, avatar, isPresent = false }: { name: string; avatar?: string | null; isPresent?: boolean }) {
  return (
    <span class="face" data-present={isPresent || undefined} aria-hidden="true">
      {avatar ? <img src={avatar} alt="" /> : [...name.trim()][0]?.toUpperCase()}
    </span>
  );
}
