import { type ProbeAnswer, type ProbeFailure, probe } from '@om-ops/kit';
import { connectTo } from '../routing/address.ts';
import type { Answering } from '../routing/servers.ts';

/** What came back for one request through one address. */
export interface Answer {
  address: string;
  url: string;
  /** Null: no answer. */
  status: number | null;
  /** `200`, `connection refused`. */
  said: string;
  /** The certificate that was shown. */
  certificate?: {
    validTo: string;
    daysLeft: number;
    problem: string | null;
    /** SHA-256. */
    fingerprint: string;
  };
}

/** Asks for a path at each address, as a browser of the site does. One that wants a load balancer's header is left out. */
export async function answers(
  at: readonly Answering[],
  { serverName, path }: { serverName: string; path: string },
  signal: AbortSignal,
): Promise<Answer[]> {
  const asked = at.filter(({ listen }) => !listen.isProxyProtocol);
  return Promise.all(
    asked.map(async ({ address, listen }) => {
      const connect = connectTo(address);
      const port = 'port' in connect ? `:${connect.port}` : '';
      const url = `${listen.isSsl ? 'https' : 'http'}://${hostOf(serverName)}${port}${path}`;
      const answer = await probe(
        { url, connect, insecure: true, bodyBytes: 0 },
        { signal, timeoutMs: 10_000 },
      );
      return { address, url, ...said(answer) };
    }),
  );
}

/** A name that is none, `_`, is asked for as nobody's. */
function hostOf(serverName: string): string {
  return /^[\w.-]*[a-z0-9][\w.-]*$/i.test(serverName) ? serverName : 'localhost';
}

function said(answer: ProbeAnswer | ProbeFailure): Omit<Answer, 'address' | 'url'> {
  const { tls } = answer;
  const certificate =
    tls === undefined
      ? {}
      : {
          certificate: {
            validTo: tls.validTo,
            daysLeft: tls.daysLeft,
            problem: tls.problem,
            fingerprint: tls.fingerprint,
          },
        };
  return answer.ok
    ? { status: answer.status, said: String(answer.status), ...certificate }
    : { status: null, said: answer.message, ...certificate };
}

/** What is worse after a change than before, as a sentence; undefined: nothing. */
export function worse(before: readonly Answer[], after: readonly Answer[]): string | undefined {
  for (const now of after) {
    const then = before.find(({ address }) => address === now.address);
    if (then === undefined || !isWorse(then, now)) continue;
    return `${now.url} answered ${then.said} before, and ${now.said} with the new configuration.`;
  }
  return undefined;
}

function isWorse(then: Answer, now: Answer): boolean {
  if (now.status === null) return then.status !== null;
  if (now.status >= 500) return then.status !== null && then.status < 500;
  // Too many requests says nothing of the configuration.
  if (now.status >= 400 && now.status !== 429) return then.status !== null && then.status < 400;
  return false;
}

/** What was bad before and still is, as sentences. */
export function stillBad(after: readonly Answer[]): string[] {
  return after
    .filter(({ status }) => status === null || status >= 500)
    .map(({ url, said }) => `${url} answers ${said}, as it did before: the backend may be down.`);
}
