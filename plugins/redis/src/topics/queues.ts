import { parseDuration } from '@om-ops/kit';
import { type Finding, finding } from '../finding.ts';
import { type RedisClient, RedisError, type Reply } from '../server/client.ts';
import type { QueueEntry } from '../site.ts';

export interface QueueCounts {
  /** Of the profile. */
  entry: string;
  queue: string;
  kind: QueueEntry['kind'];
  waiting: number;
  active: number | null;
  delayed: number | null;
  failed: number | null;
  /** How long the one that waits longest does; null: nothing waits, or it does not say. */
  oldestSeconds: number | null;
}

/** Keys that only a queue has: a database with one of them is a queue's. */
export const queueKeys: readonly string[] = [
  'celery',
  'unacked',
  'unacked_index',
  '_kombu.binding.*',
  'bull:*:meta',
  'rq:queues',
  'rq:queue:*',
  'resque:queues',
  'queues',
  'sidekiq:*',
  'arq:queue*',
  'dramatiq:*',
];

/** The queue that a database holds, by its keys; undefined: none was found. */
export async function foundQueue(client: RedisClient): Promise<string | undefined> {
  for (const pattern of queueKeys) {
    if (!pattern.includes('*')) {
      if ((await client.call('EXISTS', pattern)) === 1) return pattern;
      continue;
    }
    let cursor = '0';
    do {
      const [next, keys] = (await client.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)) as [
        Buffer,
        Buffer[],
      ];
      if (keys.length > 0) return keys[0]?.toString();
      cursor = next.toString();
    } while (cursor !== '0');
  }
  return undefined;
}

export async function queueCounts(
  client: RedisClient,
  entry: string,
  { kind, queues, prefix }: QueueEntry,
  now: number,
): Promise<QueueCounts[]> {
  const counts: QueueCounts[] = [];
  for (const queue of queues) {
    const head = { entry, queue, kind };
    if (kind === 'bullmq') {
      const key = (name: string) => `${prefix}:${queue}:${name}`;
      const [wait, paused, prioritized, active, delayed, failed, oldest] = await client.pipeline([
        ['LLEN', key('wait')],
        ['LLEN', key('paused')],
        ['ZCARD', key('prioritized')],
        ['LLEN', key('active')],
        ['ZCARD', key('delayed')],
        ['ZCARD', key('failed')],
        ['LINDEX', key('wait'), -1],
      ]);
      const at = Buffer.isBuffer(oldest)
        ? await client.call('HGET', key(oldest.toString()), 'timestamp')
        : null;
      counts.push({
        ...head,
        waiting: count(wait) + count(paused) + count(prioritized),
        active: count(active),
        delayed: count(delayed),
        failed: count(failed),
        oldestSeconds: Buffer.isBuffer(at)
          ? Math.max(0, Math.round((now - Number(at)) / 1000))
          : null,
      });
      continue;
    }
    const [length, unacked] = await client.pipeline([
      ['LLEN', queue],
      ['HLEN', 'unacked'],
    ]);
    counts.push({
      ...head,
      waiting: count(length),
      active: kind === 'celery' ? count(unacked) : null,
      delayed: null,
      failed: null,
      // Celery writes no time into a message.
      oldestSeconds: null,
    });
  }
  return counts;
}

function count(reply: Reply | undefined): number {
  if (reply instanceof RedisError) throw reply;
  return typeof reply === 'number' ? reply : 0;
}

export function queueFindings(
  counts: readonly QueueCounts[],
  entries: Readonly<Record<string, QueueEntry>>,
): Finding[] {
  return counts.flatMap((one): Finding[] => {
    const entry = entries[one.entry];
    const found: Finding[] = [];
    if (entry === undefined) return found;
    const name = `queue ${one.queue}`;
    if (entry.dead && one.waiting > 0)
      found.push(
        finding(
          'dead-letters',
          'critical',
          name,
          `${one.waiting} dead letters lie in ${one.queue}.`,
          {
            value: one.waiting,
            threshold: 0,
            command: `om-ops queue jobs --state waiting --queue ${one.queue}`,
          },
        ),
      );
    else if (entry.maxWaiting !== null && one.waiting > entry.maxWaiting)
      found.push(
        finding('waiting', 'critical', name, `${one.waiting} wait in ${one.queue}.`, {
          value: one.waiting,
          threshold: entry.maxWaiting,
          command: 'om-ops queue status',
        }),
      );
    if (
      entry.maxAge !== null &&
      one.oldestSeconds !== null &&
      one.oldestSeconds * 1000 > parseDuration(entry.maxAge)
    )
      found.push(
        finding(
          'age',
          'critical',
          name,
          `One has waited in ${one.queue} for ${one.oldestSeconds} s.`,
          { value: one.oldestSeconds, threshold: entry.maxAge },
        ),
      );
    if ((one.failed ?? 0) > 0)
      found.push(
        finding(
          'failed',
          'warning',
          name,
          `${one.failed} jobs of ${one.queue} have failed for good.`,
          { value: one.failed, command: `om-ops queue jobs --state failed --queue ${one.queue}` },
        ),
      );
    return found;
  });
}
