// EmptyState, Skeleton and ErrorState: what a list shows when it has nothing to show, each of the same calm.
import type { ComponentChildren } from 'preact';
import { _ } from '../i18n.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

/** Teaches: what would stand here, and what to do to get it. */
export function EmptyState({ icon, title, children, act }: { icon: IconName; title: string; children?: ComponentChildren; act?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon"><Icon name={icon} size={22} /></span>
      <p class="empty-title">{title}</p>
      {children && <p class="empty-words">{children}</p>}
      {act}
    </div>
  );
}

/** Says what failed, keeps the place, and tries again on a press. */
export function ErrorState({ words, onRetry }: { words: string; onRetry?(): void }) {
  return (
    <div class="empty" role="alert">
      <span class="empty-icon" data-meaning="bad"><Icon name="alert" size={22} /></span>
      <p class="empty-title">{_('This could not be loaded')}</p>
      <p class="empty-words">{words}</p>
      {onRetry && <Button icon="retry" onClick={onRetry}>{_('Try again')}</Button>}
    </div>
  );
}

/** Grey shapes of the rows to come; as high as they will be, so that nothing jumps. */
export function Skeleton({ rows = 6, height = 40, avatar }: { rows?: number; height?: number; avatar?: boolean }) {
  return (
    <div class="skeletons" role="status" aria-label={_('Loading')}>
      {Array.from({ length: rows }, (_each, index) => (
        <div key={index} class="skeleton" style={{ height: `${height}px` }}>
          {avatar && <span class="skeleton-round" />}
          <span class="skeleton-lines">
            <i style={{ width: `${[62, 48, 74, 55, 68, 44][index % 6]}%` }} />
            {height > 48 && <i style={{ width: `${[86, 72, 64, 80, 58, 76][index % 6]}%` }} />}
          </span>
        </div>
      ))}
    </div>
  );
}
