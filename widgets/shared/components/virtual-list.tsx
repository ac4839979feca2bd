// VirtualList: thousands of rows of one height, of which at most sixty are in the document.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface VirtualListProps<T> {
  label: string;
  items: readonly T[];
  keyOf(item: T): string;
  rowHeight: number;
  /** content of a row; in a grid: its cells */
  row(item: T): ComponentChildren;
  rowName?(item: T): string;
  selected?: string | null;
  onPick(item: T): void;
  /** the end is near: fetch the next page */
  onNearEnd?(): void;
  /** how many there are in all, where known */
  total?: number;
  grid?: boolean;
  /** acts on a row that stand over its end: a row that is one choice can hold none */
  beside?(item: T): ComponentChildren;
  header?: ComponentChildren;
  footer?: ComponentChildren;
}

const MOST_ROWS = 60;
const MARGIN = 6;

export function VirtualList<T>({ label, items, keyOf, rowHeight, row, rowName, selected, onPick, onNearEnd, total, grid, beside, header, footer }: VirtualListProps<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  const active = useSignal<string | null>(null);
  const moveFocus = useRef(false);

  useLayoutEffect(() => {
    const element = frame.current!;
    const watch = new ResizeObserver(() => { height.value = element.clientHeight; });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(top.value / rowHeight) - MARGIN);
  const count = Math.min(MOST_ROWS, Math.ceil(height.value / rowHeight) + 2 * MARGIN);
  const shown = items.slice(first, first + count);
  const tabStop = shown.some((item) => keyOf(item) === (active.value ?? selected)) ? (active.value ?? selected) : shown[0] && keyOf(shown[Math.min(MARGIN, Math.floor(top.value / rowHeight) - first, shown.length - 1)] ?? shown[0]);
  const nearEnd = items.length > 0 && first + count >= items.length - 5;

  useLayoutEffect(() => { if (nearEnd) onNearEnd?.(); }, [nearEnd, items.length]);
  useLayoutEffect(() => {
    if (!moveFocus.current) return;
    const element = frame.current?.querySelector<HTMLElement>(`[data-key="${active.value}"]`);
    if (element) { moveFocus.current = false; element.focus({ preventScroll: true }); }
  });

  const reveal = (index: number) => {
    const element = frame.current!;
    const head = element.querySelector<HTMLElement>('.virtual-head')?.offsetHeight ?? 0;
    if (index * rowHeight < element.scrollTop) element.scrollTop = index * rowHeight;
    else if ((index + 1) * rowHeight > element.scrollTop + element.clientHeight - head) element.scrollTop = (index + 1) * rowHeight - element.clientHeight + head;
    top.value = element.scrollTop;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = (event.target as HTMLElement).closest<HTMLElement>('[data-key]');
    if (!target || target !== event.target) return;
    const at = items.findIndex((item) => keyOf(item) === target.dataset.key);
    const page = Math.max(1, Math.floor(height.value / rowHeight) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, j: at + 1, k: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (items[at]) onPick(items[at]);
    } else if (to !== undefined && items.length) {
      event.preventDefault();
      const next = Math.min(items.length - 1, Math.max(0, to));
      active.value = keyOf(items[next]!);
      moveFocus.current = true;
      reveal(next);
    }
  };

  const rows = shown.map((item, index) => {
    const key = keyOf(item);
    const place = first + index + 1;
    const position = grid ? { 'aria-rowindex': place + 1 } : { 'aria-posinset': place, 'aria-setsize': total ?? items.length };
    return (
      <div key={key} data-key={key} class="virtual-row" role={grid ? 'row' : 'option'} aria-label={rowName?.(item)} aria-selected={key === selected} tabIndex={key === tabStop ? 0 : -1}
        {...position} style={{ height: `${rowHeight}px`, transform: `translateY(${(first + index) * rowHeight}px)` }}
        onFocus={(event) => { if (event.target === event.currentTarget) active.value = key; }}
        onClick={(event) => { if (!(event.target as HTMLElement).closest('button, a, input')) onPick(item); }}>
        {row(item)}
      </div>
    );
  });

  return (
    <div class="virtual" ref={frame} role={grid ? 'grid' : undefined} aria-label={grid ? label : undefined} aria-rowcount={grid ? (total ?? items.length) + 1 : undefined}
      onScroll={(event) => { top.value = event.currentTarget.scrollTop; }} onKeyDown={onKeyDown}>
      {header && <div class="virtual-head" role={grid ? 'row' : undefined} aria-rowindex={grid ? 1 : undefined}>{header}</div>}
      <div class="virtual-rows" role={grid ? 'rowgroup' : 'listbox'} aria-label={grid ? undefined : label} style={{ height: `${items.length * rowHeight}px` }}>{rows}</div>
      {beside && <div class="virtual-besides">{shown.map((item, index) => <div key={keyOf(item)} class="virtual-beside" style={{ height: `${rowHeight}px`, transform: `translateY(${(first + index) * rowHeight}px)` }}>{beside(item)}</div>)}</div>}
      {footer}
    </div>
  );
}
