import { connect, type Socket } from 'node:net';
import { systemCode } from '@om-ops/kit';
import { encodeFrame, FrameReader } from './frames.ts';

/** Why there is no talking to a daemon. */
export type NoDaemon =
  /** No socket, or nobody listens on it. */
  | 'absent'
  /** It is somebody else's. */
  | 'denied'
  /** It takes the connection and answers nothing in time. */
  | 'silent'
  /** What it says is not what PM2 says. */
  | 'broken';

export class DaemonError extends Error {
  readonly why: NoDaemon;

  constructor(why: NoDaemon, message: string) {
    super(message);
    this.why = why;
  }
}

/** A PM2 daemon has said that it cannot do what it was told. */
export class RefusedError extends Error {}

/**
 * A connection to a daemon's `rpc.sock`. Never starts a daemon, as every call of the program `pm2` does,
 * and hands it no environment.
 */
export class DaemonConnection implements Disposable {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, PromiseWithResolvers<unknown[]>>();
  #next = 0;
  #over: DaemonError | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) this.#answer(message);
      } catch (error) {
        this.#end(
          new DaemonError('broken', error instanceof Error ? error.message : String(error)),
        );
      }
    });
    socket.on('error', (error) => this.#end(connectionError(error)));
    socket.on('close', () => this.#end(new DaemonError('absent', 'it has closed the connection')));
  }

  /** @throws DaemonError */
  static open(path: string): Promise<DaemonConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', (error) => reject(connectionError(error)));
      socket.once('connect', () => resolve(new DaemonConnection(socket)));
    });
  }

  /**
   * Calls a method of the daemon.
   *
   * @throws DaemonError; RefusedError with what the daemon said; the signal's reason
   */
  async call(
    method: string,
    argument: unknown,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): Promise<unknown> {
    signal.throwIfAborted();
    if (this.#over !== undefined) throw this.#over;
    const id = `om-ops:${this.#next++}`;
    const answer = Promise.withResolvers<unknown[]>();
    this.#waiting.set(id, answer);
    const timer = setTimeout(
      () =>
        answer.reject(
          new DaemonError('silent', `it has not answered within ${timeoutMs / 1000} s`),
        ),
      timeoutMs,
    );
    const interrupt = () => answer.reject(signal.reason);
    signal.addEventListener('abort', interrupt, { once: true });
    this.#socket.write(encodeFrame([{ type: 'call', method, args: [argument] }, id]));
    try {
      const [said] = await answer.promise;
      return resultOf(said);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
      this.#waiting.delete(id);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #answer(message: unknown[]): void {
    const id = message.at(-1);
    if (typeof id === 'string') this.#waiting.get(id)?.resolve(message.slice(0, -1));
  }

  #end(error: DaemonError): void {
    this.#over ??= error;
    this.#socket.destroy();
    for (const { reject } of this.#waiting.values()) reject(this.#over);
  }
}

function resultOf(said: unknown): unknown {
  if (typeof said !== 'object' || said === null)
    throw new DaemonError('broken', 'it does not speak as PM2 does');
  if ('error' in said) throw new RefusedError(String(said.error));
  return 'args' in said && Array.isArray(said.args) ? said.args[0] : undefined;
}

function connectionError(error: Error): DaemonError {
  const code = systemCode(error);
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTDIR':
      return new DaemonError('absent', 'nothing listens there');
    case 'EACCES':
    case 'EPERM':
      return new DaemonError('denied', 'it is the PM2 of another user');
    case 'EAGAIN':
      return new DaemonError('silent', 'it takes no connections');
    default:
      return new DaemonError('broken', error.message);
  }
}
