import { messageOf, systemCode } from '@om-ops/kit';
import type { SentMessageInfo } from 'nodemailer/lib/smtp-transport';
import type { SmtpChannel } from '../../site/notify.ts';
import type { Delivery } from '../message.ts';
import type { Way } from './channel.ts';

interface SmtpError extends Error {
  responseCode?: number;
  recipient?: string;
  rejectedErrors?: SmtpError[];
}

/** Sends a mail to those of the channel that do not have it yet. */
export async function deliverByMail(channel: SmtpChannel, way: Way): Promise<Delivery> {
  const { message, composed, sender, secret, timeoutMs, signal } = way;
  const address = secret(channel.urlKey);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    return { outcome: 'never', error: `${channel.urlKey} holds no smtp:// or smtps:// address` };
  const to = channel.to.filter(
    (one) => !message.delivered.includes(one) && !message.refused.includes(one),
  );
  // Only here: it takes longer to load than most commands run.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url: address,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    // A password goes over no line that anybody could have taken the encryption off.
    ...(url.username === '' || isLoopback(url.hostname) ? {} : { requireTLS: true }),
  });
  const close = () => transport.close();
  signal.addEventListener('abort', close, { once: true });
  const timer = setTimeout(close, 2 * timeoutMs);
  const domain = sender.host.replace(/[^\w.-]/g, '-');
  const threads = [...new Set(message.lines.flatMap(({ alert }) => alert ?? []))].slice(0, 20);
  try {
    const info = await transport.sendMail({
      from: channel.from,
      to,
      subject: composed.subject,
      text: composed.body,
      messageId: `<${message.id}@${domain}>`,
      ...(threads.length === 0
        ? {}
        : { references: threads.map((id) => `<alert-${id}@${domain}>`) }),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Om-Ops-Level': message.level },
    });
    return withEarlier(partly(info, to), message);
  } catch (error) {
    signal.throwIfAborted();
    return withEarlier(failed(error as SmtpError, to), message);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', close);
    transport.close();
  }
}

/** Everybody has it but those who refused it at an earlier try: that is no message that was sent. */
function withEarlier(delivery: Delivery, { refused, tries }: Way['message']): Delivery {
  if (delivery.outcome !== 'sent' || refused.length === 0) return delivery;
  const why = tries.findLast(({ error }) => error !== null)?.error;
  return { ...delivery, outcome: 'never', error: `${refused.join(', ')} will not have it: ${why}` };
}

/** A server may take a mail and refuse some of those it is for. */
function partly({ rejected, rejectedErrors }: SentMessageInfo, to: readonly string[]): Delivery {
  if (rejected.length === 0) return { outcome: 'sent', error: null, delivered: to };
  return byRecipient((rejectedErrors ?? []) as SmtpError[], to);
}

function byRecipient(errors: readonly SmtpError[], to: readonly string[]): Delivery {
  const of = (address: string) =>
    errors.find(({ recipient }) => recipient !== undefined && address.includes(recipient));
  const delivered = to.filter((address) => of(address) === undefined);
  const refused = to.filter((address) => isPermanent(of(address)));
  const left = to.length - delivered.length - refused.length;
  const error = errors.map((one) => one.message).join('; ');
  if (left > 0) return { outcome: 'later', error, delivered, refused };
  return { outcome: refused.length > 0 ? 'never' : 'sent', error, delivered, refused };
}

function failed(error: SmtpError, to: readonly string[]): Delivery {
  const rejected = error.rejectedErrors ?? [];
  if (rejected.length > 0) return byRecipient(rejected, to);
  return { outcome: isPermanent(error) ? 'never' : 'later', error: smtpText(error) };
}

function isPermanent(error: SmtpError | undefined): boolean {
  const code = error?.responseCode ?? 0;
  return code >= 500 && code < 600;
}

function smtpText(error: SmtpError): string {
  const code = systemCode(error);
  if (code === 'ETIMEDOUT') return 'the mail server did not answer in time';
  if (code === 'ECONNECTION' || code === 'ESOCKET') return `no connection: ${messageOf(error)}`;
  return messageOf(error);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}
