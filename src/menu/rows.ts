import type { MenuEffect } from '@om-ops/kit';
import type { Board, Choice, Entry } from './choice.ts';
import { typedLine } from './command-line.ts';
import type { HeadLevel } from './heartbeat.ts';
import type { EntryStanding } from './standings.ts';

/** One line that can be marked. */
export interface Row {
  /** The same for the same thing, whatever else is listed. */
  key: string;
  /** What is typed for it. */
  number: number | undefined;
  title: string;
  /** At the right. */
  note: string;
  level: 'warning' | 'critical' | undefined;
  isDim: boolean;
  does: { entry: Entry } | { choice: Choice } | 'leave' | 'back';
}

/** What the rows are made of; it may change while they are looked at. */
export interface World {
  site: string;
  board: Board;
  /** `--site FILE`, where it was given: a part of every command line that is shown. */
  globalArgs: readonly string[];
  /** Nothing is run in earnest. */
  isDry: boolean;
  again: readonly Choice[];
  standings: ReadonlyMap<number, EntryStanding>;
  head: { level: HeadLevel; text: string };
  /** Whether this menu has run something. */
  hasRun: boolean;
}

export interface Place {
  /** The number of the open entry; undefined at the top. */
  open: number | undefined;
  filter: string;
}

export function rowsOf({ open, filter }: Place, world: World): Row[] {
  if (filter !== '') return foundRows(filter, world);
  const entry = world.board.entries.find(({ order }) => order === open);
  if (entry === undefined) return topRows(world);
  const rows = entry.choices.map((choice, index) =>
    choiceRow(`${entry.order}/${index}`, choice, index + 1, numberNote(choice)),
  );
  return [...rows, lastRow('back')];
}

function topRows({ board, again, standings }: World): Row[] {
  const repeated = again.map((choice, index) => ({
    ...choiceRow(`again/${index}`, choice, undefined, index === 0 ? 'again' : ''),
  }));
  const entries = board.entries.map((entry): Row => {
    const { order, title } = entry;
    const { note = '', level, lacking } = standings.get(order) ?? {};
    return {
      key: String(order),
      number: order,
      title,
      note: lacking ?? note,
      level: lacking === undefined ? level : undefined,
      isDim: lacking !== undefined,
      does: { entry },
    };
  });
  return [...repeated, ...entries, lastRow('leave')];
}

/** Everything on every level that has all the words in its title or its command line. */
function foundRows(filter: string, { board }: World): Row[] {
  const words = filter.toLowerCase().split(' ').filter(Boolean);
  const all = [
    ...board.entries.flatMap(({ order, title, choices }) =>
      choices.map((choice, index) => choiceRow(`${order}/${index}`, choice, undefined, title)),
    ),
    ...board.others.map((choice) =>
      choiceRow(`other/${choice.argv.join(':')}`, choice, undefined, ''),
    ),
  ];
  const rank = (text: string) =>
    words.every((word) => ` ${text}`.includes(` ${word}`))
      ? 0
      : words.every((word) => text.includes(word))
        ? 1
        : 2;
  return all
    .map((row) => ({ row, rank: rank(searched(row)) }))
    .filter(({ rank }) => rank < 2)
    .sort((one, other) => one.rank - other.rank)
    .map(({ row }) => row);
}

function searched({ does }: Row): string {
  if (typeof does === 'string' || !('choice' in does)) return '';
  const { title, argv } = does.choice;
  return `${title} ${typedLine(argv)}`.toLowerCase();
}

function choiceRow(key: string, choice: Choice, number: number | undefined, note: string): Row {
  return {
    key,
    number,
    title: choice.title,
    note,
    level: undefined,
    isDim: false,
    does: { choice },
  };
}

function lastRow(does: 'leave' | 'back'): Row {
  const title = does === 'leave' ? 'Exit' : 'Back';
  return { key: '0', number: 0, title, note: '', level: undefined, isDim: false, does };
}

function numberNote({ number }: Choice): string {
  return number === undefined ? '' : `also ${number}`;
}

/** What may be typed here: the numbers of the rows, and those that om-recovery's menu had, from everywhere. */
export function numbersOf(place: Place, world: World): Map<number, Row> {
  const numbers = new Map<number, Row>();
  for (const { order, choices } of world.board.entries)
    for (const [index, choice] of choices.entries())
      if (choice.number !== undefined)
        numbers.set(choice.number, choiceRow(`${order}/${index}`, choice, undefined, ''));
  for (const row of rowsOf(place, world))
    if (row.number !== undefined) numbers.set(row.number, row);
  return numbers;
}

/** The command line of a row, and what running it means. */
export function commandOf(row: Row, { globalArgs }: World): { line: string; effect: string } {
  if (row.does === 'leave') return { line: 'Leave the menu.', effect: '' };
  if (row.does === 'back') return { line: 'Back to the top.', effect: '' };
  if ('entry' in row.does) {
    const { topic, choices } = row.does.entry;
    return { line: `$ om-ops ${topic} …`, effect: `${choices.length} to choose from` };
  }
  const { argv, ask, effect } = row.does.choice;
  const line = `$ ${typedLine([...argv, ...globalArgs])}${ask.length > 0 ? ' …' : ''}`;
  return { line, effect: effect === undefined ? '' : effectText[effect] };
}

export const effectText: Record<MenuEffect, string> = {
  reads: 'reads only',
  changes: 'changes something',
  'may-ask': '⚠ may ask for YES APPLY',
  asks: '⚠ asks for YES APPLY',
};

/** Whether it is shown first what it would do. */
export function isGuarded({ effect, hasDryRun }: Choice): boolean {
  return hasDryRun && (effect === 'asks' || effect === 'may-ask');
}
