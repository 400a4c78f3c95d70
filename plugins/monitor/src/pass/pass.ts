import type { Metric, MetricUnit, State } from '@om-ops/kit';

/** One look at everything, or at what was chosen of it: what is stored, shown and judged by the rules of alerts. */
export interface Pass {
  /** When it ended; ISO 8601 with offset. */
  at: string;
  /** /proc/sys/kernel/random/boot_id; empty where it cannot be read. */
  bootId: string;
  /** How long the machine had been running at its end. Of one `bootId` only ever growing: durations are told by it. */
  uptimeSeconds: number;
  durationMs: number;
  /** How long until the next is due. */
  everyMs: number;
  /** Since the end of the whole pass before; null: there was none. */
  gapSeconds: number | null;
  /** False: some checks were chosen, and what is not in `checks` was not looked at. */
  whole: boolean;
  level: State;
  /** The share of what is healthy among the services that could be tried, in percent; null: none could be. */
  score: number | null;
  counts: Record<State, number>;
  checks: PassCheck[];
  /** Numbers of the machine that nothing is judged by. */
  metrics: Metric[];
}

export interface Thresholds {
  /** Null: never. */
  warning: number | null;
  critical: number | null;
  when: 'above' | 'below';
}

export interface PassCheck {
  /** `cpu`, `disk:/`, `http:backend`; of a plugin `nginx.certificate`. */
  id: string;
  title: string;
  kind: 'gauge' | 'service' | 'age' | 'event';
  level: State;
  /** The number it is judged by; null: there is none, or it is not known. */
  value: number | null;
  unit: MetricUnit | null;
  /** One sentence, with the number. */
  text: string;
  /** Since when it is at this level, as far as was watched; ISO 8601 with offset. */
  since: string;
  thresholds: Thresholds | null;
  /** Where the thresholds come from: `default`, `om-ops.yaml:12`, or the plugin that has its own. */
  source: string;
  durationMs: number;
  /** What was found before and is still good: it was not due. */
  stale: boolean;
  /** When it was looked at; ISO 8601 with offset. */
  at: string;
  /** How many times it was looked at in this pass. */
  tries: number;
  /** How many times in a row it has to be bad before somebody is told; null: by its kind. */
  samples: number | null;
  /** Ids of checks that it hangs on. */
  after: readonly string[];
  runbook: string | null;
  command: string | null;
  tags: readonly string[];
  metrics: readonly Metric[];
  /** Why there is no answer, without a full stop; `level` is `unknown` then. */
  failure: string | null;
}
