import { chmodSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { dirname } from 'node:path';
import { fromSystemError, isThere, OpsError, shellWord, systemCode } from '@om-ops/kit';

/** Listens on loopback and nowhere else. @returns the port @throws OpsError E_PORT_TAKEN (exit 1), E_PERMISSION (5) */
export async function listenOnPort(server: Server, port: number): Promise<number> {
  try {
    await listening(server, () => server.listen({ host: '127.0.0.1', port }));
  } catch (error) {
    if (systemCode(error) === 'EADDRINUSE')
      throw new OpsError('E_PORT_TAKEN', `Port ${port} is taken by another program.`, {
        suggestions: [
          'Take another: --port 7862, or any that is free: --port 0',
          `See whose it is: ss -ltnp sport = :${port}`,
        ],
        cause: error,
      });
    throw fromSystemError(error, `listen on port ${port}`);
  }
  return (server.address() as AddressInfo).port;
}

/**
 * Listens on a socket that nobody else may open. What a killed dashboard has left there is taken away.
 *
 * @throws OpsError E_SOCKET_TAKEN (exit 2), E_PERMISSION, E_NOT_FOUND (5)
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  // The kernel takes no longer ones, and what it says of a folder that is not there misleads.
  if (Buffer.byteLength(path) > 107)
    throw new OpsError(
      'E_USAGE',
      `The name of the socket is too long: at most 107 bytes, and ${path} has more.`,
      {
        exit: 'usage',
        suggestions: ['Name a shorter one: --socket /run/user/1000/om-ops.sock'],
      },
    );
  if (!isThere(dirname(path)))
    throw new OpsError('E_NOT_FOUND', `There is no folder ${dirname(path)} for the socket.`, {
      exit: 'requirement',
      suggestions: [`Make it first: mkdir -m 700 ${shellWord(dirname(path))}`],
    });
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && (!found.isSocket() || (await answers(path))))
    throw new OpsError(
      'E_SOCKET_TAKEN',
      found.isSocket()
        ? `Another program answers at ${path}.`
        : `${path} is there, and is no socket.`,
      { exit: 'usage', suggestions: ['Name another file: --socket /run/user/1000/om-ops.sock'] },
    );
  if (found !== undefined) rmSync(path);
  // From its first moment on: between making it and chmod somebody else could connect.
  const before = process.umask(0o177);
  try {
    await listening(server, () => server.listen({ path }));
    chmodSync(path, 0o600);
  } catch (error) {
    throw fromSystemError(error, 'listen on', path);
  } finally {
    process.umask(before);
  }
}

function listening(server: Server, listen: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.once('listening', () => {
    server.off('error', reject);
    resolve();
  });
  listen();
  return promise;
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ path });
  socket.once('connect', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', () => resolve(false));
  return promise;
}
