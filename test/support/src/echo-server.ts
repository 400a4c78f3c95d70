import { createServer, type Server } from 'node:http';
import type { CleansUp } from './temp.ts';

/** What a backend was asked. */
export interface Echo {
  url: string;
  method: string;
  httpVersion: string;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
}

export interface EchoServer {
  port: number;
  /** What it answers from now on. Default 200. */
  status: number;
  stop(): Promise<void>;
}

/** A backend on a free port of 127.0.0.1 that answers with what it was asked, as JSON. */
export async function echoServer(test: CleansUp): Promise<EchoServer> {
  const echo: { status: number } = { status: 200 };
  const server: Server = createServer((request, response) => {
    const { url = '', method = '', httpVersion, headers } = request;
    request.resume();
    response.writeHead(echo.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ url, method, httpVersion, headers } satisfies Echo));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  test.after(stop);
  return Object.assign(echo, { port: address.port, stop });
}
