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
  /**
   * `gauge`: a number that moves. `service`: there or not, and slow to come after a start. `age`: how long
   * ago something was done. `event`: it happened. Default: `gauge`.
   */
  kind?: 'gauge' | 'service' | 'age' | 'event';
  /** How long what it found is good for; it is not run again before. Default: each pass. */
  everyMs?: number;
  /** How many times in a row it must be bad before somebody is told. Default: by its kind. */
  samples?: number;
  /** Checks that it hangs on, as `topic.key`: while one of them is bad, this one is not told of. */
  after?: readonly string[];
  /** The name of the runbook for it. */
  runbook?: string;
  /** The command line that shows or mends it: `om-ops pm2 logs --err`. */
  command?: string;
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
