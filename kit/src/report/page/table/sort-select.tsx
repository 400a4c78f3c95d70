import { useId } from 'preact/hooks';
import type { Column } from './columns.tsx';
import type { Sort } from './row-index.ts';

/** `-bytes`: descending by that column. */
export function sortText({ column, descending }: Sort): string {
  return (descending ? '-' : '') + column;
}

export function readSort(text: string): Sort {
  return { column: text.replace(/^-/, ''), descending: text.startsWith('-') };
}

interface SortSelectProps<Row> {
  columns: readonly Column<Row>[];
  sort: Sort | null;
  onSort: (sort: Sort) => void;
}

/** Sorts a table that is too narrow for a head with buttons. */
export function SortSelect<Row>({ columns, sort, onSort }: SortSelectProps<Row>) {
  const name = useId();
  const choices = columns
    .filter(({ sortable }) => sortable)
    .flatMap(({ id, header, first }) => {
      const down = { text: `-${id}`, label: `${header} ↓` };
      const up = { text: id, label: `${header} ↑` };
      return first === 'descending' ? [down, up] : [up, down];
    });
  if (choices.length === 0) return null;
  return (
    <div class="table-sort">
      <label for={name}>Sort</label>
      <select
        id={name}
        value={sort === null ? '' : sortText(sort)}
        onChange={(event) => onSort(readSort(event.currentTarget.value))}
      >
        {sort === null && <option value="">as it is</option>}
        {choices.map(({ text, label }) => (
          <option key={text} value={text}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
