import { createRequire } from 'node:module';
import type CliTable from 'cli-table3';
import { styleFor } from './style.ts';

export interface Column<Row> {
  head: string;
  /** The cell's text. */
  cell: (row: Row) => string;
  align?: 'left' | 'right';
}

/** A table for people: a bold head, aligned columns, no lines. Ends without a newline. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const style = styleFor(process.stdout);
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  // Loaded with the first table; a synchronous import, so that a view stays a plain function.
  const Table = createRequire(import.meta.url)('cli-table3') as typeof CliTable;
  const table = new Table({
    head: columns.map(({ head }) => style.bold(head)),
    chars: none,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: columns.map(({ align }) => align ?? 'left'),
  });
  for (const row of rows) table.push(columns.map(({ cell }) => cell(row)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and values under each other, the values aligned. */
export function formatFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  const style = styleFor(process.stdout);
  return facts.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}`).join('\n');
}
