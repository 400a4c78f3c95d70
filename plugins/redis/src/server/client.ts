import { connect as connectTcp, type Socket } from 'node:net';

/** What Redis answers. Texts come as bytes: keys are no text. */
export type Reply = Buffer | number | null | Reply[] | RedisError;

/** `ERR`, `NOAUTH`, `WRONGTYPE`: an answer that is no answer. */
export class RedisError extends Error {
  get code(): string {
    return this.message.split(' ', 1)[0] ?? 'ERR';
  }
}

export interface RedisAddress {
  host?: string;
  port?: number;
  socket?: string;
  tls: boolean;
  db: number;
  user?: string;
  password?: string;
  /** For people: `127.0.0.1:6379/0`. */
  where: string;
}

const timeoutMs = 10_000;

/** One connection, commands in their order. @throws RedisError, the error of the network */
export class RedisClient implements AsyncDisposable {
  readonly address: RedisAddress;
  readonly #socket: Socket;
  readonly #waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #ended: Error | undefined;

  private constructor(address: RedisAddress, socket: Socket) {
    this.address = address;
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
  }

  static async open(address: RedisAddress, signal: AbortSignal): Promise<RedisClient> {
    signal.throwIfAborted();
    const socket = await connected(address);
    const client = new RedisClient(address, socket);
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
    try {
      if (address.password !== undefined)
        await client.call(
          'AUTH',
          ...(address.user === undefined ? [] : [address.user]),
          address.password,
        );
      if (address.db !== 0) await client.call('SELECT', address.db);
      return client;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** @throws RedisError when the answer is an error */
  async call(...args: readonly (string | number | Buffer)[]): Promise<Reply> {
    const [reply] = await this.pipeline([args]);
    if (reply instanceof RedisError) throw reply;
    return reply ?? null;
  }

  /** The text of an answer; empty for none. */
  async text(...args: readonly (string | number | Buffer)[]): Promise<string> {
    const reply = await this.call(...args);
    return Buffer.isBuffer(reply) ? reply.toString() : reply === null ? '' : String(reply);
  }

  /** Several commands in one go; errors stand among the answers. */
  pipeline(commands: readonly (readonly (string | number | Buffer)[])[]): Promise<Reply[]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const replies = commands.map(
      () =>
        new Promise<Reply>((resolve, reject) => {
          this.#waiting.push({ resolve, reject });
        }),
    );
    this.#socket.write(Buffer.concat(commands.map(encoded)));
    return Promise.all(replies);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.end();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const parsed = parse(this.#rest, at);
      if (parsed === undefined) break;
      at = parsed.end;
      this.#waiting.shift()?.resolve(parsed.reply);
    }
    this.#rest = this.#rest.subarray(at);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

async function connected(address: RedisAddress): Promise<Socket> {
  const { host = '127.0.0.1', port = 6379, socket: path, tls } = address;
  const { connect: connectTls } = await import('node:tls');
  return new Promise((resolve, reject) => {
    const socket: Socket =
      path !== undefined
        ? connectTcp({ path })
        : tls
          ? connectTls({ host, port, servername: host })
          : connectTcp({ host, port });
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error('it does not answer'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    const done = () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(socket);
    };
    const failed = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', failed);
    socket.once(tls && path === undefined ? 'secureConnect' : 'connect', done);
  });
}

function encoded(args: readonly (string | number | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** One answer from a place on; undefined: it is not all there yet. */
function parse(data: Buffer, at: number): { reply: Reply; end: number } | undefined {
  const eol = data.indexOf('\r\n', at);
  if (eol === -1) return undefined;
  const line = data.toString('utf8', at + 1, eol);
  const next = eol + 2;
  switch (data[at]) {
    case 0x2b:
      return { reply: Buffer.from(line), end: next };
    case 0x2d:
      return { reply: new RedisError(line), end: next };
    case 0x3a:
      return { reply: Number(line), end: next };
    case 0x24: {
      const length = Number(line);
      if (length < 0) return { reply: null, end: next };
      if (data.length < next + length + 2) return undefined;
      return { reply: Buffer.from(data.subarray(next, next + length)), end: next + length + 2 };
    }
    case 0x2a: {
      const count = Number(line);
      if (count < 0) return { reply: null, end: next };
      const items: Reply[] = [];
      let end = next;
      for (let item = 0; item < count; item++) {
        const parsed = parse(data, end);
        if (parsed === undefined) return undefined;
        items.push(parsed.reply);
        end = parsed.end;
      }
      return { reply: items, end };
    }
    default:
      return {
        reply: new RedisError(`ERR this is no answer of Redis: ${line.slice(0, 50)}`),
        end: data.length,
      };
  }
}

/** `INFO` by its names. */
export async function info(client: RedisClient, section = 'default'): Promise<Map<string, string>> {
  const text = await client.text('INFO', section);
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':');
      return at <= 0 || line.startsWith('#')
        ? []
        : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}
