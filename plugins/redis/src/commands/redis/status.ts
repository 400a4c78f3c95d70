import { formatBytes, formatCount, formatDuration, formatFacts } from '@om-ops/kit/text';
import { type Finding, worst } from '../../finding.ts';
import { RedisCommand } from '../../server/redis-command.ts';
import { redisStatus, type RedisStatus as Status } from '../../topics/status.ts';
import { findingsText, paragraphs } from '../../view/text.ts';

type StatusResult = Status & { where: string; findings: Finding[] };

export default class RedisStatus extends RedisCommand<typeof RedisStatus, StatusResult> {
  static override summary = 'Show how Redis is.';
  static override description =
    'Version, memory against its limit, whether it saves, keys by database. Exit 6 when something is wrong.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<StatusResult> {
    const section = await this.section();
    const { status, findings } = await this.withRedis((client) => redisStatus(client, section));
    const bad = worst(findings);
    if (bad !== undefined)
      this.unhealthy('E_REDIS_FINDINGS', bad.why, bad.command === null ? [] : [bad.command]);
    return { ...status, where: (await this.address()).where, findings };
  }

  protected override text({
    version,
    where,
    role,
    uptimeSeconds,
    clients,
    memory,
    persistence,
    keys,
    findings,
  }: StatusResult): string {
    const limit =
      memory.maxBytes === 0
        ? 'no limit'
        : `of ${formatBytes(memory.maxBytes)}, then ${memory.policy}`;
    return paragraphs(
      formatFacts([
        ['Server', `${version} at ${where}, ${role}`],
        ['Up for', formatDuration(uptimeSeconds * 1000)],
        [
          'Memory',
          `${formatBytes(memory.usedBytes)} ${limit}; at most ${formatBytes(memory.peakBytes)} so far`,
        ],
        ['Thrown away', formatCount(memory.evicted)],
        [
          'Saves',
          `${persistence.aof ? 'each write (AOF)' : 'now and then (RDB)'}, the last time ${persistence.lastSaveOk ? 'well' : 'not'}`,
        ],
        ['Clients', formatCount(clients)],
        [
          'Keys',
          keys.length === 0
            ? 'none'
            : keys
                .map(
                  ({ db, keys: count, expiring }) =>
                    `db${db} ${formatCount(count)} (${formatCount(expiring)} with an end)`,
                )
                .join(', '),
        ],
      ]),
      findingsText(findings),
    );
  }
}
