import { displayWidth, printableName, type styleFor } from '@om-ops/kit/text';
import { typedLine, withFlags } from './command-line.ts';
import { fitted, fittedEnd, flowed } from './fitted.ts';
import { type Field, type Form, lineOf } from './form.ts';
import type { HeadLevel } from './heartbeat.ts';
import { commandOf, effectText, type Row, rowsOf, type World } from './rows.ts';
import { type MenuState, markedAt } from './state.ts';

export interface Size {
  columns: number;
  rows: number;
}

type Style = ReturnType<typeof styleFor>;

/** Below so many lines there is no room for blank ones. */
const roomyRows = 22;

/** How many rows of the list are seen at once. */
export function pageOf({ rows }: Size): number {
  return Math.max(1, rows - (rows >= roomyRows ? 9 : 7));
}

/** The menu as it stands on a terminal: at most one line less than that has, none wider than it. */
export function screenOf(state: MenuState, world: World, size: Size, style: Style): string[] {
  const width = Math.max(1, size.columns - 1);
  const blank = size.rows >= roomyRows ? [''] : [];
  const head = headLines(world, width, style);
  const body =
    state.form !== undefined
      ? formLines(state, state.form, world, { width, size, blank }, style)
      : state.help
        ? [...blank, ...helpLines(world, width).slice(0, pageOf(size) + 3)]
        : listLines(state, world, { width, size, blank }, style);
  // What is most needed stands at the end: of a very low terminal the head goes first.
  return [...head, ...body].slice(-Math.max(1, size.rows - 1));
}

function headLines(
  { site, head, standings, board, isDry }: World,
  width: number,
  style: Style,
): string[] {
  const paint: Record<HeadLevel, (text: string) => string> = {
    healthy: style.green,
    warning: style.yellow,
    critical: style.red,
    unknown: style.magenta,
  };
  const title = `${printableName(site)}${isDry ? ' · DRY RUN' : ''}`;
  const name = fitted(title, Math.floor(width / 2));
  const state = fitted(head.text, width - displayWidth(name) - 3);
  const more = board.entries.flatMap(({ order }) => standings.get(order)?.head ?? []);
  return [
    `${style.bold(name)} · ${paint[head.level](state)}`,
    style.dim(fitted(printableName(more.join(' · ')), width)),
  ];
}

interface Room {
  width: number;
  size: Size;
  blank: readonly string[];
}

function listLines(state: MenuState, world: World, room: Room, style: Style): string[] {
  const { width, size, blank } = room;
  const rows = rowsOf(state, world);
  const at = markedAt(state, rows);
  const marked = rows[at];
  const page = pageOf(size);
  const from = Math.max(0, Math.min(at - Math.floor(page / 2), rows.length - page));
  const seen = rows.slice(from, from + page);
  const { line, effect } =
    marked === undefined ? { line: '', effect: '' } : commandOf(marked, world);
  const below = rows.length - from - seen.length;
  const hidden = [...(from > 0 ? [`↑ ${from}`] : []), ...(below > 0 ? [`↓ ${below}`] : [])].join(
    ' ',
  );
  return [
    ...blank,
    titleLine(state, world, { width, hidden, count: rows.length }, style),
    ...(rows.length === 0 ? [style.dim('  Nothing has that in its title or command line.')] : []),
    ...seen.map((row) => rowLine(row, row === marked, width, style)),
    ...blank,
    style.cyan(fitted(line, width)),
    state.say === '' ? effectLine(effect, style, width) : style.yellow(fitted(state.say, width)),
    style.dim(fitted(keysOf(state, marked, world), width)),
  ];
}

function titleLine(
  { open, filter, digits }: MenuState,
  { board }: World,
  { width, hidden, count }: { width: number; hidden: string; count: number },
  style: Style,
): string {
  const entry = board.entries.find(({ order }) => order === open);
  const place = entry === undefined ? 'OM-Ops' : `OM-Ops › ${entry.title}`;
  const typed = filter === '' ? (digits === '' ? '' : ` › ${digits}_`) : ` › ${filter}_ (${count})`;
  const room = width - displayWidth(hidden) - 1;
  const text = fittedEnd(`${filter === '' ? place : 'All commands'}${typed}`, room);
  const space = ' '.repeat(Math.max(1, width - displayWidth(text) - displayWidth(hidden)));
  return `${style.bold(text)}${space}${style.dim(hidden)}`.trimEnd();
}

function rowLine(row: Row, isMarked: boolean, width: number, style: Style): string {
  const number = row.number === undefined ? '  ' : String(row.number).padStart(2);
  const left = `${isMarked ? '❯' : ' '} ${number} ${row.title}`;
  const most = Math.max(0, Math.floor(width / 2) - 2);
  const note = fitted(printableName(row.note), Math.max(most, width - displayWidth(left) - 2));
  const title = fitted(left, width - (note === '' ? 0 : displayWidth(note) + 2));
  const space = ' '.repeat(Math.max(1, width - displayWidth(title) - displayWidth(note)));
  if (row.isDim) return style.dim(`${title}${space}${note}`.trimEnd());
  const paint =
    row.level === undefined ? style.dim : row.level === 'critical' ? style.red : style.yellow;
  return `${isMarked ? style.cyan(title) : title}${note === '' ? '' : space + paint(note)}`;
}

