import type { ComponentChildren } from 'preact';
import { visibleText } from '../../visible.ts';
import { Icon } from '../icons.tsx';
import type { Column } from './columns.tsx';
import { tableRoles } from './roles.ts';

/** What all rows of a table have in common. */
export interface RowGroupShape<Row> {
  columns: readonly Column<Row>[];
  /** The largest value of each column with bars. */
  peaks: ReadonlyMap<string, number>;
  /** Rows whose detail is open, by their index in the table's `rows`. */
  open: ReadonlySet<number>;
  toggle: (source: number) => void;
  detail: ((row: Row) => (() => ComponentChildren) | null) | undefined;
  detailLabel: ((row: Row) => string) | undefined;
}

interface RowGroupProps<Row> {
  shape: RowGroupShape<Row>;
  row: Row;
  /** Index in the table's `rows`. */
  source: number;
  /** Index in what is shown. */
  at: number;
  /** Undefined when every row is drawn. */
  measure?: ((element: HTMLElement | null) => void) | undefined;
}

/** One row and its open detail; a `tbody` of its own, so that both are measured as one. */
export function RowGroup<Row>({ shape, row, source, at, measure }: RowGroupProps<Row>) {
  const { columns, detail } = shape;
  const draw = detail?.(row) ?? null;
  const isOpen = draw !== null && shape.open.has(source);
  const numbered = measure !== undefined;
  const main = Math.max(
    0,
    columns.findIndex(({ role }) => role === 'main'),
  );
  return (
    <tbody
      {...tableRoles.group}
      ref={measure ?? null}
      data-index={at}
      data-odd={at % 2 === 1 || undefined}
    >
      <tr {...tableRoles.row} aria-rowindex={numbered ? at + 2 : undefined}>
        {columns.map((column, position) => (
          <Cell
            key={column.id}
            column={column}
            row={row}
            heads={position === main}
            peak={shape.peaks.get(column.id)}
            opens={detail !== undefined}
          >
            {position === main && draw !== null && (
              <Toggle
                open={isOpen}
                label={shape.detailLabel?.(row) ?? 'Details'}
                onClick={() => shape.toggle(source)}
              />
            )}
          </Cell>
        ))}
      </tr>
      {isOpen && (
        <tr {...tableRoles.row} class="detail">
          <td {...tableRoles.cell} colSpan={columns.length}>
            {draw()}
          </td>
        </tr>
      )}
    </tbody>
  );
}

interface CellProps<Row> {
  column: Column<Row>;
  row: Row;
  /** This cell names the row. */
  heads: boolean;
  peak: number | undefined;
  /** Rows of this table can open: keeps room for the button. */
  opens: boolean;
  children: ComponentChildren;
}

function Cell<Row>({ column, row, heads, peak, opens, children }: CellProps<Row>) {
  const value = column.value(row);
  const share = peak && typeof value === 'number' ? Math.max(0, value / peak) : null;
  const content = (
    <>
      {children}
      {share !== null && (
        <span class="bar" aria-hidden="true">
          <span style={{ width: share > 0 ? `max(1px, ${share * 100}%)` : '0' }} />
        </span>
      )}
      {column.cell(row)}
    </>
  );
  const shared = {
    'data-align': column.align,
    'data-role': column.role,
    'data-label': column.header,
  };
  return heads ? (
    <th scope="row" {...tableRoles.rowHeader} {...shared} data-opens={opens ? '' : undefined}>
      {content}
    </th>
  ) : (
    <td {...tableRoles.cell} {...shared} data-bar={share === null ? undefined : ''}>
      {content}
    </td>
  );
}

function Toggle({ open, label, onClick }: { open: boolean; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      class="icon-button small toggle"
      aria-expanded={open}
      aria-label={visibleText(label)}
      onClick={onClick}
    >
      <Icon name="chevron" />
    </button>
  );
}
