import { isOpsError, OpsError, type Progress, type Redact } from '@om-ops/kit';
import { type Look, unseen } from '../kinds/look.ts';
import { lookAtService, type Managers } from '../look/managers.ts';
import type { OrderPlan, Step } from './plan.ts';
import { waitForOrder } from './wait.ts';

export interface CarryOut {
  managers: Managers;
  timeoutMs: number;
  settleMs: number;
  redact: Redact;
}

const wantedLines = 20;

/**
 * Tells one service after the other, and goes on only when the order has come to what it is for.
 *
 * @throws OpsError E_SERVICE_FAILED, E_TIMED_OUT, E_SERVICE_ORDER (exit 1) with what it has printed last
 */
export async function carryOut(
  { steps }: OrderPlan,
  options: CarryOut,
  progress: Progress,
): Promise<void> {
  const { managers, timeoutMs, settleMs } = options;
  for (const step of steps) {
    progress.signal.throwIfAborted();
    const { service, order, before } = step;
    const since = new Date(Date.now() - 1000);
    step.outcome = 'begun';
    try {
      await managers[service.how.kind].order(service, order, before, progress);
      step.after = await waitForOrder({
        service,
        order,
        before,
        managers,
        timeoutMs,
        settleMs,
        progress,
      });
      step.outcome = 'done';
    } catch (error) {
      if (!isOpsError(error) || progress.signal.aborted) throw error;
      step.outcome = 'failed';
      step.after = { look: await lookNow(step, managers), ready: undefined };
      step.lastLines = await lastLines(step, since, options);
      throw withLines(error, step.lastLines);
    }
  }
}

/** How it stands after it has failed; the wait for it is over. */
function lookNow({ service }: Step, managers: Managers): Promise<Look> {
  return lookAtService(service, managers, AbortSignal.timeout(10_000)).catch(() =>
    unseen('It could not be seen.'),
  );
}

async function lastLines(
  { service }: Step,
  since: Date,
  { managers, redact }: CarryOut,
): Promise<string[]> {
  const found: string[] = [];
  const signal = AbortSignal.timeout(10_000);
  try {
    const lines = managers[service.how.kind].lines(service, {
      lines: wantedLines,
      follow: false,
      since,
      redact,
      signal,
    });
    for await (const { text } of lines) found.push(text);
  } catch {
    // That it did not come up is what has to be said.
  }
  return found.slice(-wantedLines);
}

function withLines(error: OpsError, lines: readonly string[]): OpsError {
  const said =
    lines.findLast((line) =>
      /\b[A-Za-z]*(?:Error|Exception|error|fatal|failed)\b.*\S/.test(line),
    ) ?? lines.at(-1);
  if (said === undefined) return error;
  const message = `${error.message} It printed last: ${said.trim().slice(0, 300)}`;
  return Object.assign(
    new OpsError(error.code, message, { suggestions: error.suggestions, cause: error }),
    { exit: error.exit },
  );
}
