import { type CheckAnswer, type ProbeAnswer, probe, type State } from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import { msOf } from '../site/amounts.ts';
import type { HttpTarget } from '../site/checks.ts';
import type { HealthThresholds } from '../site/health.ts';
import { bodyProblems } from './body.ts';
import { judged, levelOf, ownCheck, type WatchedCheck, worstOf } from './watched-check.ts';

/** How long a service may take, where the profile says nothing. */
export const serviceMs = 10_000;
/** What is kept of a body that is looked into. */
const bodyBytes = 1024 * 1024;

interface HttpOptions {
  tags: readonly string[];
  after: readonly string[];
  runbook?: string | undefined;
  response: HealthThresholds['response'];
  source: string;
}

/** One address that the profile names. */
export function httpCheck(
  name: string,
  target: HttpTarget,
  { tags, after, runbook = 'integration', response, source }: HttpOptions,
): WatchedCheck {
  const limitMs = msOf(target.timeout ?? `${serviceMs}ms`);
  return ownCheck(`http:${name}`, {
    title: `The address ${name}`,
    reads: `GET ${target.url}: status, time, and what the profile says of the body.`,
    kind: 'service',
    samples: 3,
    tags: ['service', 'http', ...tags],
    after,
    runbook,
    source,
    // A little more, so that what the probe knows of the silence is what is told.
    timeoutMs: limitMs + 1000,
    run: async (signal) => {
      const looksInside = [target.text, target.json, target.equal, target.max].some((one) => one);
      const answer = await probe(
        { url: target.url, ...(looksInside ? { bodyBytes } : {}) },
        { timeoutMs: limitMs, signal },
      );
      if (!answer.ok)
        return { state: 'critical', message: `${target.url}: ${answer.message}.`, metrics: [] };
      return httpAnswer(target, answer, response);
    },
  });
}

function httpAnswer(
  target: HttpTarget,
  answer: ProbeAnswer,
  response: HealthThresholds['response'],
): CheckAnswer {
  const { url } = target;
  const expected = [target.expect ?? target.status ?? 200].flat();
  const problems: { state: State; text: string }[] = [];
  if (!expected.includes(answer.status))
    problems.push({
      state: 'critical',
      text: `it answers ${answer.status}, and ${expected.join(' or ')} is expected`,
    });
  else
    problems.push(
      ...bodyProblems(target, answer.body).map((text) => ({ state: 'critical' as const, text })),
    );
  const timed = timing(answer.ms, response);
  const slow = timed.state !== 'healthy' || answer.ms > (target.maxMs ?? Number.POSITIVE_INFINITY);
  if (slow)
    problems.push({
      state: worstOf([timed.state, 'warning']),
      text: `it took ${formatDuration(answer.ms)}`,
    });
  return {
    state: worstOf(['healthy', ...problems.map(({ state }) => state)]),
    message:
      problems.length === 0
        ? `${url} answers ${answer.status} in ${formatDuration(answer.ms)}.`
        : `${url}: ${problems.map(({ text }) => text).join('; ')}.`,
    metrics: timed.metrics,
  };
}

/** What the time of an answer is worth. */
export function timing(
  ms: number,
  { warning, critical }: HealthThresholds['response'],
): Required<Pick<CheckAnswer, 'state' | 'metrics'>> {
  const limits = { warning: msOf(warning), critical: msOf(critical), when: 'above' } as const;
  return { state: levelOf(ms, limits), metrics: [judged('Answer', ms, 'ms', limits)] };
}
