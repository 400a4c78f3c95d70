import type { Choice, Entry } from './choice.ts';
import { type Form, formPressed } from './form.ts';
import { isEnter, type Key, typedIn } from './key.ts';
import { numbersOf, type Place, type Row, rowsOf, type World } from './rows.ts';

/** Where somebody is in the menu. */
export interface MenuState extends Place {
  /** The key of the marked row. */
  marked: string;
  /** Of a number that may go on. */
  digits: string;
  /** The first letter of a filter that is a key by itself when nothing follows: `l`, and `d` of this row. */
  letter: { name: 'l' | 'd'; marked: string } | undefined;
  help: boolean;
  form: Form | undefined;
  /** What has to be said, as a sentence, until the next key. */
  say: string;
  /** An Enter until then belongs to the number that has chosen already. */
  enterUntil: number;
}

export type Act =
  | { kind: 'leave' }
  | { kind: 'script' }
  | { kind: 'choose'; choice: Choice; dryRun: boolean }
  | { kind: 'run'; choice: Choice; argv: string[]; values: Form };

export interface Step {
  state: MenuState;
  act?: Act;
}

/** How long a number or a letter waits for what may follow. */
export const pendingMs = 600;

export function topState(board: { entries: readonly Entry[] }): MenuState {
  return {
    open: undefined,
    filter: '',
    marked: String(board.entries[0]?.order ?? '0'),
    digits: '',
    letter: undefined,
    help: false,
    form: undefined,
    say: '',
    enterUntil: 0,
  };
}

export function isPending({ digits, letter }: MenuState): boolean {
  return digits !== '' || letter !== undefined;
}

/** @param page how many rows are seen at once */
export function pressed(
  before: MenuState,
  key: Key,
  world: World,
  { page, now }: { page: number; now: number },
): Step {
  const state: MenuState = { ...before, say: '', letter: undefined, enterUntil: 0 };
  if (state.form !== undefined) return pressedInForm(state, state.form, key);
  if (state.help) return pressedInHelp(state, key, world);
  if (isEnter(key) && state.digits !== '')
    return chosenByNumber(state, Number(state.digits), world);
  if (isEnter(key) && now < before.enterUntil) return { state };
  if (isEnter(key)) return opened(state, markedRow(state, world));
  const typed = typedIn(key);
  if (/^\d$/.test(typed) && state.filter === '')
    return digit({ ...state, digits: state.digits + typed }, world, now);
  if (state.digits !== '') {
    const left = key.name === 'backspace' ? state.digits.slice(0, -1) : '';
    if (key.name === 'backspace' || key.name === 'escape')
      return { state: { ...state, digits: left } };
  }
  return pressedInList({ ...state, digits: '' }, key, typed, world, page);
}

function pressedInForm(state: MenuState, form: Form, key: Key): Step {
  const step = formPressed(form, key);
  if ('run' in step)
    return { state, act: { kind: 'run', choice: form.choice, argv: step.run, values: step.form } };
  if ('back' in step) return { state: { ...state, form: undefined } };
  return { state: { ...state, form: step.form } };
}

function pressedInHelp(state: MenuState, key: Key, world: World): Step {
  const closed = { ...state, help: false };
  return typedIn(key) === 'l' && world.hasRun
    ? { state: closed, act: { kind: 'script' } }
    : { state: closed };
}

function pressedInList(
  state: MenuState,
  key: Key,
  typed: string,
  world: World,
  page: number,
): Step {
  const rows = rowsOf(state, world);
  const at = markedAt(state, rows);
  const mark = (to: number): Step => ({
    state: {
      ...state,
      marked: rows[Math.min(Math.max(0, to), rows.length - 1)]?.key ?? state.marked,
    },
  });
  switch (key.name) {
    case 'up':
      return mark(at === 0 ? rows.length - 1 : at - 1);
    case 'down':
      return mark(at === rows.length - 1 ? 0 : at + 1);
    case 'pageup':
      return mark(at - page);
    case 'pagedown':
      return mark(at + page);
    case 'home':
      return mark(0);
    case 'end':
      return mark(rows.length - 1);
    case 'right':
      return openedByArrow(state, rows[at]);
    case 'left':
    case 'escape':
      return { state: state.filter === '' ? closed(state) : withFilter(state, '', world) };
    case 'backspace':
      return { state: withFilter(state, [...state.filter].slice(0, -1).join(''), world) };
    default:
  }
  if (key.ctrl === true && key.name === 'u') return { state: withFilter(state, '', world) };
  if (typed === '' || (typed === ' ' && state.filter === '')) return { state };
  if (typed === '?' && state.filter === '') return { state: { ...state, help: true } };
  return letterTyped(state, typed, rows[at], world);
}

