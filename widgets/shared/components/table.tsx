// Table: rows of settings and people; on a phone it scrolls sideways inside its own frame.
import type { ComponentChildren } from 'preact';

export interface Column<T> {
  id: string;
  label: string;
  hideLabel?: boolean;
  align?: 'end';
  /** shrinks to what it holds */
  tight?: boolean;
  cell(item: T): ComponentChildren;
}

export interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  keyOf(item: T): string;
}

export function Table<T>({ label, columns, items, keyOf }: TableProps<T>) {
  return (
    <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" data-align={column.align} data-tight={column.tight || undefined}>
                <span class={column.hideLabel ? 'unseen' : undefined}>{column.label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map((column) => (
                <td key={column.id} data-align={column.align} data-tight={column.tight || undefined}>{column.cell(item)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
