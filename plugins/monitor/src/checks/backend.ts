import { type CheckAnswer, mayBeThere, probe, type Site, type State } from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import type { HealthThresholds } from '../site/health.ts';
import { fieldOf } from './body.ts';
import { timing } from './http.ts';
import { ownCheck, type WatchedCheck, worstOf } from './watched-check.ts';

/** The backend's own word, at the first of its health addresses that it has. */
export function backendCheck(
  site: Pick<Site, 'backend' | 'below'>,
  {
    response,
    source,
    after,
  }: { response: HealthThresholds['response']; source: string; after: readonly string[] },
): WatchedCheck {
  return ownCheck('http:backend', {
    title: 'The backend',
    reads:
      'The health addresses of the backend (backend.health of the profile), the first that it has.',
    kind: 'service',
    samples: 3,
    tags: ['service', 'http', 'site'],
    after,
    runbook: 'integration',
    command: 'om-ops build errors',
    source,
    timeoutMs: 11_000,
    run: async (signal) => {
      const folder = site.below(site.backend.dir);
      if (!mayBeThere(folder))
        return { state: 'off', message: `This site has no backend: ${folder} does not exist.` };
      return askBackend(site, response, signal);
    },
  });
}

async function askBackend(
  { backend: { port, health } }: Pick<Site, 'backend'>,
  response: HealthThresholds['response'],
  signal: AbortSignal,
): Promise<CheckAnswer> {
  let last = '';
  for (const path of health.length === 0 ? ['/'] : health) {
    const url = `http://localhost:${port}${path}`;
    const answer = await probe({ url, bodyBytes: 64 * 1024 }, { timeoutMs: 10_000, signal });
    if (!answer.ok)
      return { state: 'critical', message: `The backend at ${url}: ${answer.message}.` };
    last = url;
    if (answer.status === 404) continue;
    const said = ownWord(answer.body);
    const timed = timing(answer.ms, response);
    const state = worstOf([
      timed.state,
      said?.state ?? 'healthy',
      answer.status >= 400 ? 'critical' : 'healthy',
    ]);
    const words = said === undefined ? '' : `, and says ${said.word} of itself`;
    return {
      state,
      message: `${url} answers ${answer.status} in ${formatDuration(answer.ms)}${words}.`,
      metrics: timed.metrics,
    };
  }
  // That it answers at all is what can be told: none of the addresses is one of this backend.
  return {
    state: 'unknown',
    message: `The backend answers on port ${port}, and has none of the health addresses of the profile: ${last} is not found. Name the right one: backend: {health: […]}`,
  };
}

const words: Readonly<Record<string, State>> = {
  warn: 'warning',
  warning: 'warning',
  degraded: 'warning',
  error: 'critical',
  err: 'critical',
  fail: 'critical',
  failed: 'critical',
  failing: 'critical',
  down: 'critical',
  critical: 'critical',
  unhealthy: 'critical',
  unavailable: 'critical',
};

/** A health address may answer 200 and say that it is ill. */
function ownWord(body: string): { word: string; state: State } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const word = fieldOf(value, 'status');
  const state = typeof word === 'string' ? words[word.toLowerCase()] : undefined;
  return typeof word === 'string' && state !== undefined ? { word, state } : undefined;
}
