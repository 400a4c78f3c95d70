import { setTimeout as pause } from 'node:timers/promises';
import { Flags } from '@om-ops/kit';
import { formatDuration, formatTable } from '@om-ops/kit/text';
import { type Finding, worst } from '../../finding.ts';
import { RedisCommand } from '../../server/redis-command.ts';
import { queuesSection } from '../../site.ts';
import { type QueueCounts, queueCounts, queueFindings } from '../../topics/queues.ts';
import { findingsText, paragraphs } from '../../view/text.ts';

interface MovingQueue extends QueueCounts {
  /** How the number that waits moves, from two looks; null: looked at once only. */
  perMinute: number | null;
}

interface StatusResult {
  queues: MovingQueue[];
  findings: Finding[];
}

export default class QueueStatus extends RedisCommand<typeof QueueStatus, StatusResult> {
  static override summary = 'Show what waits, runs and failed in the queues.';
  static override description =
    'By the numbers of the broker, not by asking workers, which do not answer while they work. Two looks a second apart say whether it grows. Exit 6 over the limits of the profile (queues), for dead letters and for jobs that failed for good.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { once: Flags.boolean({ summary: 'Look once.', default: false }) };

  protected override async perform(): Promise<StatusResult> {
    const entries = await this.site.section(queuesSection);
    const look = async () => {
      const all: QueueCounts[] = [];
      for (const [name, entry] of Object.entries(entries))
        all.push(
          ...(await this.withRedis(
            (client) => queueCounts(client, name, entry, Date.now()),
            entry.db,
          )),
        );
      return all;
    };
    const first = await look();
    const started = performance.now();
    let second = first;
    if (!this.flags.once && first.length > 0) {
      await pause(1000, undefined, { signal: this.operation.signal });
      second = await look();
    }
    const minutes = (performance.now() - started) / 60_000;
    const findings = queueFindings(second, entries);
    const bad = worst(findings);
    if (bad !== undefined)
      this.unhealthy('E_QUEUE', bad.why, bad.command === null ? [] : [bad.command]);
    return {
      queues: second.map((one, at) => ({
        ...one,
        perMinute:
          second === first ? null : Math.round((one.waiting - (first[at]?.waiting ?? 0)) / minutes),
      })),
      findings,
    };
  }

  protected override text({ queues, findings }: StatusResult): string {
    if (queues.length === 0) return 'The profile names no queues (queues: {…}).';
    const table = formatTable<MovingQueue>(
      [
        { head: 'QUEUE', cell: ({ queue }) => queue },
        { head: 'KIND', cell: ({ kind }) => kind },
        { head: 'WAITING', cell: ({ waiting }) => `${waiting}`, align: 'right' },
        {
          head: 'A MINUTE',
          cell: ({ perMinute }) =>
            perMinute === null ? '' : `${perMinute > 0 ? '+' : ''}${perMinute}`,
          align: 'right',
        },
        {
          head: 'ACTIVE',
          cell: ({ active }) => (active === null ? '' : `${active}`),
          align: 'right',
        },
        {
          head: 'DELAYED',
          cell: ({ delayed }) => (delayed === null ? '' : `${delayed}`),
          align: 'right',
        },
        {
          head: 'FAILED',
          cell: ({ failed }) => (failed === null ? '' : `${failed}`),
          align: 'right',
        },
        {
          head: 'OLDEST',
          cell: ({ oldestSeconds }) =>
            oldestSeconds === null ? '' : formatDuration(oldestSeconds * 1000),
          align: 'right',
        },
      ],
      queues,
    );
    return paragraphs(table, findingsText(findings));
  }
}
