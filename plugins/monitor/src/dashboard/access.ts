import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  status: number;
  text: string;
  headers?: Record<string, string>;
}

export interface AccessOptions {
  token: string;
  /** Names beside those of this machine itself: `dashboard.hosts` of the profile. */
  hosts: readonly string[];
}

const loopback = ['127.0.0.1', 'localhost', '[::1]'];
/** What may be asked for, and how. */
const routes: Readonly<Record<string, { method: 'GET' | 'POST'; isOpen: boolean }>> = {
  '/': { method: 'GET', isOpen: true },
  '/api/stream': { method: 'GET', isOpen: false },
  '/api/history': { method: 'GET', isOpen: false },
  '/api/ack': { method: 'POST', isOpen: false },
};

/**
 * Why a request is not answered; undefined when it may be. That it comes over loopback proves nothing: any page that
 * is open in a browser of this machine can send requests there.
 */
export function refusalOf(request: IncomingMessage, options: AccessOptions): Refusal | undefined {
  const { host = '', origin } = request.headers;
  if (![...loopback, ...options.hosts].includes(hostName(host)))
    return { status: 421, text: 'This is not the address of the dashboard.' };
  const path = pathOf(request);
  if ((origin !== undefined && origin !== `http://${host}`) || isForeign(request, path))
    return { status: 403, text: 'Requests of other pages are not answered.' };
  const route = routes[path];
  if (route === undefined) return { status: 404, text: 'There is nothing here.' };
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  if (method !== route.method)
    return { status: 405, text: `Only ${route.method}.`, headers: { allow: route.method } };
  if (!route.isOpen && !hasToken(request, options.token))
    return {
      status: 401,
      text: 'The token is missing or wrong.',
      headers: { 'www-authenticate': 'Bearer' },
    };
  if (method === 'POST' && !/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    return { status: 415, text: 'Only application/json.' };
  return undefined;
}

export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?')[0] ?? '';
}

/** Without its port, which `ssh -L` may have changed. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/** Opening the page itself, which holds nothing, may come from anywhere: a link in a mail, a file. */
function isForeign({ headers, method }: IncomingMessage, path: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  const isOpening =
    path === '/' &&
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document';
  return !isOpening;
}

function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
