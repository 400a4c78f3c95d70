import { currentOwner, isOpsError, isoWithOffset, messageOf, ownerState } from '@om-ops/kit';
import type { NotifySection } from '../site/notify.ts';
import { noRecord } from './channel-record.ts';
import { composed, type Sender } from './compose.ts';
import { deliver } from './deliver.ts';
import { backOffMs, type Delivery, givenUpAfterMs, type Message } from './message.ts';
import { newMessage, type Outbox } from './outbox.ts';
import type { Secrets } from './secrets.ts';

export interface PostOptions {
  outbox: Outbox;
  section: NotifySection;
  sender: Sender;
  secrets: Secrets;
  /** Takes secrets out of what others say. */
  redact(text: string): string;
  warn(message: string): void;
  now(): Date;
  /** For one try. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface Sent {
  id: string;
  channel: string;
  outcome: Delivery['outcome'] | 'in-doubt';
  error: string | null;
}

/** A claim of one who is at it still is given up after so long. */
const claimMs = 5 * 60_000;
const noticeEveryMs = 86_400_000;

/**
 * Sends what is due, each channel its own in order and all channels at once. What does not work now waits, longer
 * each time; what is refused for good is told on another channel.
 *
 * @param only these, whether they are due or not
 * @throws the signal's reason
 */
export async function postDue(options: PostOptions, only?: ReadonlySet<string>): Promise<Sent[]> {
  const { outbox, now } = options;
  const due = outbox.waiting().filter((message) => {
    if (only !== undefined) return only.has(message.id);
    const wait = Date.parse(message.nextAt) - now().getTime();
    // A wait that no back-off makes comes of a clock that was set.
    return wait <= 0 || (message.tries.length > 0 && wait > 25 * 3_600_000);
  });
  const byChannel = Map.groupBy(due, ({ channel }) => channel);
  const all = await Promise.all(
    [...byChannel.values()].map((messages) => postInOrder(messages, options, only !== undefined)),
  );
  return all.flat();
}

async function postInOrder(
  messages: readonly Message[],
  options: PostOptions,
  isForced: boolean,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const { id } of messages) {
    const one = await postOne(id, options);
    if (one === undefined) continue;
    sent.push(one);
    // A channel that is down would be down for each of them.
    if (one.outcome === 'later' && !isForced) break;
  }
  return sent;
}

async function postOne(id: string, options: PostOptions): Promise<Sent | undefined> {
  const { outbox, section, sender, secrets, redact, warn, now, timeoutMs, signal } = options;
  signal.throwIfAborted();
  const claimed = await claim(id, options);
  if (claimed === undefined || 'outcome' in claimed) return claimed;
  const message = claimed;
  const channel = section.channels[message.channel];
  let delivery: Delivery;
  try {
    delivery =
      channel === undefined
        ? { outcome: 'never', error: 'the profile has no such channel any more' }
        : await deliver(
            channel,
            {
              message,
              composed: composed(message, sender, now()),
              sender,
              secret: secrets,
              timeoutMs,
              signal,
            },
            redact,
          );
  } catch (error) {
    await outbox.locked(() => interrupted(message, outbox)).catch(() => undefined);
    throw error;
  }
  try {
    await outbox.locked(() => settle(message, delivery, options));
  } catch (error) {
    if (!isOpsError(error)) throw error;
    warn(`What became of the message ${id} could not be written down: ${messageOf(error)}`);
  }
  return { id, channel: message.channel, outcome: delivery.outcome, error: delivery.error };
}

/** Whether the other side has it is not known: an alert is sent again with the same ID, a digest is not. */
function interrupted(message: Message, outbox: Outbox): void {
  if (message.kind === 'digest') outbox.end({ ...message, state: 'in-doubt', claim: null });
  else outbox.write({ ...message, claim: null });
}

