import {
  type Check,
  type CheckAnswer,
  type Panel,
  type PanelContext,
  readEnvFiles,
  type Site,
  type State,
} from '@om-ops/kit';
import { type Finding, worst } from './finding.ts';
import { redisAddress } from './server/address.ts';
import { RedisClient } from './server/client.ts';
import { queuesSection, redisSection } from './site.ts';
import { queueCounts, queueFindings } from './topics/queues.ts';
import { type RedisStatus, redisStatus } from './topics/status.ts';

/** Whether this site says that it has a Redis: nobody is told of one that nobody spoke of. */
async function isUsed(site: Site): Promise<boolean> {
  const section = await site.section(redisSection);
  const { values } = readEnvFiles(site);
  return (
    section.url !== null ||
    section.envKeys.some((key) => (values.get(key) ?? '') !== '') ||
    Object.keys(await site.section(queuesSection)).length > 0
  );
}

async function looked(
  site: Site,
  signal: AbortSignal,
): Promise<{ status: RedisStatus; findings: Finding[] }> {
  const section = await site.section(redisSection);
  await using client = await RedisClient.open(redisAddress(site, section), signal);
  const { status, findings } = await redisStatus(client, section);
  const entries = await site.section(queuesSection);
  for (const [name, entry] of Object.entries(entries)) {
    await using other = await RedisClient.open(redisAddress(site, section, entry.db), signal);
    findings.push(...queueFindings(await queueCounts(other, name, entry, Date.now()), entries));
  }
  return { status, findings };
}

const stateOf = (findings: readonly Finding[]): State =>
  worst(findings)?.level === 'critical'
    ? 'critical'
    : worst(findings) === undefined
      ? 'healthy'
      : 'warning';

export async function redisPanel({ site, signal }: PanelContext): Promise<Panel> {
  if (!(await isUsed(site)))
    return { title: 'Redis', state: 'off', metrics: [], facts: [], notes: [] };
  const { status, findings } = await looked(site, signal);
  return {
    title: 'Redis',
    state: stateOf(findings),
    metrics: [
      { key: 'memory', label: 'Memory', value: status.memory.usedBytes, unit: 'bytes' },
      { key: 'clients', label: 'Clients', value: status.clients, unit: 'count' },
    ],
    facts: [{ label: 'Server', value: status.version }],
    notes: findings.filter(({ level }) => level !== 'info').map(({ why }) => why),
    command: 'om-ops redis status',
  };
}

export async function redisChecks(site: Site): Promise<Check[]> {
  if (!(await isUsed(site))) return [];
  return [
    {
      key: 'server',
      title: 'Redis and its queues',
      kind: 'service',
      command: 'om-ops redis status',
      async run(signal): Promise<CheckAnswer> {
        const { status, findings } = await looked(site, signal);
        return {
          state: stateOf(findings),
          message: worst(findings)?.why ?? `${status.version} answers, and saves.`,
          metrics: [
            { key: 'memory', label: 'Memory', value: status.memory.usedBytes, unit: 'bytes' },
          ],
        };
      },
    },
  ];
}
