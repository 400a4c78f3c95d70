import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type HistoryAnswer, type WindowName, windows } from '../report/types.ts';
import { pathOf, refusalOf } from './access.ts';
import type { Watchers } from './watchers.ts';

export interface AckWish {
  id: string;
  /** `4h`; null: until it is resolved. */
  for: string | null;
  note: string | null;
}

export interface DashboardServerOptions {
  token: string;
  hosts: readonly string[];
  /** The page and its Content-Security-Policy. */
  page: { html: string; policy: string };
  watchers: Watchers;
  history(window: WindowName): HistoryAnswer | Promise<HistoryAnswer>;
  /** Undefined: nobody may. Rejects with what to answer. */
  ack: ((wish: AckWish) => Promise<void>) | undefined;
}

const mostBody = 16 * 1024;

const always = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The dashboard over HTTP. It answers who has the token, and only at an address of this machine. */
export function dashboardServer(options: DashboardServerOptions): Server {
  const server = createServer(
    { requestTimeout: 15_000, headersTimeout: 10_000 },
    (request, response) => {
      void answer(request, response, options).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else send(response, 500, { error: error instanceof Error ? error.message : String(error) });
      });
    },
  );
  server.maxHeadersCount = 64;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: DashboardServerOptions,
): Promise<void> {
  const refusal = refusalOf(request, options);
  if (refusal !== undefined)
    return send(response, refusal.status, { error: refusal.text }, refusal.headers);
  switch (pathOf(request)) {
    case '/':
      return sendPage(request, response, options.page);
    case '/api/stream':
      return stream(response, options.watchers);
    case '/api/history':
      return history(request, response, options);
    default:
      return acknowledge(request, response, options);
  }
}

function sendPage(
  { method }: IncomingMessage,
  response: ServerResponse,
  { html, policy }: DashboardServerOptions['page'],
): void {
  response.writeHead(200, {
    ...always,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${policy}; frame-ancestors 'none'`,
  });
  response.end(method === 'HEAD' ? undefined : html);
}

function stream(response: ServerResponse, watchers: Watchers): void {
  response.writeHead(200, { ...always, 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  if (!watchers.add(response)) response.end();
}

async function history(
  request: IncomingMessage,
  response: ServerResponse,
  { history }: DashboardServerOptions,
): Promise<void> {
  const window = new URLSearchParams((request.url ?? '').split('?')[1]).get('window') ?? '1h';
  if (!isWindow(window))
    return send(response, 400, { error: `A window is one of ${Object.keys(windows).join(', ')}.` });
  send(response, 200, await history(window));
}

function isWindow(text: string): text is WindowName {
  return Object.hasOwn(windows, text);
}

async function acknowledge(
  request: IncomingMessage,
  response: ServerResponse,
  { ack, watchers }: DashboardServerOptions,
): Promise<void> {
  if (ack === undefined)
    return send(response, 403, { error: 'This dashboard was started without --allow-ack.' });
  const body = await bodyOf(request);
  if (body === undefined) return send(response, 413, { error: 'That is too long.' });
  const wish = wishOf(body);
  if (wish === undefined) return send(response, 400, { error: 'Expected {"id","for","note"}.' });
  try {
    await ack(wish);
  } catch (error) {
    return send(response, 409, { error: error instanceof Error ? error.message : String(error) });
  }
  await watchers.take();
  send(response, 200, { ok: true });
}

/** Undefined: too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > mostBody) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What goes onto a command line is exactly what it looks like. */
function wishOf(body: string): AckWish | undefined {
  try {
    const given = JSON.parse(body) as Partial<Record<keyof AckWish, unknown>> | null;
    const { id, for: length = null, note = null } = given ?? {};
    if (typeof id !== 'string' || !/^[\w:./][\w:./@-]{0,199}$/.test(id)) return undefined;
    if (length !== null && (typeof length !== 'string' || !/^\d{1,4}[mhd]$/.test(length)))
      return undefined;
    if (note !== null && (typeof note !== 'string' || note.length > 2000)) return undefined;
    return { id, for: length, note: note?.trim() || null };
  } catch {
    return undefined;
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...always, ...headers, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
