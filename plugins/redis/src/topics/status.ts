import { type Finding, finding } from '../finding.ts';
import { info, type RedisClient } from '../server/client.ts';
import type { RedisSection } from '../site.ts';

export interface RedisStatus {
  version: string;
  role: string;
  uptimeSeconds: number;
  clients: number;
  memory: {
    usedBytes: number;
    peakBytes: number;
    /** 0: no limit. */
    maxBytes: number;
    policy: string;
    /** Of the limit; null: there is none. */
    percent: number | null;
    fragmentation: number | null;
    evicted: number;
  };
  /** Whether what is in it survives a restart. */
  persistence: { rdb: string; aof: boolean; lastSaveOk: boolean };
  keys: { db: number; keys: number; expiring: number }[];
}

export async function redisStatus(
  client: RedisClient,
  section: RedisSection,
): Promise<{ status: RedisStatus; findings: Finding[] }> {
  const all = await info(client);
  const number = (name: string) => Number(all.get(name) ?? 0);
  const usedBytes = number('used_memory');
  const maxBytes = number('maxmemory');
  const ratio = number('mem_fragmentation_ratio');
  const status: RedisStatus = {
    version: `${all.get('server_name') === 'valkey' ? 'Valkey' : 'Redis'} ${all.get('valkey_version') ?? all.get('redis_version') ?? ''}`,
    role: all.get('role') ?? '',
    uptimeSeconds: number('uptime_in_seconds'),
    clients: number('connected_clients'),
    memory: {
      usedBytes,
      peakBytes: number('used_memory_peak'),
      maxBytes,
      policy: all.get('maxmemory_policy') ?? '',
      percent: maxBytes === 0 ? null : Math.round((1000 * usedBytes) / maxBytes) / 10,
      fragmentation: ratio > 0 ? ratio : null,
      evicted: number('evicted_keys'),
    },
    persistence: {
      rdb: all.get('rdb_last_bgsave_status') ?? '',
      aof: all.get('aof_enabled') === '1',
      lastSaveOk:
        all.get('rdb_last_bgsave_status') !== 'err' && all.get('aof_last_write_status') !== 'err',
    },
    keys: [...all].flatMap(([name, value]) => {
      const db = /^db(\d+)$/.exec(name)?.[1];
      const counts = /keys=(\d+),expires=(\d+)/.exec(value);
      return db === undefined || counts === null
        ? []
        : [{ db: Number(db), keys: Number(counts[1]), expiring: Number(counts[2]) }];
    }),
  };
  return { status, findings: findingsOf(all, status, section) };
}

function findingsOf(
  all: ReadonlyMap<string, string>,
  { memory, persistence }: RedisStatus,
  section: RedisSection,
): Finding[] {
  const found: Finding[] = [];
  if (all.get('loading') === '1')
    found.push(
      finding(
        'loading',
        'critical',
        'redis',
        'It is still reading its data from the disk, and answers nobody yet.',
      ),
    );
  if (!persistence.lastSaveOk)
    found.push(
      finding(
        'save',
        'critical',
        'redis',
        'It could not save its data the last time, and may take no writes: look at its log and at the disk.',
        { command: 'om-ops redis status' },
      ),
    );
  const [warning, critical] = section.thresholds.memoryPercent;
  if (memory.percent !== null && memory.percent >= warning)
    found.push(
      finding(
        'memory',
        memory.percent >= critical ? 'critical' : 'warning',
        'memory',
        `${memory.percent} % of the memory it may have are taken; then it ${memory.policy === 'noeviction' ? 'takes no more writes' : `throws keys away (${memory.policy})`}.`,
        {
          value: memory.percent,
          threshold: memory.percent >= critical ? critical : warning,
          command: 'om-ops redis memory',
        },
      ),
    );
  if (
    memory.fragmentation !== null &&
    memory.fragmentation >= section.thresholds.fragmentation &&
    memory.usedBytes > 100 * 1024 ** 2
  )
    found.push(
      finding(
        'fragmentation',
        'warning',
        'memory',
        `The process takes ${memory.fragmentation} times the memory of its data.`,
        { value: memory.fragmentation, threshold: section.thresholds.fragmentation },
      ),
    );
  if (memory.maxBytes === 0)
    found.push(
      finding(
        'no-limit',
        'info',
        'memory',
        'It may take all the memory there is (maxmemory is 0).',
        { command: 'om-ops redis config set maxmemory 1gb --dry-run' },
      ),
    );
  if (all.get('role') === 'slave' && all.get('master_link_status') === 'down')
    found.push(
      finding(
        'replica',
        'critical',
        'replication',
        'It is a replica, and has no connection to its primary.',
      ),
    );
  return found;
}