function effectLine(effect: string, style: Style, width: number): string {
  const text = fitted(effect, width);
  return effect.startsWith('⚠') ? style.yellow(text) : style.dim(text);
}

function keysOf(state: MenuState, marked: Row | undefined, { hasRun }: World): string {
  const isTop = state.open === undefined && state.filter === '';
  const choice =
    marked !== undefined && typeof marked.does === 'object' && 'choice' in marked.does
      ? marked.does.choice
      : undefined;
  return [
    choice === undefined ? 'Enter opens' : 'Enter runs',
    isTop ? '0 leaves' : 'Esc back',
    'letters find',
    ...(choice?.hasDryRun === true && state.filter === '' ? ['d dry run'] : []),
    ...(hasRun ? ['l what ran'] : []),
    '? help',
  ].join(' · ');
}

function formLines(
  { open }: MenuState,
  form: Form,
  { board, globalArgs }: World,
  { width, size, blank }: Room,
  style: Style,
): string[] {
  const entry = board.entries.find(({ order }) => order === open);
  const { choice, fields, at, say } = form;
  const place = entry?.choices.includes(choice) === true ? `${entry.title} › ` : '';
  const label = Math.min(
    Math.floor(width * 0.45),
    Math.max(...fields.map(({ question }) => displayWidth(question.message))),
  );
  const page = pageOf(size);
  const from = Math.max(0, Math.min(at - page + 1, fields.length - page));
  return [
    ...blank,
    style.bold(fittedEnd(`OM-Ops › ${place}${choice.title}`, width)),
    ...fields
      .slice(from, from + page)
      .map((field, index) => fieldLine(field, from + index === at, { label, width }, style)),
    ...blank,
    style.cyan(liveLine(form, globalArgs, width)),
    say === ''
      ? effectLine(choice.effect === undefined ? '' : effectText[choice.effect], style, width)
      : style.yellow(fitted(say, width)),
    style.dim(fitted('Tab next · ←→ choose · Enter runs · Esc back', width)),
  ];
}

/** What is being typed must be seen: the profile gives way first, then the beginning. */
function liveLine(form: Form, globalArgs: readonly string[], width: number): string {
  const whole = `$ ${typedLine(withFlags(lineOf(form), globalArgs))}`;
  return displayWidth(whole) <= width ? whole : fittedEnd(`$ ${typedLine(lineOf(form))} …`, width);
}

function fieldLine(
  { question, value, cursor }: Field,
  isAt: boolean,
  { label, width }: { label: number; width: number },
  style: Style,
): string {
  const name = fitted(question.message, label);
  const head = `${isAt ? '❯' : ' '} ${name}${' '.repeat(label - displayWidth(name))}  `;
  const room = Math.max(1, width - displayWidth(head));
  const painted = isAt ? style.cyan(head) : head;
  if (question.choices !== undefined) {
    const text = value === '' ? '(none)' : value;
    return (
      painted + fitted(isAt ? `‹ ${text} ›  ${othersOf(question.choices, value)}` : text, room)
    );
  }
  if (value === '') {
    const hint = question.fallback ?? (question.optional === true ? 'optional' : '');
    return (
      painted + (isAt ? '_ ' : '') + style.dim(fitted(hint === '' ? '' : `(${hint})`, room - 2))
    );
  }
  if (!isAt) return painted + fitted(printableName(value), room);
  const characters = [...value];
  const before = fittedEnd(characters.slice(0, cursor).join(''), Math.max(1, room - 2));
  const after = characters.slice(cursor).join('');
  return `${painted}${before}_${fitted(after, room - displayWidth(before) - 1)}`;
}

function othersOf(choices: readonly string[], value: string): string {
  return choices.filter((choice) => choice !== value).join(' ');
}

function helpLines({ hasRun }: World, width: number): string[] {
  return [
    'OM-Ops › help',
    'digits    choose by number; a number that may go on waits 0.6 s',
    'letters   find a command of any level by its title or command line',
    '↑ ↓       mark; PgUp PgDn Home End too',
    '→ Enter   open what is marked, or run it (Enter)',
    '← Esc     back',
    'd         dry run of what is marked',
    `l         what this menu ran, as a shell script${hasRun ? '' : ' (nothing yet)'}`,
    '0 Ctrl-D  leave; Ctrl-C leaves with exit code 130',
    '⚠         shows first what it would do; then it asks for YES APPLY',
    'Any key goes back.',
  ].flatMap((line) => flowed([line], width));
}
