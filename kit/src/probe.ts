import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { messageOf, systemCode } from './errors.ts';

export interface ProbeTarget {
  /** http or https. */
  url: string;
  method?: 'GET' | 'HEAD';
  headers?: Readonly<Record<string, string>>;
  /** Where to connect, whatever the name in `url` resolves to: nginx on this machine, a Unix socket. */
  connect?: { host: string; port?: number } | { socketPath: string };
  /** Take a certificate that does not verify; `tls.authorized` tells. */
  insecure?: boolean;
  /** How much of the body is kept. Default 4096 bytes. */
  bodyBytes?: number;
}

export interface ProbeAnswer {
  ok: true;
  status: number;
  ms: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  tls?: { authorized: boolean; validTo: string; daysLeft: number; issuer: string };
}

export interface ProbeFailure {
  ok: false;
  why: 'refused' | 'timeout' | 'no-such-host' | 'certificate' | 'reset' | 'bad-answer';
  ms: number;
  /** The end of a sentence: `connection refused`. */
  message: string;
}

const reasons: Readonly<Record<string, ProbeFailure['why']>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'refused',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'no-such-host',
  EAI_AGAIN: 'no-such-host',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

/** One request, no redirect followed, no retry. Never throws for what the network or the server does. @throws the signal's reason */
export async function probe(
  target: ProbeTarget,
  { timeoutMs = 5000, signal }: { timeoutMs?: number; signal: AbortSignal },
): Promise<ProbeAnswer | ProbeFailure> {
  signal.throwIfAborted();
  const url = new URL(target.url);
  const { request } =
    url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  const timeout = AbortSignal.timeout(timeoutMs);
  const connect: { host?: string; port?: number; socketPath?: string } = target.connect ?? {};
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        protocol: url.protocol,
        hostname: connect.host ?? url.hostname,
        port: connect.port ?? (url.port || undefined),
        ...(connect.socketPath === undefined ? {} : { socketPath: connect.socketPath }),
        ...(url.protocol === 'https:'
          ? { servername: url.hostname, rejectUnauthorized: target.insecure !== true }
          : {}),
        path: url.pathname + url.search,
        method: target.method ?? 'GET',
        headers: { host: url.host, 'user-agent': 'om-ops', ...target.headers },
        agent: false,
        signal: AbortSignal.any([signal, timeout]),
      },
      (response) => {
        keepBody(response, target.bodyBytes ?? 4096).then((body) => {
          resolve({
            ok: true,
            status: response.statusCode ?? 0,
            ms: ms(),
            headers: response.headers as Record<string, string | undefined>,
            body,
            ...(url.protocol === 'https:' ? { tls: tlsOf(response.socket as TLSSocket) } : {}),
          });
        }, fail);
      },
    );
    const fail = (error: unknown) => {
      if (signal.aborted) return reject(signal.reason);
      const code = systemCode(error) ?? '';
      const why: ProbeFailure['why'] = timeout.aborted
        ? 'timeout'
        : (reasons[code] ??
          (/CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(code) ? 'certificate' : 'bad-answer'));
      resolve({
        ok: false,
        why,
        ms: ms(),
        message: timeout.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error),
      });
    };
    sent.on('error', fail);
    sent.end();
  });
}

async function keepBody(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most).toString('utf8');
}

function tlsOf(socket: TLSSocket): NonNullable<ProbeAnswer['tls']> {
  const { valid_to, issuer } = socket.getPeerCertificate();
  const validTo = new Date(valid_to);
  return {
    authorized: socket.authorized,
    validTo: validTo.toISOString(),
    daysLeft: Math.floor((validTo.getTime() - Date.now()) / 86_400_000),
    issuer: String(issuer?.O ?? issuer?.CN ?? ''),
  };
}
