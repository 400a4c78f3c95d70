import { connect } from 'node:net';
import { systemCode } from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import { msOf } from '../site/amounts.ts';
import type { TcpTarget } from '../site/checks.ts';
import { serviceMs } from './http.ts';
import { ownCheck, shownMetric, type WatchedCheck } from './watched-check.ts';

export function tcpCheck(
  name: string,
  { host, port, timeout }: TcpTarget,
  {
    tags,
    after,
    runbook = 'integration',
  }: { tags: readonly string[]; after: readonly string[]; runbook?: string | undefined },
): WatchedCheck {
  const where = `${host}:${port}`;
  return ownCheck(`tcp:${name}`, {
    title: `The port ${name}`,
    reads: `A connection to ${where}.`,
    kind: 'service',
    samples: 3,
    tags: ['service', 'tcp', ...tags],
    after,
    runbook,
    timeoutMs: msOf(timeout ?? `${serviceMs}ms`),
    run: async (signal) => {
      const started = performance.now();
      const problem = await connectProblem(host, port, signal);
      const ms = Math.round(performance.now() - started);
      return problem === undefined
        ? {
            state: 'healthy',
            message: `${where} took a connection in ${formatDuration(ms)}.`,
            metrics: [shownMetric('value', `Connecting to ${name}`, ms, 'ms')],
          }
        : { state: 'critical', message: `${where}: ${problem}.` };
    },
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no way to this host',
  ENETUNREACH: 'no way to this network',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name could not be resolved',
};

function connectProblem(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (problem?: string) => {
      signal.removeEventListener('abort', late);
      socket.destroy();
      resolve(problem);
    };
    const late = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', late, { once: true });
    socket.once('connect', () => end());
    socket.once('error', (error) => {
      const last = error instanceof AggregateError ? error.errors.at(-1) : error;
      const code = systemCode(last);
      end(reasons[code ?? ''] ?? code ?? 'it cannot be reached');
    });
  });
}
