import { formatDuration } from '@om-ops/kit/text';
import type { JudgedClock, KeyState, Line, Transition, WatchEvent, WatchState } from './alert.ts';
import { heldKeys, isBadOrPending, rootOf } from './dependencies.ts';
import { type Moment, stepped } from './key-step.ts';
import { type Clock, gapIntervals, type JudgedPass, rankOf } from './pass.ts';
import type { Rules } from './rules.ts';
import { levelOf, missed, noRows } from './samples.ts';
import { type Advanced, advanced } from './site-clock.ts';
import { type Told, told } from './telling.ts';

export interface Judged {
  state: WatchState;
  /** In the order they happened. */
  transitions: Transition[];
  events: WatchEvent[];
  /** What the pass has to tell, root causes first: one message, whatever their number. */
  lines: Line[];
  /** The pass was no later than one that was judged: nothing of it counts. */
  refused: boolean;
}

/** What a pass makes of what was remembered. Pure: times come of the clock and the pass, ids of the rules. */
export function judge(previous: WatchState, pass: JudgedPass, clock: Clock, rules: Rules): Judged {
  const time = advanced(previous.clock, clock);
  if (time === undefined)
    return { state: previous, transitions: [], events: [], lines: [], refused: true };
  const { tick } = time.clock;
  const isWhole = pass.whole ?? true;
  const gapMs = isWhole ? gapOf(previous.clock, tick) : null;
  const events = eventsOf(time, gapMs, pass.at);
  const moment: Moment = { tick, at: pass.at, uptimeMs: clock.uptimeMs };
  const keys = new Map<string, KeyState>(Object.entries(previous.keys));
  if (gapMs !== null) for (const [key, state] of keys) keys.set(key, afterGap(state));
  const notes = new Notes(pass.at);
  const seen = new Set<string>();
  for (const check of pass.checks) {
    seen.add(check.id);
    const before = keys.get(check.id);
    if (check.stale) continue;
    const level = levelOf(check);
    if (level === undefined) {
      if (before !== undefined) keys.set(check.id, { ...before, ...missed(before) });
      continue;
    }
    if (before === undefined && level === null) continue;
    const { state, moves } = stepped(before, check, moment, rules);
    keys.set(check.id, state);
    for (const move of moves) notes.add(state, move);
  }
  if (isWhole)
    for (const [key, state] of keys)
      if (!seen.has(key)) keys.set(key, { ...state, ...missed(state) });
  tell(keys, notes, tick, rules);
  const lines = inOrder(notes.lines);
  if (gapMs !== null && !rules.maintenance) lines.push(blindLine(events, pass.at));
  const promised = pass.everyMs ?? previous.clock?.whole?.everyMs ?? null;
  const whole = isWhole ? { tick, everyMs: promised } : (previous.clock?.whole ?? null);
  return {
    state: { clock: { ...time.clock, whole }, keys: remembered(keys, tick, rules) },
    transitions: notes.transitions,
    events,
    lines,
    refused: false,
  };
}

/** How long nobody looked, when that is longer than was promised. */
function gapOf(last: JudgedClock | null, tick: number): number | null {
  const promised = last?.whole?.everyMs ?? null;
  if (last?.whole === null || last?.whole === undefined || promised === null) return null;
  const gapMs = tick - last.whole.tick;
  return gapMs > gapIntervals * promised ? gapMs : null;
}

function eventsOf({ jumpMs, restarted, elapsedMs }: Advanced, gapMs: number | null, at: string) {
  const events: WatchEvent[] = [];
  if (restarted) {
    const ms = elapsedMs ?? 0;
    events.push({ type: 'restarted', at, ms, text: 'The machine was started anew.' });
  }
  if (jumpMs !== 0) {
    const way = jumpMs > 0 ? 'forward' : 'back';
    const text = `The clock was set ${way} by ${formatDuration(Math.abs(jumpMs))}.`;
    events.push({ type: 'clock-jump', at, ms: jumpMs, text });
  }
  if (gapMs !== null) {
    const why = restarted ? ' The machine was started anew meanwhile.' : '';
    const text = `Blind for ${formatDuration(gapMs)}: nobody looked at the site.${why}`;
    events.push({ type: 'blind', at, ms: gapMs, text });
  }
  return events;
}

