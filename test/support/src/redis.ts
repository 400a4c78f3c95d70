import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly socket: string;
  readonly pid: number;
}

/** Starts a Redis with a folder, socket and port of its own. */
export async function startRedis({ password }: { password?: string } = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-redis-'));
  try {
    const port = await freePort();
    const socket = join(folder, 'redis.sock');
    const server = await startDaemon(
      programPath('redis-server'),
      [
        ...[
          '--port',
          String(port),
          '--bind',
          '127.0.0.1',
          '--unixsocket',
          socket,
          '--dir',
          folder,
          '--save',
          '',
        ],
        ...(password === undefined ? [] : ['--requirepass', password]),
      ],
      /Ready to accept connections/,
    );
    return {
      port,
      socket,
      pid: server.pid,
      async [Symbol.asyncDispose]() {
        await server.stop('SIGKILL');
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
