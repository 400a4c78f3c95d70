import type { Column } from './columns.tsx';
import { tableRoles } from './roles.ts';
import type { Sort } from './row-index.ts';

interface HeaderRowProps<Row> {
  columns: readonly Column<Row>[];
  sort: Sort | null;
  onSort: (sort: Sort) => void;
  /** The rows carry numbers, because not all are drawn. */
  numbered: boolean;
  /** False where a select sorts instead. */
  buttons: boolean;
}

/** The head of a table: sortable columns hold a button and say how they are sorted. */
export function HeaderRow<Row>(props: HeaderRowProps<Row>) {
  const { columns, sort, onSort, numbered, buttons } = props;
  return (
    <thead {...tableRoles.group}>
      <tr {...tableRoles.row} aria-rowindex={numbered ? 1 : undefined}>
        {columns.map((column) => {
          const sorted = sort?.column === column.id;
          return (
            <th
              key={column.id}
              scope="col"
              {...tableRoles.columnHeader}
              data-align={column.align}
              data-role={column.role}
              aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
            >
              {column.sortable && buttons ? (
                <button type="button" onClick={() => onSort(nextSort(column, sort))}>
                  {column.header}
                  <span class="sort-mark" aria-hidden="true" />
                </button>
              ) : (
                <span class={column.role === 'last' ? 'off-screen' : undefined}>
                  {column.header}
                </span>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function nextSort<Row>(column: Column<Row>, sort: Sort | null): Sort {
  const descending = sort?.column === column.id ? !sort.descending : column.first === 'descending';
  return { column: column.id, descending };
}