/** `l` and `d` are keys by themselves, and the beginning of words that are looked for. */
function letterTyped(state: MenuState, typed: string, marked: Row | undefined, world: World): Step {
  const next = withFilter(state, state.filter + typed, world);
  if (state.filter !== '') return { state: next };
  const isKey = typed === 'l' ? world.hasRun : typed === 'd' && hasDryRun(marked);
  if (!isKey) return { state: next };
  const letter = { name: typed as 'l' | 'd', marked: marked?.key ?? '' };
  return { state: { ...next, letter } };
}

function hasDryRun(row: Row | undefined): boolean {
  return row !== undefined && typeof row.does === 'object' && 'choice' in row.does
    ? row.does.choice.hasDryRun
    : false;
}

/** Nothing has followed for `pendingMs`. */
export function timeIsUp(before: MenuState, world: World): Step {
  const { letter } = before;
  if (letter !== undefined) {
    const state = { ...withFilter(before, '', world), letter: undefined, marked: letter.marked };
    if (letter.name === 'l') return { state, act: { kind: 'script' } };
    const row = markedRow(state, world);
    return row !== undefined && typeof row.does === 'object' && 'choice' in row.does
      ? { state, act: { kind: 'choose', choice: row.does.choice, dryRun: true } }
      : { state };
  }
  return before.digits === ''
    ? { state: before }
    : chosenByNumber(before, Number(before.digits), world);
}

function digit(state: MenuState, world: World, now: number): Step {
  const numbers = numbersOf(state, world);
  const mayGoOn = [...numbers.keys()].some(
    (number) => String(number) !== state.digits && String(number).startsWith(state.digits),
  );
  const row = numbers.get(Number(state.digits));
  const marked = row?.key ?? state.marked;
  if (mayGoOn) return { state: { ...state, marked } };
  const step = chosenByNumber(state, Number(state.digits), world);
  return { ...step, state: { ...step.state, enterUntil: now + pendingMs } };
}

function chosenByNumber(before: MenuState, number: number, world: World): Step {
  const state = { ...before, digits: '' };
  const row = numbersOf(state, world).get(number);
  if (row === undefined) return { state: { ...state, say: `There is no ${number} here.` } };
  // A number of om-recovery's menu leads into the entry that has it now.
  const [order, index] = row.key.split('/');
  const open = index === undefined ? state.open : Number(order);
  return opened({ ...state, open, marked: row.key }, row);
}

function opened(state: MenuState, row: Row | undefined): Step {
  if (row === undefined) return { state };
  if (row.does === 'leave') return { state, act: { kind: 'leave' } };
  if (row.does === 'back') return { state: closed(state) };
  if ('choice' in row.does)
    return { state, act: { kind: 'choose', choice: row.does.choice, dryRun: false } };
  const { order } = row.does.entry;
  return { state: { ...state, open: order, marked: `${order}/0` } };
}

/** An arrow opens what has more behind it; nothing is run by it. */
function openedByArrow(state: MenuState, row: Row | undefined): Step {
  if (row === undefined || typeof row.does === 'string') return { state };
  const isOnlyRun = 'choice' in row.does && row.does.choice.ask.length === 0;
  return isOnlyRun ? { state: { ...state, say: 'Enter runs it.' } } : opened(state, row);
}

function closed(state: MenuState): MenuState {
  if (state.open === undefined) return state;
  return { ...state, open: undefined, marked: String(state.open) };
}

function withFilter(state: MenuState, filter: string, world: World): MenuState {
  const next = { ...state, filter };
  const rows = rowsOf(next, world);
  if (filter === '') {
    const entry = state.open ?? world.board.entries[0]?.order ?? 0;
    return { ...next, marked: state.open === undefined ? String(entry) : `${entry}/0` };
  }
  return { ...next, marked: rows[0]?.key ?? '' };
}

/** The marked row; the first when that is gone. */
export function markedRow(state: MenuState, world: World): Row | undefined {
  const rows = rowsOf(state, world);
  return rows[markedAt(state, rows)];
}

export function markedAt({ marked }: MenuState, rows: readonly Row[]): number {
  return Math.max(
    0,
    rows.findIndex(({ key }) => key === marked),
  );
}
