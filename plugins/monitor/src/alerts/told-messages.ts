import type { Message } from '../notify/message.ts';
import type { Outbox } from '../notify/outbox.ts';

export interface ToldMessage {
  id: string;
  channel: string;
  state: Message['state'];
  /** What of it told of the alert: `fired`. */
  kinds: string[];
  createdAt: string;
  /** When the last try was, or the next is. */
  lastTryAt: string | null;
  nextAt: string | null;
  tries: number;
  error: string | null;
}

/** The messages that told of an alert, or are to, the oldest first. */
export function messagesOf(outbox: Outbox, alert: string): ToldMessage[] {
  return [...outbox.ended().reverse(), ...outbox.waiting()].flatMap((message) => {
    const kinds = message.lines.flatMap((line) => (line.alert === alert ? [line.kind] : []));
    return kinds.length === 0 ? [] : [{ ...toldMessage(message), kinds }];
  });
}

export function toldMessage(message: Message): Omit<ToldMessage, 'kinds'> {
  const { id, channel, state, createdAt, tries, nextAt } = message;
  const last = tries.at(-1);
  return {
    ...{ id, channel, state, createdAt, tries: tries.length },
    lastTryAt: last?.at ?? null,
    nextAt: state === 'waiting' ? nextAt : null,
    error: last?.error ?? null,
  };
}
