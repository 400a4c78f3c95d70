import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { EmptyState } from '../empty.tsx';
import { formatCount } from '../format.ts';
import { useHashParam } from '../hash.ts';
import { usePrinting } from '../printing.ts';
import { scrollRegion } from '../roles.ts';
import { useWidth } from '../size.ts';
import type { Column } from './columns.tsx';
import { HeaderRow } from './header-row.tsx';
import { useMoreBelow } from './more-below.ts';
import { tableRoles } from './roles.ts';
import { RowGroup, type RowGroupShape } from './row-group.tsx';
import { RowIndex, type Sort } from './row-index.ts';
import { SearchBox, useSearchText } from './search-box.tsx';
import { readSort, SortSelect, sortText } from './sort-select.tsx';
import { useVirtual } from './virtual.ts';

/** More rows than this are drawn only where they are in view. */
const virtualAbove = 200;
/** More rows than this scroll in a box of their own, so that what comes below is in reach. */
const boundedAbove = 25;
/** The same in a table that is `short`. */
const lowAbove = 9;
/** More rows than this are not put on paper. */
const printedRows = 100;

export interface DataTableProps<Row> {
  /** Unique on the page; also the prefix of the table's keys in the URL's hash. */
  id: string;
  /** Names the table, for screen readers; shown unless `quietCaption`. */
  caption: string;
  /** False when a heading right above says the same. */
  showCaption?: boolean;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  sort?: Sort;
  /** What a row is: `file`; plural by adding s, or `[entry, entries]`. */
  noun?: string | readonly [one: string, many: string];
  /** False leaves the search box out (very short tables). */
  searchable?: boolean;
  placeholder?: string;
  /** How many there are where not all were embedded, and where the rest is. */
  total?: number;
  rest?: string;
  /** Filters and buttons beside the search box. */
  tools?: ComponentChildren;
  /** Opens below a row; null for rows that have nothing more. */
  detail?: (row: Row) => (() => ComponentChildren) | null;
  detailLabel?: (row: Row) => string;
  /** Scrolls in a low box when there are more than a few rows: for tables among others. */
  short?: boolean;
  /** Stands in place of an empty table. */
  empty?: ComponentChildren;
}

/** A table that sorts, searches, opens details and stays fast with 100,000 rows. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { id, rows, columns, searchable = true } = props;
  const index = useMemo(() => new RowIndex(rows, columns), [rows, columns]);
  const [query, setQuery] = useSearchText(`${id}.q`);
  const [sort, setSort] = useSort(id, props.sort, columns);
  const view = useMemo(
    () => index.view(query, sort),
    [index, query, sort?.column, sort?.descending],
  );
  const peaks = useMemo(() => peaksOf(rows, columns), [rows, columns]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [one, many] = nounsOf(props.noun);
  const scroll = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);

  if (rows.length === 0) {
    return <>{props.empty ?? <EmptyState title={`No ${many}.`} />}</>;
  }
  const toggle = (row: number) => {
    const next = new Set(open);
    if (!next.delete(row)) next.add(row);
    setOpen(next);
  };
  const search = (text: string) => {
    setQuery(text);
    if (scroll.current) scroll.current.scrollTop = 0;
  };
  const shape: RowGroupShape<Row> = {
    columns,
    peaks,
    open,
    toggle,
    detail: props.detail,
    detailLabel: props.detailLabel,
  };
  const total = props.total ?? rows.length;
  const stacked = width > 0 && width < widthOf(columns);
  return (
    <div class="table" id={id} ref={box} data-stacked={stacked ? '' : undefined}>
      <div class="table-bar">
        {searchable && (
          <SearchBox
            label={`Search ${props.caption}`}
            placeholder={props.placeholder ?? `Search ${many}`}
            value={query}
            onInput={search}
            onFocus={() => index.prepare()}
          />
        )}
        {props.tools}
        {stacked && rows.length > 1 && (
          <SortSelect columns={columns} sort={sort} onSort={setSort} />
        )}
        <p class="table-count" role="status" aria-live="polite">
          {countText(view.length, rows.length, one, many)}
        </p>
      </div>
      {view.length === 0 ? (
        <EmptyState title={`No ${one} matches.`}>
          Search for fewer words, or empty the search.
        </EmptyState>
      ) : (
        <Body
          {...props}
          view={view}
          rows={rows}
          shape={shape}
          sort={sort}
          onSort={setSort}
          scroll={scroll}
          stacked={stacked}
        />
      )}
      {total > rows.length && (
        <p class="note">
          Showing {formatCount(rows.length)} of {formatCount(total)} {many}
          {props.rest === undefined ? (
            '.'
          ) : (
            <>
              ; the rest is in <code>{props.rest}</code>.
            </>
          )}
        </p>
      )}
    </div>
  );
}

interface BodyProps<Row> extends Omit<DataTableProps<Row>, 'sort'> {
  view: Uint32Array;
  shape: RowGroupShape<Row>;
  sort: Sort | null;
  onSort: (sort: Sort) => void;
  scroll: { current: HTMLDivElement | null };
  /** Too narrow for columns. */
  stacked: boolean;
}

