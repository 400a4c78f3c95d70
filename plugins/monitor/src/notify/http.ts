import type { IncomingMessage } from 'node:http';
import { withDeadline } from '@om-ops/kit';

export interface HttpAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

const mostBytes = 16 * 1024;

/**
 * One request over a connection of its own: no redirect followed, no proxy, certificates verified.
 *
 * @throws the signal's reason; an Error of the network, or `no answer within N s`
 */
export async function sendRequest(
  address: string,
  options: {
    method: 'GET' | 'POST';
    headers?: Readonly<Record<string, string>>;
    body?: string;
    timeoutMs: number;
    signal: AbortSignal;
  },
): Promise<HttpAnswer> {
  const url = new URL(address);
  const { request } =
    url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { method, headers, body = '', timeoutMs, signal } = options;
  return withDeadline(timeoutMs, signal, async (both) => {
    const data = Buffer.from(body);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, {
        method,
        agent: false,
        signal: both,
        headers: {
          'user-agent': 'om-ops',
          ...(method === 'POST' ? { 'content-length': String(data.length) } : {}),
          ...headers,
        },
      });
      sent.once('response', resolve);
      sent.on('error', reject);
      sent.end(data);
    });
    let text = '';
    response.setEncoding('utf8');
    for await (const chunk of response as AsyncIterable<string>) {
      text += chunk;
      if (text.length >= mostBytes) break;
    }
    response.destroy();
    return { status: response.statusCode ?? 0, headers: response.headers, body: text };
  });
}

/** Whether the address can be asked at all. */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
