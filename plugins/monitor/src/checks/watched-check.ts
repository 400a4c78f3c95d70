import type { Check, CheckAnswer, Metric, MetricUnit, State } from '@om-ops/kit';
import type { Thresholds } from '../pass/pass.ts';

/** A check of ours or of a plugin, as a pass runs it. */
export interface WatchedCheck {
  /** `disk:/`; of a plugin `nginx.certificate`. */
  id: string;
  tags: readonly string[];
  /** Where its thresholds come from. */
  source: string;
  /** What is read where, in a sentence; of a plugin's it is not known. */
  reads?: string;
  /** What its metrics are called in history. */
  seriesOf(metric: Metric): string;
  check: Check;
}

/** What one of ours found, and how it comes to its number, in lines with the numbers of the moment. */
export interface OwnAnswer extends CheckAnswer {
  arithmetic?: readonly string[];
}

/** Makes one of ours. Its first metric is what it is judged by, and is called as the check; the others `id.key`. */
export function ownCheck(
  id: string,
  {
    tags,
    source = 'default',
    reads,
    ...check
  }: Omit<Check, 'key' | 'run'> & {
    tags: readonly string[];
    source?: string;
    reads: string;
    run(signal: AbortSignal): Promise<OwnAnswer>;
  },
): WatchedCheck {
  return {
    id,
    tags,
    source,
    reads,
    seriesOf: ({ key }) => (key === 'value' ? id : `${id}.${key}`),
    check: { key: id, ...check },
  };
}

/** Of values that are bad above, or below. */
export function levelOf(value: number, { warning, critical, when }: Thresholds): State {
  const isBad = (limit: number | null) =>
    limit !== null && (when === 'above' ? value >= limit : value < limit);
  if (isBad(critical)) return 'critical';
  return isBad(warning) ? 'warning' : 'healthy';
}

/** The metric that a check is judged by. */
export function judged(
  label: string,
  value: number,
  unit: MetricUnit,
  { warning, critical, when }: Thresholds,
): Metric {
  return {
    key: 'value',
    label,
    value,
    unit,
    welcome: when === 'above' ? 'down' : 'up',
    limit: {
      when,
      ...(warning === null ? {} : { warning }),
      ...(critical === null ? {} : { critical }),
    },
  };
}

/** A number that goes into history and is judged by nothing. */
export function shownMetric(
  key: string,
  label: string,
  value: number | null,
  unit: MetricUnit,
): Metric {
  return { key, label, value, unit };
}

const order: readonly State[] = ['off', 'healthy', 'warning', 'unknown', 'critical'];

/** The worst of some; `off` when there is none. Unknown is worse than a warning, and critical worse than all. */
export function worstOf(states: readonly State[]): State {
  return states.reduce<State>(
    (worst, one) => (order.indexOf(one) > order.indexOf(worst) ? one : worst),
    'off',
  );
}

/** Worst first. */
export function byLevel(one: State, other: State): number {
  return order.indexOf(other) - order.indexOf(one);
}

/** A check whose number is judged by other limits. `alone`: by nothing else; without it the worse of the two counts. */
export function judgedAnew(
  one: WatchedCheck,
  {
    metric,
    limits,
    source,
    alone = false,
  }: {
    metric: string;
    limits: Thresholds & { warning: number; critical: number };
    source: string;
    alone?: boolean;
  },
): WatchedCheck {
  return {
    ...one,
    source,
    check: {
      ...one.check,
      run: async (signal) => {
        const answer = await one.check.run(signal);
        const found = answer.metrics?.find(({ key }) => key === metric);
        if (typeof found?.value !== 'number') return answer;
        const metrics = answer.metrics?.map((each) =>
          each === found ? { ...each, limit: limits } : each,
        );
        return {
          ...answer,
          ...(metrics === undefined ? {} : { metrics }),
          state: alone
            ? levelOf(found.value, limits)
            : worstOf([answer.state, levelOf(found.value, limits)]),
        };
      },
    },
  };
}
