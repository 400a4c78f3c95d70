import type { Alert, KeyState, TransitionType } from './alert.ts';
import { type JudgedCheck, type Level, rankOf } from './pass.ts';
import { isUrgent, type Rules } from './rules.ts';
import { counted, hasLeft, noRows, raisedLevel, samplesOf } from './samples.ts';

export interface Moment {
  tick: number;
  /** ISO 8601 with offset. */
  at: string;
  uptimeMs: number;
}

export interface Step {
  state: KeyState;
  moves: { type: TransitionType; level: Level; alert: string }[];
}

function unknownKey(check: JudgedCheck): KeyState {
  return {
    ...noRows,
    key: check.id,
    title: check.title,
    kind: check.kind,
    text: check.text,
    value: null,
    unit: null,
    runbook: null,
    command: null,
    after: [],
    urgent: isUrgent(check.id),
    missed: 0,
    alert: null,
    fired: [],
    flapping: null,
    reopens: null,
  };
}

/** What one sample makes of a key; who is told is decided when all are known. */
export function stepped(
  before: KeyState | undefined,
  check: JudgedCheck,
  moment: Moment,
  rules: Rules,
): Step {
  const { title, kind, text, value, unit, runbook, command, after } = check;
  const old = before ?? unknownKey(check);
  const state: KeyState = {
    ...old,
    ...counted(old, check, moment.tick),
    ...{ title, kind, text, value, unit, runbook, command, after },
  };
  const samples = samplesOf(check);
  // What the machine has just started may still be coming up.
  const isComingUp = kind === 'service' && moment.uptimeMs < rules.bootGraceMs;
  const raised = isComingUp ? null : raisedLevel(state, samples);
  const step =
    state.alert?.phase === 'firing'
      ? moved(state, state.alert, { raised, samples }, moment, rules)
      : started(state, { raised, samples }, moment, rules);
  // While it is not over yet, it is told by what was bad: that it is well now is no reason for an alert.
  return check.level === 'healthy' && step.state.alert?.phase === 'firing'
    ? { ...step, state: { ...step.state, text: old.text } }
    : step;
}

interface Counts {
  raised: Level | null;
  samples: number;
}

function started(state: KeyState, counts: Counts, moment: Moment, rules: Rules): Step {
  const { raised, samples } = counts;
  const { tick, at } = moment;
  if (raised === null) {
    const isWell = state.flapping === null && hasLeft(state, 'warning', samples, tick);
    return { state: isWell ? { ...state, reopens: null } : state, moves: [] };
  }
  const { reopens } = state;
  const id = reopens?.id ?? rules.newId();
  const alert: Alert = {
    id,
    phase: 'firing',
    level: raised,
    peak: raised,
    since: reopens?.since ?? at,
    told: state.flapping?.told ?? null,
    toldTick: tick,
    heldBy: null,
    released: null,
    acknowledged: null,
    silencedUntil: null,
    stale: false,
  };
  const next = { ...state, alert, reopens: null };
  if (reopens === null)
    return firing(next, [{ type: 'fired', level: raised, alert: id }], tick, rules);
  const moves: Step['moves'] = [{ type: 'reopened', level: raised, alert: id }];
  // What somebody took for over was bad all the time, and has not come again.
  return state.flapping === null ? { state: next, moves } : firing(next, moves, tick, rules);
}

/** One more firing: the third within an hour is one too many. */
function firing(state: KeyState, moves: Step['moves'], tick: number, rules: Rules): Step {
  const { cycles, withinMs } = rules.flap;
  const fired = [...state.fired.filter((each) => tick - each < withinMs), tick];
  if (state.flapping !== null) {
    return { state: { ...state, fired, flapping: { ...state.flapping, movedAt: tick } }, moves };
  }
  if (fired.length < cycles) return { state: { ...state, fired }, moves };
  const [{ level, alert }] = moves as [Step['moves'][number]];
  return {
    state: { ...state, fired, flapping: { movedAt: tick, told: null } },
    moves: [...moves, { type: 'flapping', level, alert }],
  };
}

function moved(
  state: KeyState,
  alert: Alert,
  { raised, samples }: Counts,
  { tick }: Moment,
  rules: Rules,
): Step {
  const { id, level } = alert;
  if (hasLeft(state, 'warning', samples, tick)) {
    const moves = [{ type: 'resolved' as const, level, alert: id }];
    if (state.flapping === null)
      return { state: { ...state, alert: { ...alert, phase: 'resolved' } }, moves };
    const flapping = { ...state.flapping, movedAt: tick };
    return { state: { ...state, alert: null, flapping, reopens: alert }, moves };
  }
  if (rankOf(raised) > rankOf(level)) {
    const worse: Alert = { ...alert, level: 'critical', peak: 'critical', acknowledged: null };
    const moves: Step['moves'] = [{ type: 'raised', level: 'critical', alert: id }];
    if (alert.acknowledged !== null)
      moves.push({ type: 'unacknowledged', level: 'critical', alert: id });
    const next = { ...state, alert: worse };
    return alert.peak === 'critical' ? firing(next, moves, tick, rules) : { state: next, moves };
  }
  if (level === 'critical' && hasLeft(state, 'critical', samples, tick)) {
    const told = alert.told === null ? null : ('warning' as const);
    return {
      state: { ...state, alert: { ...alert, level: 'warning', told } },
      moves: [{ type: 'lowered', level: 'warning', alert: id }],
    };
  }
  return { state, moves: [] };
}
