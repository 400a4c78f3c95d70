import { clauseOf, type MetricUnit, messageOf, type State, withDeadline } from '@om-ops/kit';
import type { OwnAnswer, WatchedCheck } from '../checks/watched-check.ts';
import { History } from '../store/history.ts';
import { amountText } from '../view/amount.ts';
import type { Pass, Thresholds } from './pass.ts';

export interface Explanation {
  id: string;
  title: string;
  kind: 'gauge' | 'service' | 'age' | 'event';
  /** What is read where; null: a plugin's, which does not say. */
  reads: string | null;
  /** As it is now. */
  level: State;
  value: number | null;
  unit: MetricUnit | null;
  text: string;
  /** How it comes to its number, with the numbers of now. */
  arithmetic: string[];
  thresholds: Thresholds | null;
  source: string;
  /** What would change the level. */
  change: string[];
  /** The last 20 in history, the newest last. */
  values: { at: string; value: number }[];
  /** What it hangs on, and how that was at the last look. */
  after: { id: string; level: State | null }[];
  everyMs: number | null;
  runbook: string | null;
  command: string | null;
}

export interface ExplainOptions {
  /** STATE. */
  state: string;
  last: Pass | null;
  redact(text: string): string;
  signal: AbortSignal;
}

const limitMs = 12_000;

/** Looks once more, and keeps nothing. @throws the signal's reason */
export async function explanationOf(
  one: WatchedCheck,
  options: ExplainOptions,
): Promise<Explanation> {
  const { id, source, reads, seriesOf, check } = one;
  const { state, last, redact, signal } = options;
  const seen = last?.checks.find((each) => each.id === id);
  const answer = await answerOf(one, seen, signal);
  const main = answer.metrics?.find(({ limit }) => limit !== undefined) ?? answer.metrics?.[0];
  const limit = main?.limit;
  const thresholds =
    limit === undefined
      ? null
      : { warning: limit.warning ?? null, critical: limit.critical ?? null, when: limit.when };
  const series = main === undefined ? undefined : seriesOf(main);
  return {
    id,
    title: check.title,
    kind: check.kind ?? 'gauge',
    reads: reads ?? null,
    level: answer.state,
    value: main?.value ?? null,
    unit: main?.unit ?? null,
    text: redact(answer.message),
    arithmetic: (answer.arithmetic ?? []).map(redact),
    thresholds,
    source,
    change: changesOf(main?.value ?? null, main?.unit ?? null, thresholds),
    values: series === undefined ? [] : samplesOf(state, series),
    after: (check.after ?? []).map((other) => ({
      id: other,
      level: last?.checks.find((each) => each.id === other)?.level ?? null,
    })),
    everyMs: check.everyMs ?? null,
    runbook: check.runbook ?? null,
    command: check.command ?? null,
  };
}

async function answerOf(
  { id, check }: WatchedCheck,
  seen: Pass['checks'][number] | undefined,
  signal: AbortSignal,
): Promise<OwnAnswer> {
  // What is made of all others has no number of its own: the last look has it.
  if (id === 'integration' && seen !== undefined)
    return { state: seen.level, message: seen.text, metrics: seen.metrics };
  try {
    return await withDeadline(check.timeoutMs ?? limitMs, signal, (both) => check.run(both));
  } catch (error) {
    signal.throwIfAborted();
    return {
      state: 'unknown',
      message: `${check.title} could not be checked: ${clauseOf(messageOf(error))}.`,
    };
  }
}

/** A damaged history takes nothing from the explanation. */
function samplesOf(state: string, series: string): Explanation['values'] {
  try {
    return new History(state).samples(series, 20);
  } catch {
    return [];
  }
}

function changesOf(
  value: number | null,
  unit: MetricUnit | null,
  thresholds: Thresholds | null,
): string[] {
  if (thresholds === null || value === null) return [];
  const { when } = thresholds;
  return (['warning', 'critical'] as const).flatMap((level) => {
    const limit = thresholds[level];
    if (limit === null) return [];
    const isOver = when === 'above' ? value >= limit : value < limit;
    const distance = amountText(Math.abs(value - limit), unit);
    const side =
      when === 'above' ? `from ${amountText(limit, unit)} on` : `below ${amountText(limit, unit)}`;
    const what = level === 'warning' ? 'A warning' : 'Critical';
    return [
      isOver
        ? `${what} ${side}: it is ${distance} past that`
        : `${what} ${side}: ${distance} to go`,
    ];
  });
}