/** The message, now ours to send; undefined when somebody else is at it, or it is gone. */
async function claim(
  id: string,
  { outbox, now, warn }: PostOptions,
): Promise<Message | Sent | undefined> {
  const here = currentOwner();
  return outbox.locked(() => {
    const message = outbox.find(id);
    if (message === undefined) return undefined;
    const { claim: held, kind, channel } = message;
    if (held !== null) {
      const isFresh = Math.abs(now().getTime() - Date.parse(held.at)) < claimMs;
      if (ownerState(held, here) !== 'dead' && isFresh) return undefined;
      if (kind === 'digest') {
        const error = 'it was being sent when om-ops was ended, so it may have arrived';
        outbox.end({ ...message, state: 'in-doubt', claim: null });
        return { id, channel, outcome: 'in-doubt', error };
      }
    }
    const mine = { ...message, claim: { ...here, at: isoWithOffset(now()) } };
    try {
      outbox.write(mine);
    } catch (error) {
      // Without a claim a digest may be sent twice; an alert had better be.
      if (kind === 'digest' || !isOpsError(error)) throw error;
      warn(messageOf(error));
    }
    return mine;
  });
}

function settle(message: Message, delivery: Delivery, options: PostOptions): void {
  const { outbox, now } = options;
  const time = now();
  const at = isoWithOffset(time);
  const { outcome, error } = delivery;
  const tries = [...message.tries, { at, ok: outcome === 'sent', error }];
  const next: Message = {
    ...message,
    tries,
    claim: null,
    delivered: [...message.delivered, ...(delivery.delivered ?? [])],
    refused: [...message.refused, ...(delivery.refused ?? [])],
  };
  const { channel } = message;
  if (outcome === 'sent') {
    outbox.end({ ...next, state: 'sent' });
    outbox.record(channel, { sentAt: at, failedAt: null, error: null, refused: false });
    return;
  }
  outbox.record(channel, { failedAt: at, error, refused: outcome === 'never' });
  const isOld = time.getTime() - Date.parse(message.createdAt) > givenUpAfterMs;
  if (outcome === 'later' && !isOld) {
    const waitMs = Math.max(backOffMs(tries.length), delivery.retryAfterMs ?? 0);
    outbox.write({ ...next, nextAt: isoWithOffset(new Date(time.getTime() + waitMs)) });
    return;
  }
  outbox.end({ ...next, state: outcome === 'never' ? 'refused' : 'given-up' });
  tellElsewhere(next, error ?? '', options);
}

/** What one channel does not take another one says, and that it does not. */
function tellElsewhere(
  message: Message,
  error: string,
  { outbox, section, now }: PostOptions,
): void {
  const via = [...message.via, message.channel];
  const records = outbox.records();
  const names = Object.keys(section.channels).filter((name) => !via.includes(name));
  const other =
    names.find((name) => (records[name]?.failedAt ?? null) === null) ??
    names.find((name) => records[name]?.refused !== true) ??
    names[0];
  if (other === undefined) return;
  const record = records[message.channel] ?? noRecord;
  const told = Date.parse(record.noticedAt ?? '');
  const ended = outbox.ended();
  const known = [...outbox.waiting(), ...ended].some(
    (each) => each.channel === other && each.passes.some((part) => message.passes.includes(part)),
  );
  if (known && now().getTime() - told < noticeEveryMs) return;
  const id = `${message.id}-by-${other}`;
  if (outbox.has(id)) return;
  const what = message.text === null ? '' : `\n\n${message.text.subject}\n\n${message.text.body}`;
  const { channel, lines, level, kind, passes } = message;
  outbox.write({
    ...newMessage({ id, channel: other, kind: 'notice', now: now() }),
    ...{ level, via, passes, lines: known || kind === 'digest' ? [] : lines },
    text: {
      subject: `${channel} takes no messages`,
      body: `The channel ${channel} does not take what it is sent: ${error}. See: om-ops notify outbox --failed${what}`,
    },
  });
  outbox.record(channel, { noticedAt: isoWithOffset(now()) });
}
