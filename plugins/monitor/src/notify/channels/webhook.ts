import { messageOf, systemCode } from '@om-ops/kit';
import type { WebhookChannel } from '../../site/notify.ts';
import type { Composed } from '../compose.ts';
import { type HttpAnswer, isWebAddress, sendRequest } from '../http.ts';
import type { Delivery, Message } from '../message.ts';
import { retryAfterMs, type Way } from './channel.ts';

interface Shape {
  headers: Record<string, string>;
  body: string;
}

const json = { 'content-type': 'application/json; charset=utf-8' };

/** What services cut off or refuse beyond. */
const longest = { slack: 38_000, discord: 1990, ntfy: 4000 } as const;

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 2)} …`;

function shaped(
  format: WebhookChannel['format'],
  { subject, body, json: parts }: Composed,
  message: Message,
): Shape {
  switch (format) {
    case 'slack': {
      // Else `<!channel>` in a log line would call everybody.
      const text = `*${subject}*\n${body}`.replace(/[&<>]/g, (one) => entities[one] ?? one);
      return { headers: json, body: JSON.stringify({ text: cut(text, longest.slack) }) };
    }
    case 'discord': {
      const content = cut(`**${subject}**\n${body}`, longest.discord);
      return { headers: json, body: JSON.stringify({ content, allowed_mentions: { parse: [] } }) };
    }
    case 'ntfy':
      return {
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          title: headerText(subject),
          priority: message.level === 'critical' && message.kind === 'alert' ? 'urgent' : 'default',
        },
        body: cut(body, longest.ntfy),
      };
    default:
      return { headers: json, body: JSON.stringify(parts) };
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A header holds ASCII: anything else as RFC 2047 has it. */
function headerText(text: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(text);
  return isPlain ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}

/** Posts a message. A 2xx of the service itself is a yes; anything else is none. */
export async function deliverByWebhook(
  { format, urlKey, tokenKey }: WebhookChannel,
  { message, composed, secret, timeoutMs, signal }: Way,
): Promise<Delivery> {
  const url = secret(urlKey);
  if (!isWebAddress(url)) return { outcome: 'never', error: `${urlKey} holds no http address` };
  const { headers, body } = shaped(format, composed, message);
  const all = {
    ...headers,
    'idempotency-key': message.id,
    ...(tokenKey === undefined ? {} : { authorization: `Bearer ${secret(tokenKey)}` }),
  };
  let answer: HttpAnswer;
  try {
    answer = await sendRequest(url, { method: 'POST', headers: all, body, timeoutMs, signal });
  } catch (error) {
    signal.throwIfAborted();
    return { outcome: 'later', error: networkText(error) };
  }
  return verdict(format, answer);
}

const later = new Set([408, 421, 423, 425, 429]);

function verdict(
  format: WebhookChannel['format'],
  { status, headers, body }: HttpAnswer,
): Delivery {
  if (status >= 200 && status < 300) {
    const problem = lieOf(format, body);
    return problem === undefined
      ? { outcome: 'sent', error: null }
      : { outcome: 'later', error: `answered ${status}, but ${problem}` };
  }
  if (status >= 300 && status < 400)
    return { outcome: 'never', error: `answered ${status}, a redirect, which is not followed` };
  const said = body.trim().split('\n', 1)[0] ?? '';
  const error = `answered ${status}${said === '' || said.startsWith('<') ? '' : `: ${cut(said, 200)}`}`;
  if (status < 500 && !later.has(status)) return { outcome: 'never', error };
  const pause = retryAfterMs(headers['retry-after'], new Date());
  return { outcome: 'later', error, ...(pause === undefined ? {} : { retryAfterMs: pause }) };
}

/** What answers 200 and is not the service: a proxy's page, a login, a captive portal. */
function lieOf(format: WebhookChannel['format'], body: string): string | undefined {
  const text = body.trim();
  if (format === 'slack') return text === 'ok' ? undefined : 'did not say ok, as Slack does';
  if (/^<(?:!doctype|html)/i.test(text)) return 'with a page for people';
  return undefined;
}

/** The end of a sentence. */
export function networkText(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error;
  const code = systemCode(first);
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host';
  if (code === 'ECONNRESET') return 'the connection broke off';
  return messageOf(first);
}
