import { withDeadline } from '../deadline.ts';
import { clauseOf, messageOf } from '../errors.ts';

import { isState, type Metric, type State } from './state.ts';

/** One thing that can be looked at again and again, and is healthy or not. */
export interface Check {
  /** Unique within the plugin and the same for ever: `certificate`. Elsewhere it is `nginx.certificate`. */
  key: string;
  title: string;
  /** Its own limit of time. Default: that of whoever asks. */
  timeoutMs?: number;
  /** Looks and changes nothing. Throwing counts as `unknown`. */
  run(signal: AbortSignal): Promise<CheckAnswer>;
}

export interface CheckAnswer {
  state: State;
  /** One sentence. */
  message: string;
  metrics?: readonly Metric[];
}

export interface CheckResult {
  /** `topic.key`. */
  id: string;
  topic: string;
  title: string;
  state: State;
  message: string;
  metrics: readonly Metric[];
  ms: number;
  /** Why there is no answer, without a full stop; `state` is `unknown` then. */
  failure?: string;
}

/**
 * Runs all at once, each with its limit of time; late or broken is `unknown` with the reason.
 *
 * @throws the signal's reason
 */
export function runChecks(
  checks: readonly { topic: string; value: Check }[],
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async ({ topic, value: check }): Promise<CheckResult> => {
      const { key, title } = check;
      const head = { id: `${topic}.${key}`, topic, title };
      const started = performance.now();
      const ms = () => Math.round(performance.now() - started);
      try {
        const {
          state,
          message,
          metrics = [],
        } = await withDeadline(check.timeoutMs ?? timeoutMs, signal, (both) => check.run(both));
        if (!isState(state)) throw new Error('it gave no state that om-ops knows');
        return { ...head, state, message, metrics, ms: ms() };
      } catch (error) {
        signal.throwIfAborted();
        const failure = clauseOf(messageOf(error));
        const message = `${title} could not be checked: ${failure}.`;
        return { ...head, state: 'unknown', message, metrics: [], ms: ms(), failure };
      }
    }),
  );
}
