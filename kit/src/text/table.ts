import { stripVTControlCharacters } from 'node:util';
import { spelledCharacter } from '../hidden-characters.ts';
import { styleFor } from './style.ts';
import { displayWidth, wrapWords } from './width.ts';

export interface Column<Row> {
  head: string;
  /** The cell's text. */
  cell: (row: Row) => string;
  align?: 'left' | 'right';
}

const gap = '  ';

/** How wide what is printed may be; as wide as it likes where nobody looks at a terminal. */
function terminalWidth(): number {
  return process.stdout.isTTY === true ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/**
 * A table for people: a bold head, aligned columns, no lines. On a terminal that is too narrow for it
 * the cells are wrapped between words, and where not even the longest words fit, each row becomes
 * facts below each other. Ends without a newline.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width = terminalWidth(),
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => oneLine(cell(row))));
  const heads = columns.map(({ head }) => head);
  const all = [heads, ...cells];
  const natural = heads.map((_, at) => Math.max(...all.map((row) => displayWidth(row[at]!))));
  const longest = heads.map((_, at) =>
    Math.max(...all.flatMap((row) => row[at]!.split(' ').map(displayWidth))),
  );
  const widths = fitted(natural, longest, width - gap.length * (columns.length - 1));
  if (widths === undefined) return stacked(columns, cells, width);
  const style = styleFor(process.stdout);
  return all
    .flatMap((row, number) => lines(row, columns, widths, number === 0 ? style.bold : undefined))
    .join('\n');
}

/** A line feed in a name must not begin a line of its own; colours stay. */
function oneLine(text: string): string {
  return text.replace(/[\n\r\t]/g, spelledCharacter);
}

/** The widest column gives way first. Undefined when some word is too long for what there is. */
function fitted(natural: number[], longest: number[], room: number): number[] | undefined {
  const sum = (widths: number[]) => widths.reduce((total, one) => total + one, 0);
  if (sum(longest) > room) return undefined;
  const widths = [...natural];
  while (sum(widths) > room) {
    const slack = widths.map((one, at) => (one > longest[at]! ? one : 0));
    const widest = slack.indexOf(Math.max(...slack));
    widths[widest] = Math.max(longest[widest]!, widths[widest]! - (sum(widths) - room));
  }
  return widths;
}

function lines<Row>(
  row: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
  paint: ((text: string) => string) | undefined,
): string[] {
  const wrapped = row.map((cell, at) => wrapWords(cell, widths[at]!));
  const height = Math.max(...wrapped.map((cell) => cell.length));
  return Array.from({ length: height }, (_, number) =>
    wrapped
      .map((cell, at) => {
        const text = cell[number] ?? '';
        const space = ' '.repeat(Math.max(0, widths[at]! - displayWidth(text)));
        const shown = paint === undefined || text === '' ? text : paint(text);
        return columns[at]!.align === 'right' ? space + shown : shown + space;
      })
      .join(gap)
      .trimEnd(),
  );
}

function stacked<Row>(
  columns: readonly Column<Row>[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const isThere = (cell: string) => stripVTControlCharacters(cell).trim() !== '';
  return rows
    .map((row) =>
      formatFacts(
        columns.flatMap(({ head }, at) =>
          isThere(row[at]!) ? [[head.toLowerCase(), row[at]!.trim()] as const] : [],
        ),
        width,
      ),
    )
    .join('\n\n');
}

/** Names and values under each other, the values aligned; on a narrow terminal each below its name. */
export function formatFacts(
  facts: readonly (readonly [name: string, value: string])[],
  width = terminalWidth(),
): string {
  const style = styleFor(process.stdout);
  const indent = Math.max(0, ...facts.map(([name]) => displayWidth(name))) + gap.length;
  return facts
    .flatMap(([name, value]) => {
      const text = oneLine(value);
      if (indent + displayWidth(text) <= width)
        return `${style.dim(name.padEnd(indent))}${text}`.trimEnd();
      const words = text.split(' ').map(displayWidth);
      if (indent + Math.max(...words) <= width) {
        const [first = '', ...rest] = wrapWords(text, width - indent);
        const more = rest.map((line) => ' '.repeat(indent) + line);
        return [`${style.dim(name.padEnd(indent))}${first}`, ...more];
      }
      return [style.dim(name), ...wrapWords(text, width - 1).map((line) => ` ${line}`)];
    })
    .join('\n');
}
