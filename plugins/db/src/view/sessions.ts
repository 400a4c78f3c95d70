import { formatTable, printable, printableName } from '@om-ops/kit/text';
import type { Session } from '../topics/sessions.ts';
import { ms } from './text.ts';

export function sessionsText(sessions: readonly Session[]): string {
  return formatTable<Session>(
    [
      { head: 'ID', cell: ({ id }) => `${id}`, align: 'right' },
      { head: 'USER', cell: ({ user }) => printableName(user) },
      { head: 'FROM', cell: ({ application, client }) => printableName(application || client) },
      { head: 'STATE', cell: ({ state }) => state },
      { head: 'FOR', cell: (one) => ms(one.ms), align: 'right' },
      { head: 'TRANSACTION', cell: ({ transactionMs }) => ms(transactionMs), align: 'right' },
      {
        head: 'WAITS FOR',
        cell: ({ blockedBy, waitsFor }) =>
          blockedBy.length > 0 ? blockedBy.join(', ') : (waitsFor ?? ''),
      },
      { head: 'STATEMENT', cell: ({ statement }) => printable(statement.slice(0, 120)) },
    ],
    sessions,
  );
}
