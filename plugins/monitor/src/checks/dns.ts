import { Resolver } from 'node:dns/promises';
import { systemCode } from '@om-ops/kit';
import { msOf } from '../site/amounts.ts';
import type { DnsTarget } from '../site/checks.ts';
import { ownCheck, shownMetric, type WatchedCheck } from './watched-check.ts';

/** The records of a name, from a resolver that remembers nothing. */
export function dnsCheck(
  label: string,
  { name, type, expect, server, timeout = '5s' }: DnsTarget,
  {
    tags,
    after,
    runbook = 'integration',
  }: { tags: readonly string[]; after: readonly string[]; runbook?: string | undefined },
): WatchedCheck {
  return ownCheck(`dns:${label}`, {
    title: `The name ${label}`,
    reads: `${type ?? 'A and AAAA'} of ${name}${server === undefined ? '' : ` at ${server}`}.`,
    kind: 'service',
    samples: 3,
    tags: ['dns', ...tags],
    after,
    runbook,
    timeoutMs: msOf(timeout) + 500,
    run: async (signal) => {
      const resolver = new Resolver({ timeout: msOf(timeout), tries: 1 });
      if (server !== undefined) resolver.setServers([server]);
      const stop = () => resolver.cancel();
      signal.addEventListener('abort', stop, { once: true });
      const started = performance.now();
      try {
        const found = await recordsOf(resolver, name, type);
        const ms = Math.round(performance.now() - started);
        const metrics = [shownMetric('value', `Resolving ${label}`, ms, 'ms')];
        if (found.length === 0)
          return { state: 'critical', message: `${name} has no ${type ?? 'address'}.`, metrics };
        const differs = expect !== undefined && !isSame(expect, found);
        return {
          state: differs ? 'critical' : 'healthy',
          message: differs
            ? `${name} is ${found.join(', ')}, and ${expect.join(', ')} is expected.`
            : `${name} is ${found.join(', ')}.`,
          metrics,
        };
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  });
}

const isSame = (expected: readonly string[], found: readonly string[]): boolean =>
  expected.length === found.length && expected.every((one) => found.includes(one));

async function recordsOf(
  resolver: Resolver,
  name: string,
  type: DnsTarget['type'],
): Promise<string[]> {
  if (type === undefined) {
    const both = [await records(resolver, name, 'A'), await records(resolver, name, 'AAAA')];
    return both.flat();
  }
  return records(resolver, name, type);
}

/** None when the name or its record does not exist. What a server did not say is no answer, and is thrown. */
async function records(
  resolver: Resolver,
  name: string,
  type: NonNullable<DnsTarget['type']>,
): Promise<string[]> {
  try {
    const found = await resolver.resolve(name, type);
    return [found]
      .flat(2)
      .map((one) =>
        typeof one === 'string'
          ? one
          : 'exchange' in one
            ? String(one.exchange)
            : JSON.stringify(one),
      );
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw new Error(`no server of names answered for ${name} (${code ?? 'no reason given'})`);
  }
}
