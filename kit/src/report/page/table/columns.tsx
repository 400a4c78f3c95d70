import type { ComponentChildren } from 'preact';
import { useClock } from '../context.ts';
import { CopyButton } from '../copy.tsx';
import { Delta } from '../delta.tsx';
import { formatBytes, formatCount, formatExactBytes } from '../format.ts';
import { Path, Visible } from '../path.tsx';

/** A column of a DataTable. The functions below make the usual ones. */
export interface Column<Row> {
  id: string;
  header: string;
  /** What the column sorts by; null sorts last. */
  value(row: Row): string | number | null;
  /** What the search looks through; '' for nothing. */
  search(row: Row): string;
  /** What stands in the cell. */
  cell(row: Row): ComponentChildren;
  /** Numbers stand at the end of the cell. */
  align: 'start' | 'end';
  /** CSS width; a column without one shares what is left. */
  width?: string | undefined;
  sortable: boolean;
  /** Which way the first click sorts. */
  first: 'ascending' | 'descending';
  /** `main`: stands on its own line where the table is too narrow for columns. `last`: buttons. */
  role?: 'main' | 'last' | undefined;
  /** Draws a bar for the share of the largest value. */
  bar?: boolean | undefined;
}

interface Options {
  width?: string;
  sortable?: boolean;
  main?: boolean;
}

function shape<Row>(id: string, header: string, options: Options) {
  return {
    id,
    header,
    width: options.width,
    sortable: options.sortable ?? true,
    role: options.main ? ('main' as const) : undefined,
    search: (_row: Row) => '',
  };
}

/** Text, or what `cell` draws for it. */
export function textColumn<Row>(
  id: string,
  header: string,
  value: (row: Row) => string | null,
  options: Options & { cell?: (row: Row) => ComponentChildren; search?: boolean } = {},
): Column<Row> {
  return {
    ...shape<Row>(id, header, options),
    value,
    search: options.search === false ? () => '' : (row) => value(row) ?? '',
    cell:
      options.cell ??
      ((row) => (
        <bdi>
          <Visible text={value(row) ?? ''} />
        </bdi>
      )),
    align: 'start',
    first: 'ascending',
  };
}

/** A file's path; the main column of its row. */
export function pathColumn<Row>(
  id: string,
  header: string,
  value: (row: Row) => string,
  options: Options = {},
): Column<Row> {
  return {
    ...shape<Row>(id, header, { main: true, ...options }),
    value,
    search: value,
    cell: (row) => <Path path={value(row)} />,
    align: 'start',
    first: 'ascending',
  };
}

/** Bytes, with a bar for the share of the largest. */
export function bytesColumn<Row>(
  id: string,
  header: string,
  value: (row: Row) => number | null,
  options: Options & { bar?: boolean } = {},
): Column<Row> {
  const bar = options.bar ?? true;
  return {
    ...shape<Row>(id, header, { width: bar ? '11rem' : '7rem', ...options }),
    value,
    cell: (row) => {
      const bytes = value(row);
      return bytes === null ? (
        '–'
      ) : (
        <span title={formatExactBytes(bytes)}>{formatBytes(bytes)}</span>
      );
    },
    align: 'end',
    first: 'descending',
    bar,
  };
}

/** A whole number. */
export function countColumn<Row>(
  id: string,
  header: string,
  value: (row: Row) => number | null,
  options: Options & { bar?: boolean } = {},
): Column<Row> {
  return {
    ...shape<Row>(id, header, { width: options.bar ? '11rem' : '6.5rem', ...options }),
    value,
    cell: (row) => {
      const count = value(row);
      return count === null ? '–' : formatCount(count);
    },
    align: 'end',
    first: 'descending',
    bar: options.bar,
  };
}

/** A change since before, with arrow and colour. */
export function deltaColumn<Row>(
  id: string,
  header: string,
  value: (row: Row) => number | null,
  options: Options & { unit?: 'bytes' | 'count'; welcome?: 'up' | 'down' | 'neither' } = {},
): Column<Row> {
  return {
    ...shape<Row>(id, header, { width: '8rem', ...options }),
    value,
    cell: (row) => (
      <Delta
        change={value(row)}
        unit={options.unit ?? 'count'}
        welcome={options.welcome ?? 'neither'}
      />
    ),
    align: 'end',
    first: 'descending',
  };
}

interface TimeProps {
  at: string | number;
  dateOnly: boolean;
  write: ((at: string | number) => string) | undefined;
}

function Time({ at, dateOnly, write }: TimeProps) {
  const clock = useClock();
  const iso = typeof at === 'number' ? new Date(at).toISOString() : at;
  return (
    <time dateTime={iso} title={clock.exactTime(at)}>
      {write?.(at) ?? (dateOnly ? clock.date(at) : clock.dateTime(at))}
    </time>
  );
}

/** A moment, ISO 8601 or milliseconds, in the site's time zone; `write` says it another way. */
export function timeColumn<Row>(
  id: string,
  header: string,
  value: (row: Row) => string | number | null,
  options: Options & { dateOnly?: boolean; write?: (at: string | number) => string } = {},
): Column<Row> {
  const dateOnly = options.dateOnly ?? false;
  return {
    ...shape<Row>(id, header, { width: dateOnly ? '8rem' : '11rem', ...options }),
    value: (row) => {
      const at = value(row);
      return typeof at === 'string' ? Date.parse(at) : at;
    },
    cell: (row) => {
      const at = value(row);
      return at === null ? '–' : <Time at={at} dateOnly={dateOnly} write={options.write} />;
    },
    align: 'start',
    first: 'descending',
  };
}

/** A button that copies; `of` says what, for screen readers. Null leaves the cell empty. */
export function copyColumn<Row>(
  id: string,
  header: string,
  text: (row: Row) => string | null,
  of: (row: Row) => string,
): Column<Row> {
  return {
    ...shape<Row>(id, header, { width: '4.5rem', sortable: false }),
    value: text,
    cell: (row) => {
      const copied = text(row);
      return copied === null ? null : <CopyButton text={copied} of={of(row)} />;
    },
    align: 'end',
    first: 'ascending',
    role: 'last',
  };
}
