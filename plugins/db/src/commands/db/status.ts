import { formatFacts } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type Status, status } from '../../topics/status.ts';
import { bytes, findingsText, ms, paragraphs, percent } from '../../view/text.ts';

type StatusResult = Looked & Status;

export default class DbStatus extends DbCommand<typeof DbStatus, StatusResult> {
  static override summary = 'Show how the database server is.';
  static override description =
    'Version, role, uptime, connections, cache, age of the transaction numbers, open transactions, and what is wrong. In a read-only session; each statement has 5 s. Exit 6 when something is wrong, 7 when something could not be told.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...databaseFlag };

  protected override perform(): Promise<StatusResult> {
    return this.look(status);
  }

  protected override text(result: StatusResult): string {
    const { connections } = result;
    return paragraphs(
      formatFacts([
        ['Server', `${result.server} at ${result.where}`],
        ['Database', `${result.database}, ${bytes(result.sizeBytes)}`],
        ['Role', `${result.role}${result.readOnly ? ', read-only' : ''}`],
        ['Up for', result.uptimeSeconds === null ? 'not known' : ms(result.uptimeSeconds * 1000)],
        ['Connections', `${connections.used ?? '?'} of ${connections.most ?? '?'}`],
        ['From the cache', percent(result.cacheHitPercent)],
        ...(result.xidAgePercent === null
          ? []
          : [['Transaction numbers', `${result.xidAgePercent} % used`] as [string, string]]),
        ...(result.deadlocks === null
          ? []
          : [['Deadlocks', `${result.deadlocks}`] as [string, string]]),
      ]),
      findingsText(result.findings),
    );
  }
}
