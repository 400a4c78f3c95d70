import { OpsError } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';
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
  const found = given.map((one) => {
    const wanted = one.trim();
    const exact = all.find(({ id }) => id === wanted);
    const begun = wanted === '' ? [] : all.filter(({ id }) => id.startsWith(wanted));
    const only = exact ?? (begun.length === 1 ? begun[0] : undefined);
    if (only !== undefined) return only;
    const name = printableName(wanted);
    throw begun.length === 0
      ? new OpsError(
          'E_NO_MESSAGE',
          `No message ${name === '' ? '""' : name} waits or has failed.`,
          {
            exit: 'usage',
            suggestions: ['See which do: om-ops notify outbox'],
          },
        )
      : new OpsError('E_AMBIGUOUS', `${begun.length} messages have IDs that begin with ${name}.`, {
          exit: 'usage',
          suggestions: [
            `Give more of it, one of: ${begun
              .slice(0, 8)
              .map(({ id }) => printableName(id))
              .join(', ')}`,
          ],
        });
  });
  return [...new Map(found.map((message) => [message.id, message])).values()];
}
