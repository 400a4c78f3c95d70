import { matchingOne } from '../matching-one.ts';
import type { Message } from './message.ts';
import type { Outbox } from './outbox.ts';

/**
 * Those that wait, or failed, that are meant: by ID, or the beginning of one that no other shares.
 *
 * @throws OpsError E_NO_MESSAGE, E_AMBIGUOUS (exit 2)
 */
export function wantedMessages(outbox: Outbox, given: readonly string[]): Message[] {
  const all = [
    ...outbox.waiting(),
    ...outbox.ended().filter(({ state }) => state !== 'sent' && state !== 'dropped'),
  ];
  const found = given.map((one) =>
    matchingOne(all, one, {
      idOf: ({ id }) => id,
      code: 'E_NO_MESSAGE',
      none: ['No message', 'waits or has failed.'],
      many: 'messages',
      see: 'om-ops notify outbox',
    }),
  );
  return [...new Map(found.map((message) => [message.id, message])).values()];
}
