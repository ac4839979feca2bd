// Panes: a middle with a pane on either side, whose widths are pulled by hand and remembered.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { _ } from '../i18n.ts';

export interface Pane {
  name: string;
  content: ComponentChildren;
  width: number;
  least: number;
  most: number;
}

export interface PanesProps {
  id: string;
  start?: Pane | null;
  end?: Pane | null;
  /** the one pane that a phone shows */
  shown: 'start' | 'middle' | 'end';
  children: ComponentChildren;
}

function remembered(key: string): number | null {
  try {
    return Number(localStorage.getItem(key)) || null;
  } catch {
    return null;
  }
}

export function Panes({ id, start, end, shown, children }: PanesProps) {
  // A pane may come later than its frame: until somebody pulls it, its own width holds.
  const startWidth = useSignal(remembered(`panes.${id}.start`));
  const endWidth = useSignal(remembered(`panes.${id}.end`));
  return (
    <div class="panes" data-shown={shown} data-start={!!start || undefined} data-end={!!end || undefined}
      style={{ '--start': `${startWidth.value ?? start?.width ?? 0}px`, '--end': `${endWidth.value ?? end?.width ?? 0}px` }}>
      {start && (
        <>
          <div class="pane pane-start">{start.content}</div>
          <Splitter pane={start} width={startWidth} keep={`panes.${id}.start`} sign={1} />
        </>
      )}
      <div class="pane pane-middle">{children}</div>
      {end && (
        <>
          <Splitter pane={end} width={endWidth} keep={`panes.${id}.end`} sign={-1} />
          <div class="pane pane-end">{end.content}</div>
        </>
      )}
    </div>
  );
}

function Splitter({ pane, width, keep, sign }: { pane: Pane; width: { value: number | null }; keep: string; sign: 1 | -1 }) {
  const now = width.value ?? pane.width;
  const from = useRef<{ x: number; width: number } | null>(null);
  const set = (to: number) => {
    width.value = Math.round(Math.min(pane.most, Math.max(pane.least, to)));
    try { localStorage.setItem(keep, String(width.value)); } catch { /* a browser without storage forgets, nothing more */ }
  };
  return (
    <div class="splitter" role="separator" aria-orientation="vertical" aria-label={_('Width of {pane}', { pane: pane.name })} tabIndex={0}
      aria-valuenow={now} aria-valuemin={pane.least} aria-valuemax={pane.most}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width: now };
      }}
      onPointerMove={(event) => { if (from.current) set(from.current.width + sign * (event.clientX - from.current.x)); }}
      onPointerUp={() => { from.current = null; }}
      onDblClick={() => set(pane.width)}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
        if (step) { event.preventDefault(); set(now + sign * step); }
      }} />
  );
}
