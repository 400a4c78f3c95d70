import { formatTable, printableName } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type Connections, connectionsOf, sessions } from '../../topics/sessions.ts';
import { status } from '../../topics/status.ts';
import { findingsText, ms, paragraphs } from '../../view/text.ts';

type ConnectionsResult = Looked & Connections & { used: number | null; most: number | null };

export default class DbConnections extends DbCommand<typeof DbConnections, ConnectionsResult> {
  static override summary = 'Show who is connected, by state, user and application.';
  static override description =
    'The sessions of clients to this database, never the own processes of the server, and how many of the connections that others than the administrator may have are taken.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...databaseFlag };

  protected override perform(): Promise<ConnectionsResult> {
    return this.look(async (look) => {
      const { connections } = await status(look);
      return { ...connectionsOf(await sessions(look)), ...connections };
    });
  }

  protected override text({ groups, total, used, most, findings }: ConnectionsResult): string {
    const table = formatTable<Connections['groups'][number]>(
      [
        { head: 'STATE', cell: ({ state }) => state },
        { head: 'USER', cell: ({ user }) => printableName(user) },
        { head: 'APPLICATION', cell: ({ application }) => printableName(application) },
        { head: 'COUNT', cell: ({ count }) => `${count}`, align: 'right' },
        { head: 'LONGEST', cell: ({ oldestMs }) => ms(oldestMs), align: 'right' },
      ],
      groups,
    );
    return paragraphs(
      groups.length === 0 ? 'Nobody else is connected.' : table,
      `${total} to this database; ${used ?? '?'} of ${most ?? '?'} in all.`,
      findingsText(findings),
    );
  }
}