function Body<Row>(props: BodyProps<Row>) {
  const printing = usePrinting();
  const { view, rows } = props;
  if (printing || rows.length <= virtualAbove) {
    const shown = printing ? view.subarray(0, props.short ? printedRows / 2 : printedRows) : view;
    return (
      <>
        <Frame
          {...props}
          bounded={!printing && view.length > (props.short ? lowAbove : boundedAbove)}
        >
          {Array.from(shown, (row, at) => (
            <RowGroup key={row} shape={props.shape} row={rows[row] as Row} source={row} at={at} />
          ))}
        </Frame>
        {shown.length < view.length && (
          <p class="note">
            The first {formatCount(shown.length)} of {formatCount(view.length)} are printed.
          </p>
        )}
      </>
    );
  }
  return <VirtualBody {...props} />;
}

function VirtualBody<Row>(props: BodyProps<Row>) {
  const { view, rows, scroll } = props;
  const virtual = useVirtual({
    count: view.length,
    scroll,
    estimate: 38,
    keyOf: (at) => view[at] ?? -1,
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = Math.max(0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0));
  return (
    <Frame {...props} rowCount={view.length + 1}>
      <Spacer height={above} />
      {items.map(({ key, index }) => {
        const source = view[index] ?? 0;
        return (
          <RowGroup
            key={key}
            shape={props.shape}
            row={rows[source] as Row}
            source={source}
            at={index}
            measure={virtual.measureElement}
          />
        );
      })}
      <Spacer height={below} />
    </Frame>
  );
}

function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tbody class="spacer" aria-hidden="true">
      <tr style={{ height: `${height}px` }} />
    </tbody>
  );
}

function Frame<Row>(
  props: BodyProps<Row> & { rowCount?: number; bounded?: boolean; children: ComponentChildren },
) {
  const { columns, rowCount, scroll, caption, showCaption = false, bounded = false } = props;
  const scrolls = rowCount !== undefined || bounded;
  useMoreBelow(scroll);
  return (
    <div class="table-box">
      <div
        class={`table-scroll${scrolls ? ' bounded' : ''}${props.short ? ' short' : ''}`}
        ref={scroll}
        {...(scrolls ? scrollRegion(caption) : {})}
      >
        <table {...tableRoles.table} aria-rowcount={rowCount}>
          <caption class={showCaption ? undefined : 'off-screen'}>{caption}</caption>
          <colgroup>
            {columns.map(({ id, width }) => (
              <col key={id} style={width === undefined ? undefined : { width }} />
            ))}
          </colgroup>
          <HeaderRow
            columns={columns}
            sort={props.sort}
            onSort={props.onSort}
            numbered={rowCount !== undefined}
            buttons={!props.stacked}
          />
          {props.children}
        </table>
      </div>
    </div>
  );
}

function useSort<Row>(
  id: string,
  initial: Sort | undefined,
  columns: readonly Column<Row>[],
): [Sort | null, (sort: Sort) => void] {
  const fallback = initial ? sortText(initial) : '';
  const [text, setText] = useHashParam(`${id}.sort`, fallback);
  const wanted = readSort(text);
  const known = columns.some((each) => each.id === wanted.column && each.sortable);
  const sort = known ? wanted : (initial ?? null);
  return [sort, (next) => setText(sortText(next))];
}

function nounsOf(noun: DataTableProps<never>['noun'] = 'row'): readonly [string, string] {
  return typeof noun === 'string' ? [noun, `${noun}s`] : noun;
}

function countText(found: number, of: number, one: string, many: string): string {
  if (found === of) return `${formatCount(of)} ${of === 1 ? one : many}`;
  return `${formatCount(found)} of ${formatCount(of)} ${many}`;
}

/** Below this width, in CSS pixels, the columns do not fit beside each other. */
function widthOf<Row>(columns: readonly Column<Row>[]): number {
  const rems = columns.map(({ width, role }) =>
    width?.endsWith('rem') ? Number.parseFloat(width) : role === 'main' ? 16 : 9,
  );
  return rems.reduce((sum, rem) => sum + rem, 0) * 16;
}

/** The largest value of each column that draws bars. */
function peaksOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Map<string, number> {
  const peaks = new Map<string, number>();
  for (const { id, bar, value } of columns) {
    if (!bar) continue;
    let peak = 0;
    for (const row of rows) {
      const size = value(row);
      if (typeof size === 'number' && size > peak) peak = size;
    }
    peaks.set(id, peak);
  }
  return peaks;
}
