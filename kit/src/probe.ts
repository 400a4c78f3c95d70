import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { withDeadline } from './deadline.ts';
import { messageOf, OpsError, systemCode } from './errors.ts';
import type { ProbeTls } from './probe-tls.ts';

export interface ProbeTarget {
  /** http or https. */
  url: string;
  method?: 'GET' | 'HEAD';
  headers?: Readonly<Record<string, string>>;
  /** Where to connect, whatever the name in `url` resolves to: nginx on this machine, a Unix socket. SNI and Host stay the URL's. */
  connect?: { host: string; port?: number } | { socketPath: string };
  /** Ask although the certificate does not verify; `tls.problem` tells. */
  insecure?: boolean;
  /** How much of the body is kept; reading stops there. Default 4096 bytes. */
  bodyBytes?: number;
}

export interface ProbeAnswer {
  ok: true;
  /** Of the first answer: a redirect is not followed, `headers.location` has it. */
  status: number;
  /** From connecting to the end of what is kept of the body. */
  ms: number;
  /** Names in lower case; of a name that came several times, the values with `, ` between them. */
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  /** Of an https address. */
  tls?: ProbeTls;
}

export interface ProbeFailure {
  ok: false;
  /**
   * `refused`: nothing listens there, or it may not be reached. `reset`: the connection broke off.
   * `bad-answer`: what came is no HTTP, or no TLS.
   */
  why:
    | 'refused'
    | 'unreachable'
    | 'timeout'
    | 'no-such-host'
    | 'certificate'
    | 'reset'
    | 'bad-answer';
  ms: number;
  /** The end of a sentence: `connection refused`. */
  message: string;
  /** The certificate, of an https address that showed one. */
  tls?: ProbeTls;
}

type Reason = readonly [why: ProbeFailure['why'], message: string];

const reasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  ENOENT: ['refused', 'there is no such socket'],
  ENOTSOCK: ['refused', 'it is no socket'],
  EACCES: ['refused', 'permission denied'],
  EPERM: ['refused', 'permission denied'],
  EHOSTUNREACH: ['unreachable', 'no way to this host'],
  ENETUNREACH: ['unreachable', 'no way to this network'],
  EADDRNOTAVAIL: ['unreachable', 'no way to this address'],
  ETIMEDOUT: ['timeout', 'no connection in time'],
  ENOTFOUND: ['no-such-host', 'no such host'],
  EAI_AGAIN: ['no-such-host', 'the name could not be resolved'],
  ECONNRESET: ['reset', 'the connection was closed before the answer was whole'],
  EPIPE: ['reset', 'the connection was closed before the answer was whole'],
};

/**
 * One request over a connection of its own: no redirect followed, no retry, no proxy. Never throws for
 * what the network or the server does. A certificate is looked at before anything is sent.
 *
 * @param options timeoutMs for everything together, default 5000
 * @throws OpsError E_BAD_URL (exit 2); the signal's reason
 */
export async function probe(
  target: ProbeTarget,
  { timeoutMs = 5000, signal }: { timeoutMs?: number; signal: AbortSignal },
): Promise<ProbeAnswer | ProbeFailure> {
  const url = addressOf(target.url);
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  const seen: { status?: number; socket?: Socket; tls?: ProbeTls } = {};
  try {
    return await withDeadline(timeoutMs, signal, async () => {
      const { socket, tls } = await connected(url, target, seen);
      if (tls !== undefined) seen.tls = tls;
      if (tls?.authorized === false && target.insecure !== true) throw new CertificateError(tls);
      const response = await answer(url, target, socket);
      seen.status = response.statusCode ?? 0;
      const body = await keptBody(response, target.bodyBytes ?? 4096);
      const kept = {
        ok: true,
        status: seen.status,
        ms: ms(),
        headers: headersOf(response),
      } as const;
      return { ...kept, body, ...(tls === undefined ? {} : { tls }) };
    });
  } catch (error) {
    signal.throwIfAborted();
    const [why, message] =
      error instanceof CertificateError
        ? (['certificate', error.message] as const)
        : reasonOf(error, seen.status, timeoutMs);
    return {
      ok: false,
      why,
      ms: ms(),
      message,
      ...(seen.tls === undefined ? {} : { tls: seen.tls }),
    };
  } finally {
    seen.socket?.destroy();
  }
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new OpsError('E_BAD_URL', `${text} is no address that can be asked.`, {
    exit: 'usage',
    suggestions: ['Give a whole address that begins with http:// or https://'],
  });
}

/** Kept apart from the errors of the network, which the system throws. */
class CertificateError extends Error {
  constructor(tls: ProbeTls) {
    super(tls.problem ?? 'the certificate does not verify');
  }
}

async function connected(
  url: URL,
  target: ProbeTarget,
  seen: { socket?: Socket },
): Promise<{ socket: Socket; tls?: ProbeTls }> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isTls = url.protocol === 'https:';
  const given: { host?: string; port?: number; socketPath?: string } = target.connect ?? {};
  const port = given.port ?? (url.port === '' ? (isTls ? 443 : 80) : Number(url.port));
  const where =
    given.socketPath === undefined
      ? { host: given.host ?? host, port }
      : { path: given.socketPath };
  if (isTls) {
    const { connectTls } = await import('./probe-tls.ts');
    return connectTls(where, host, (socket) => {
      seen.socket = socket;
    });
  }
  const { connect } = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect(where);
    seen.socket = socket;
    socket.once('error', reject);
    socket.once('connect', () => resolve({ socket }));
  });
}

async function answer(url: URL, target: ProbeTarget, socket: Socket): Promise<IncomingMessage> {
  const { request } = await import('node:http');
  const { username, password } = url;
  return new Promise((resolve, reject) => {
    const sent = request({
      createConnection: () => socket,
      path: url.pathname + url.search,
      method: target.method ?? 'GET',
      headers: { host: url.host, 'user-agent': 'om-ops', connection: 'close', ...target.headers },
      ...(username === ''
        ? {}
        : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
    });
    sent.once('response', resolve);
    // More than one may come: a socket that is closed while the body is read is no fault of ours.
    sent.on('error', reject);
    sent.end();
  });
}

/** Stops at `most`: a body without an end must not hold up whoever asks. */
async function keptBody(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (most > 0) {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= most) break;
    }
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, most).toString('utf8');
}

function headersOf({ headers }: IncomingMessage): ProbeAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

function reasonOf(thrown: unknown, status: number | undefined, timeoutMs: number): Reason {
  // Of a name with several addresses, one error for all; its own message is empty.
  const error = thrown instanceof AggregateError ? (thrown.errors.at(-1) ?? thrown) : thrown;
  const code = systemCode(error);
  if (code === undefined && messageOf(error).startsWith('no answer within')) {
    return status === undefined
      ? ['timeout', `no answer within ${timeoutMs} ms`]
      : ['timeout', `answered ${status}, and the rest did not come within ${timeoutMs} ms`];
  }
  const known = reasons[code ?? ''];
  if (known !== undefined && (code !== 'ECONNRESET' || status === undefined)) return known;
  if (code === 'ECONNRESET') return ['reset', `answered ${status}, and then broke off`];
  return ['bad-answer', messageOf(error)];
}
