// Timeline: what happened, in order, as quiet lines with a mark each.
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { RelativeTime } from './relative-time.tsx';

export interface Happening {
  id: string;
  icon: IconName;
  at: string;
  words: ComponentChildren;
  detail?: ComponentChildren;
}

export function Timeline({ label, items }: { label: string; items: readonly Happening[] }) {
  return (
    <ol class="timeline" aria-label={label}>
      {items.map((item) => (
        <li key={item.id}>
          <span class="timeline-mark"><Icon name={item.icon} size={12} /></span>
          <div class="timeline-words">{item.words} <RelativeTime at={item.at} />{item.detail}</div>
        </li>
      ))}
    </ol>
  );
}
