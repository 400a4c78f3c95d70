import type { Alert, KeyState, LineKind, TransitionType } from './alert.ts';
import { type Level, rankOf } from './pass.ts';
import type { Rules } from './rules.ts';
import { isStale } from './samples.ts';

/** Bad samples that who was held needs before it is told of. */
const releasedSamples = 4;

export interface Told {
  state: KeyState;
  /** What happened beside what the samples did. */
  moves: { type: TransitionType; level: Level; alert: string }[];
  line: { kind: LineKind; level: Level; alert: string; since: string } | null;
}

/** Who is to be told what of a key, now that all keys are known. */
export function told(
  state: KeyState,
  { heldBy, tick, rules }: { heldBy: string | null; tick: number; rules: Rules },
): Told {
  const silenced = rules.silencedUntil(state.key, tick);
  const isAway = rules.maintenance && !state.urgent;
  const { alert } = state;
  if (alert === null) return calmed(state, silenced !== null || isAway, tick, rules);
  if (alert.phase === 'resolved') {
    const over = { ...state, alert: null };
    if (alert.told === null || silenced !== null) return { state: over, moves: [], line: null };
    if (isAway) return { state, moves: [], line: null };
    return { state: over, moves: [], line: lineOf('resolved', alert) };
  }
  const marked = markedAlert(state, alert, { heldBy, silenced, tick });
  const isWaiting = marked.alert.released !== null && marked.alert.released < releasedSamples;
  const isBlocked = silenced !== null || isAway || heldBy !== null || isWaiting;
  const next = { ...state, alert: marked.alert };
  const { moves } = marked;
  if (state.flapping !== null) return whileFlapping(next, moves, { isBlocked, tick, rules });
  if (isBlocked || marked.alert.acknowledged !== null) return { state: next, moves, line: null };
  return toldOfFiring(next, marked.alert, moves, tick, rules);
}

/** The marks that stand beside the state of an alert. */
function markedAlert(
  state: KeyState,
  alert: Alert,
  { heldBy, silenced, tick }: { heldBy: string | null; silenced: string | null; tick: number },
): { alert: Alert; moves: Told['moves'] } {
  const { id, level } = alert;
  const moves: Told['moves'] = [];
  let { released, acknowledged } = alert;
  if (heldBy !== null) {
    released = null;
    if (alert.heldBy === null) moves.push({ type: 'held', level, alert: id });
  } else if (alert.heldBy !== null) {
    released = 0;
    moves.push({ type: 'released', level, alert: id });
  } else if (released !== null && state.missed === 0) {
    released = state.bad.warning > 0 ? released + 1 : 0;
  }
  const untilTick = acknowledged?.untilTick ?? null;
  if (untilTick !== null && untilTick <= tick) {
    acknowledged = null;
    moves.push({ type: 'unacknowledged', level, alert: id });
  }
  const stale = isStale(state);
  return {
    alert: { ...alert, heldBy, released, acknowledged, silencedUntil: silenced, stale },
    moves,
  };
}

function toldOfFiring(
  state: KeyState,
  alert: Alert,
  moves: Told['moves'],
  tick: number,
  rules: Rules,
): Told {
  const { level } = alert;
  const saying = { ...state, alert: { ...alert, told: level, toldTick: tick, released: null } };
  if (rankOf(level) > rankOf(alert.told)) {
    // Open is not yet bad: what is only slow to clear is not told of.
    if (state.bad.warning === 0) return { state, moves, line: null };
    return { state: saying, moves, line: lineOf(alert.told === null ? 'fired' : 'raised', alert) };
  }
  if (tick - alert.toldTick < rules.reminderMs[level]) return { state, moves, line: null };
  return {
    state: saying,
    moves: [...moves, { type: 'reminded', level, alert: alert.id }],
    line: lineOf('reminder', alert),
  };
}

function whileFlapping(
  state: KeyState,
  moves: Told['moves'],
  { isBlocked, tick, rules }: { isBlocked: boolean; tick: number; rules: Rules },
): Told {
  const { alert, flapping } = state;
  if (alert === null || flapping === null) return { state, moves, line: null };
  const { level } = alert;
  const isQuiet = tick - flapping.movedAt >= rules.flap.quietMs;
  const saying = { ...alert, told: level, toldTick: tick, released: null };
  if (isQuiet) {
    const settled = { ...state, flapping: null, fired: [] };
    const all: Told['moves'] = [...moves, { type: 'settled', level, alert: alert.id }];
    if (isBlocked || alert.acknowledged !== null) return { state: settled, moves: all, line: null };
    // Steady, and still bad: that is not over.
    return { state: { ...settled, alert: saying }, moves: all, line: lineOf('reminder', alert) };
  }
  if (isBlocked || rankOf(level) <= rankOf(flapping.told)) return { state, moves, line: null };
  return {
    state: { ...state, alert: saying, flapping: { ...flapping, told: level } },
    moves,
    line: lineOf(flapping.told === null ? 'flapping' : 'raised', alert),
  };
}

/** What swung and is over. */
function calmed(state: KeyState, isBlocked: boolean, tick: number, rules: Rules): Told {
  const { flapping, reopens } = state;
  if (flapping === null || reopens === null) return { state, moves: [], line: null };
  if (tick - flapping.movedAt < rules.flap.quietMs) return { state, moves: [], line: null };
  const level = flapping.told ?? 'warning';
  const settled = { ...state, flapping: null, fired: [], reopens: null };
  return {
    state: settled,
    moves: [{ type: 'settled', level, alert: reopens.id }],
    line:
      isBlocked || flapping.told === null
        ? null
        : { kind: 'settled', level, alert: reopens.id, since: reopens.since },
  };
}

function lineOf(kind: LineKind, { id, level, since }: Alert): NonNullable<Told['line']> {
  return { kind, level, alert: id, since };
}
