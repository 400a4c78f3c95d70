import { type Finding, worst } from '../../finding.ts';
import { RedisCommand } from '../../server/redis-command.ts';
import { queuesSection } from '../../site.ts';
import { type QueueCounts, queueCounts, queueFindings } from '../../topics/queues.ts';
import { findingsText } from '../../view/text.ts';

interface DlqResult {
  queues: QueueCounts[];
  total: number;
  findings: Finding[];
}

export default class QueueDlq extends RedisCommand<typeof QueueDlq, DlqResult> {
  static override summary = 'Say whether there are dead letters.';
  static override description =
    'The queues of the profile that are marked dead, and the failed jobs of BullMQ. Exit 6 when there is one: a gate for a deploy.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<DlqResult> {
    const entries = await this.site.section(queuesSection);
    const queues: QueueCounts[] = [];
    for (const [name, entry] of Object.entries(entries)) {
      if (!entry.dead && entry.kind !== 'bullmq') continue;
      queues.push(
        ...(await this.withRedis(
          (client) => queueCounts(client, name, entry, Date.now()),
          entry.db,
        )),
      );
    }
    const findings = queueFindings(queues, entries).filter(
      ({ code }) => code === 'dead-letters' || code === 'failed',
    );
    const total = queues.reduce(
      (sum, { waiting, failed, entry }) =>
        sum + (failed ?? 0) + (entries[entry]?.dead === true ? waiting : 0),
      0,
    );
    const bad = worst(findings);
    if (bad !== undefined)
      this.unhealthy('E_DEAD_LETTERS', bad.why, bad.command === null ? [] : [bad.command]);
    return { queues, total, findings };
  }

  protected override text({ queues, total, findings }: DlqResult): string {
    if (queues.length === 0)
      return 'The profile names no queue that could hold dead letters (queues: {…, dead: true}).';
    return total === 0 ? 'There are no dead letters.' : findingsText(findings);
  }
}
