import { formatFacts, formatTable, printableName } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type Replication, replication } from '../../topics/replication.ts';
import { bytes, findingsText, ms, paragraphs } from '../../view/text.ts';

type ReplicationResult = Looked & Replication;

export default class DbReplication extends DbCommand<typeof DbReplication, ReplicationResult> {
  static override summary = 'Show replicas, replication slots and the archiving of the log.';
  static override description =
    'How far replicas are behind, what slots keep of the log on the disk, whether it is archived. Exit 6 when something is wrong.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...databaseFlag };

  protected override perform(): Promise<ReplicationResult> {
    return this.look(replication);
  }

  protected override text({
    role,
    replicas,
    slots,
    archiver,
    lagSeconds,
    findings,
  }: ReplicationResult): string {
    const facts = formatFacts([
      ['Role', role],
      ...(lagSeconds === null ? [] : [['Behind', ms(lagSeconds * 1000)] as [string, string]]),
      ['Replicas', replicas.length === 0 ? 'none' : `${replicas.length}`],
      ...(archiver === null
        ? []
        : [['Archived last', archiver.lastSuccess ?? 'never'] as [string, string]]),
    ]);
    const ofReplicas = formatTable<Replication['replicas'][number]>(
      [
        { head: 'REPLICA', cell: ({ name, client }) => `${printableName(name)} ${client}` },
        { head: 'STATE', cell: ({ state }) => state },
        { head: 'BEHIND', cell: ({ lagBytes }) => bytes(lagBytes), align: 'right' },
      ],
      replicas,
    );
    const ofSlots = formatTable<Replication['slots'][number]>(
      [
        { head: 'SLOT', cell: ({ name }) => printableName(name) },
        { head: 'READ', cell: ({ active }) => (active ? 'yes' : 'nobody') },
        { head: 'KEEPS', cell: ({ retainedBytes }) => bytes(retainedBytes), align: 'right' },
      ],
      slots,
    );
    return paragraphs(
      facts,
      replicas.length === 0 ? '' : ofReplicas,
      slots.length === 0 ? '' : ofSlots,
      findingsText(findings),
    );
  }
}
