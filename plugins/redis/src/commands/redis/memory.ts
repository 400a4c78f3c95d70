import { formatBytes, formatFacts } from '@om-ops/kit/text';
import { type Finding, worst } from '../../finding.ts';
import { info } from '../../server/client.ts';
import { RedisCommand } from '../../server/redis-command.ts';
import { redisStatus } from '../../topics/status.ts';
import { findingsText, paragraphs } from '../../view/text.ts';

interface MemoryResult {
  where: string;
  usedBytes: number;
  /** Of the process. */
  residentBytes: number;
  peakBytes: number;
  maxBytes: number;
  policy: string;
  /** Where it goes. */
  parts: { what: string; bytes: number }[];
  /** What Redis itself says of it. */
  doctor: string;
  findings: Finding[];
}

export default class RedisMemory extends RedisCommand<typeof RedisMemory, MemoryResult> {
  static override summary = 'Show where the memory of Redis goes.';
  static override description =
    'Data, overhead, buffers of clients and replicas, fragmentation, against its limit; which keys: redis keys. Exit 6 when something is wrong.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<MemoryResult> {
    const section = await this.section();
    const found = await this.withRedis(async (client) => {
      const memory = await info(client, 'memory');
      const { findings, status } = await redisStatus(client, section);
      return {
        memory,
        findings,
        status,
        doctor: await client.text('MEMORY', 'DOCTOR').catch(() => ''),
      };
    });
    const number = (name: string) => Number(found.memory.get(name) ?? 0);
    const bad = worst(found.findings);
    if (bad !== undefined)
      this.unhealthy('E_REDIS_FINDINGS', bad.why, ['om-ops redis keys --by bytes']);
    return {
      where: (await this.address()).where,
      usedBytes: number('used_memory'),
      residentBytes: number('used_memory_rss'),
      peakBytes: number('used_memory_peak'),
      maxBytes: number('maxmemory'),
      policy: found.status.memory.policy,
      parts: [
        { what: 'data', bytes: number('used_memory_dataset') },
        { what: 'overhead', bytes: number('used_memory_overhead') },
        { what: 'clients', bytes: number('mem_clients_normal') },
        {
          what: 'replicas',
          bytes: number('mem_clients_slaves') + number('mem_replication_backlog'),
        },
        { what: 'AOF', bytes: number('mem_aof_buffer') },
        { what: 'scripts', bytes: number('used_memory_scripts') || number('used_memory_vm_total') },
      ],
      doctor: this.operation.redactor.foreign(found.doctor),
      findings: found.findings,
    };
  }

  protected override text({
    usedBytes,
    residentBytes,
    peakBytes,
    maxBytes,
    policy,
    parts,
    doctor,
    findings,
  }: MemoryResult): string {
    return paragraphs(
      formatFacts([
        [
          'Taken',
          `${formatBytes(usedBytes)}${maxBytes === 0 ? ', no limit' : ` of ${formatBytes(maxBytes)}, then ${policy}`}`,
        ],
        ['By the process', formatBytes(residentBytes)],
        ['At most so far', formatBytes(peakBytes)],
        ...parts.map(({ what, bytes }) => [`  ${what}`, formatBytes(bytes)] as [string, string]),
      ]),
      doctor.trim(),
      findingsText(findings),
    );
  }
}