/** What was before a gap is in no row with what comes after it; what fires goes on firing. */
function afterGap(state: KeyState): KeyState {
  return state.alert?.phase === 'firing'
    ? { ...state, good: noRows.good }
    : { ...state, ...noRows };
}

function tell(keys: Map<string, KeyState>, notes: Notes, tick: number, rules: Rules): void {
  const held = heldKeys(keys, ({ key, after }) => [...after, ...rules.after(key)]);
  const holds = new Map<string, number>();
  for (const key of held.keys()) {
    const root = rootOf(key, held);
    holds.set(root, (holds.get(root) ?? 0) + 1);
  }
  for (const [key, state] of keys) {
    const answer = told(state, { heldBy: held.get(key) ?? null, tick, rules });
    keys.set(key, answer.state);
    for (const move of answer.moves) notes.add(state, move);
    if (answer.line !== null) notes.tell(answer.state, answer.line, holds.get(key) ?? 0);
  }
}

/** What happened in a pass, and what is told of it. */
class Notes {
  readonly transitions: Transition[] = [];
  readonly #at: string;
  readonly #byKey = new Map<string, number[]>();

  constructor(at: string) {
    this.#at = at;
  }

  get lines(): Line[] {
    return this.transitions.flatMap(({ line }) => line ?? []);
  }

  add({ key, text, value }: KeyState, { type, level, alert }: Told['moves'][number]): void {
    const rest = { at: this.#at, text, value, by: null, note: null, line: null };
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), this.transitions.length]);
    this.transitions.push({ type, key, alert, level, ...rest });
  }

  /** The line stands with what it tells of, or alone when that happened before. */
  tell(state: KeyState, line: NonNullable<Told['line']>, holds: number): void {
    const { key, title, text, value, runbook, command } = state;
    const types = [line.kind === 'reminder' ? 'reminded' : line.kind, 'reopened'];
    const own = this.#byKey.get(key)?.findLast((at) => {
      const { type } = this.transitions[at] as Transition;
      return types.includes(type);
    });
    const index = own ?? this.transitions.length;
    if (own === undefined) this.add(state, { type: 'told', level: line.level, alert: line.alert });
    const found = this.transitions[index] as Transition;
    const kind = found.type === 'reopened' && line.kind === 'fired' ? 'reopened' : line.kind;
    this.transitions[index] = {
      ...found,
      line: { ...line, kind, key, title, text, value, at: this.#at, runbook, command, holds },
    };
  }
}

/** What is bad before what is over, what holds others first, then the worse. */
export function inOrder(lines: readonly Line[]): Line[] {
  const isOver = ({ kind }: Line) => Number(kind === 'resolved' || kind === 'settled');
  return lines.toSorted(
    (one, other) =>
      isOver(one) - isOver(other) ||
      other.holds - one.holds ||
      rankOf(other.level) - rankOf(one.level),
  );
}

function blindLine(events: readonly WatchEvent[], at: string): Line {
  const event = events.find(({ type }) => type === 'blind');
  return {
    kind: 'blind',
    alert: null,
    key: null,
    title: `Blind for ${formatDuration(event?.ms ?? 0)}`,
    level: 'warning',
    text: event?.text ?? '',
    value: null,
    since: at,
    at,
    runbook: null,
    command: 'om-ops schedule check',
    holds: 0,
  };
}

function remembered(keys: ReadonlyMap<string, KeyState>, tick: number, rules: Rules) {
  const kept: Record<string, KeyState> = {};
  for (const [key, state] of keys) {
    const fired = state.fired.filter((each) => tick - each < rules.flap.withinMs);
    const isWell =
      state.alert === null &&
      state.flapping === null &&
      state.reopens === null &&
      fired.length === 0 &&
      !isBadOrPending(state);
    if (!isWell) kept[key] = fired.length === state.fired.length ? state : { ...state, fired };
  }
  return kept;
}
