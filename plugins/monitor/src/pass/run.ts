import { setTimeout as delay } from 'node:timers/promises';
import {
  clauseOf,
  isoWithOffset,
  isState,
  type Metric,
  messageOf,
  type State,
  states,
  withDeadline,
} from '@om-ops/kit';
import { shownMetric, type WatchedCheck, worstOf } from '../checks/watched-check.ts';
import { bootId, type Machine, uptimeSeconds } from '../readers/machine.ts';
import type { HealthThresholds } from '../site/health.ts';
import { integrationCheck, scoreOf } from './integration.ts';
import type { Pass, PassCheck } from './pass.ts';
import { ofThisBoot, type Readings } from './readings.ts';

export interface PassOptions {
  machine: Machine;
  /** The pass before; null: there was none, or it is unknown. */
  previous: Pass | null;
  readings: readonly Readings[];
  now: Readings;
  everyMs: number;
  /** The limit of a check that has none of its own. */
  timeoutMs: number;
  /** No check may take longer, whatever its own limit is. */
  mostMs?: number;
  /** How often a bad one is looked at before it counts as bad. */
  confirm: number;
  /** Looks at everything, also at what is still good. */
  isDeep: boolean;
  /** Everything, and not some. */
  isWhole: boolean;
  integration: { thresholds: HealthThresholds['integration']; source: string };
  redact(text: string): string;
  signal: AbortSignal;
}

/** Looks at all of it at once. @throws the signal's reason */
export async function runPass(
  checks: readonly WatchedCheck[],
  options: PassOptions,
): Promise<Pass> {
  const { machine, previous, everyMs, isWhole, signal } = options;
  const started = performance.now();
  const before = new Map((previous?.checks ?? []).map((one) => [one.id, one]));
  const found = await Promise.all(checks.map((one) => lookAt(one, before.get(one.id), options)));
  if (isWhole) {
    const all = integrationCheck(found, options.integration);
    found.push(await lookAt(all, before.get(all.id), options));
  }
  signal.throwIfAborted();
  const at = machine.now();
  return {
    at: isoWithOffset(at),
    bootId: bootId(machine),
    uptimeSeconds: uptimeSeconds(machine),
    durationMs: Math.round(performance.now() - started),
    everyMs,
    gapSeconds: gapOf(previous, options.now, at),
    whole: isWhole,
    level: worstOf(found.map(({ level }) => level)),
    score: scoreOf(found),
    counts: countsOf(found),
    checks: found,
    metrics: trafficMetrics(options),
  };
}

export function countsOf(checks: readonly { level: State }[]): Record<State, number> {
  const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;
  for (const { level } of checks) counts[level] += 1;
  return counts;
}

/** By the clock of the machine where both belong to one start of it: somebody may have set the other clock. */
function gapOf(previous: Pass | null, now: Readings, at: Date): number | null {
  if (previous === null) return null;
  const seconds =
    previous.bootId === now.bootId && previous.bootId !== ''
      ? now.uptimeSeconds - previous.uptimeSeconds
      : (at.getTime() - Date.parse(previous.at)) / 1000;
  return Math.max(0, Math.round(seconds * 10) / 10);
}

async function lookAt(
  one: WatchedCheck,
  before: PassCheck | undefined,
  options: PassOptions,
): Promise<PassCheck> {
  const { machine, isDeep, isWhole, confirm, signal } = options;
  const { everyMs } = one.check;
  const age = before === undefined ? Number.NaN : machine.now().getTime() - Date.parse(before.at);
  if (
    before !== undefined &&
    everyMs !== undefined &&
    !isDeep &&
    isWhole &&
    age >= 0 &&
    age < everyMs
  )
    return { ...before, stale: true, tries: 0, durationMs: 0 };
  const limitMs = Math.min(
    one.check.timeoutMs ?? options.timeoutMs,
    options.mostMs ?? Number.POSITIVE_INFINITY,
  );
  const started = performance.now();
  let result = await answerOf(one, limitMs, limitMs, signal);
  let tries = 1;
  // One limit for all tries together, and each looks for itself.
  for (; isBad(result.state) && tries < confirm; tries += 1) {
    const left = limitMs - (performance.now() - started) - pauseMs;
    if (left <= 0) break;
    await delay(pauseMs, undefined, { signal });
    result = await answerOf(one, left, limitMs, signal);
  }
  return passCheck(
    one,
    { ...result, tries, durationMs: Math.round(performance.now() - started) },
    before,
    options,
  );
}

const pauseMs = 1000;
const isBad = (state: State): boolean => state !== 'healthy' && state !== 'off';

interface Answered {
  state: State;
  message: string;
  metrics: readonly Metric[];
  failure: string | null;
}

async function answerOf(
  { check }: WatchedCheck,
  leftMs: number,
  limitMs: number,
  signal: AbortSignal,
): Promise<Answered> {
  try {
    const {
      state,
      message,
      metrics = [],
    } = await withDeadline(Math.max(1, leftMs), signal, (both) => check.run(both));
    if (!isState(state)) throw new Error('it gave no state that om-ops knows');
    return { state, message, metrics, failure: null };
  } catch (error) {
    signal.throwIfAborted();
    const said = clauseOf(messageOf(error));
    const failure = said.startsWith('no answer within')
      ? `no answer within ${limitMs / 1000} s`
      : said;
    return {
      state: 'unknown',
      message: `${check.title} could not be checked: ${failure}.`,
      metrics: [],
      failure,
    };
  }
}

function passCheck(
  { id, tags, source, seriesOf, check }: WatchedCheck,
  {
    state,
    message,
    metrics,
    failure,
    tries,
    durationMs,
  }: Answered & { tries: number; durationMs: number },
  before: PassCheck | undefined,
  { machine, redact }: PassOptions,
): PassCheck {
  const main = metrics.find(({ limit }) => limit !== undefined) ?? metrics[0];
  const at = isoWithOffset(machine.now());
  const limit = main?.limit;
  return {
    id,
    title: check.title,
    kind: check.kind ?? 'gauge',
    level: state,
    value: main?.value ?? null,
    unit: main?.unit ?? null,
    text: redact(message),
    since: before?.level === state ? before.since : at,
    thresholds:
      limit === undefined
        ? null
        : { warning: limit.warning ?? null, critical: limit.critical ?? null, when: limit.when },
    source,
    durationMs,
    stale: false,
    at,
    tries,
    samples: check.samples ?? null,
    after: check.after ?? [],
    runbook: check.runbook ?? null,
    command: check.command ?? null,
    tags,
    metrics: metrics.map((metric) => ({ ...metric, key: seriesOf(metric) })),
    failure: failure === null ? null : redact(failure),
  };
}

/** What went over the network and the disks since the pass before. */
function trafficMetrics({ machine, readings, now }: PassOptions): Metric[] {
  const before = ofThisBoot(readings, machine).at(-1);
  const seconds = now.uptimeSeconds - (before?.uptimeSeconds ?? Number.NaN);
  if (before === undefined || !(seconds > 0)) return [];
  return now.traffic.flatMap(({ name, ...bytes }) => {
    const earlier = before.traffic.find((one) => one.name === name);
    // A counter that has gone back began anew: a network card that was taken out.
    if (earlier === undefined || bytes.in < earlier.in || bytes.out < earlier.out) return [];
    const rate = (way: 'in' | 'out') => Math.round((bytes[way] - earlier[way]) / seconds);
    return [
      shownMetric(`${name}.in`, `${name} in`, rate('in'), 'bytes/s'),
      shownMetric(`${name}.out`, `${name} out`, rate('out'), 'bytes/s'),
    ];
  });
}
