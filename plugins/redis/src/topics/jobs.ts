import { OpsError } from '@om-ops/kit';
import type { RedisClient } from '../server/client.ts';
import type { QueueEntry } from '../site.ts';

export const jobStates = ['waiting', 'active', 'scheduled', 'failed'] as const;

export interface QueuedJob {
  id: string;
  name: string | null;
  /** Since when it is there; null: it does not say. */
  at: string | null;
  tries: number | null;
  /** Why it failed, without secrets. */
  reason: string | null;
  bytes: number;
}

/** Jobs of one state, the next one first; of failed ones the newest. */
export async function queuedJobs(
  client: RedisClient,
  entry: QueueEntry,
  queue: string,
  state: (typeof jobStates)[number],
  top: number,
  redact: (text: string) => string,
): Promise<QueuedJob[]> {
  if (entry.kind === 'bullmq')
    return ofBullmq(client, `${entry.prefix}:${queue}`, state, top, redact);
  if (state !== 'waiting')
    throw new OpsError(
      'E_NOT_KEPT',
      `${entry.kind === 'celery' ? 'Celery' : 'A list'} keeps no list of what is ${state} in Redis.`,
      {
        exit: 'usage',
        suggestions: ['See the numbers: om-ops queue status'],
      },
    );
  const found = (await client.call('LRANGE', queue, -top, -1)) as Buffer[];
  return found.reverse().map((message, at): QueuedJob => {
    const { headers } = parsed(message) as {
      headers?: { id?: string; task?: string; eta?: string | null; retries?: number };
    };
    return {
      id: headers?.id ?? `${at + 1}`,
      name: headers?.task ?? null,
      at: headers?.eta ?? null,
      tries: headers?.retries ?? null,
      reason: null,
      bytes: message.length,
    };
  });
}

async function ofBullmq(
  client: RedisClient,
  key: string,
  state: (typeof jobStates)[number],
  top: number,
  redact: (text: string) => string,
): Promise<QueuedJob[]> {
  const ids =
    state === 'waiting'
      ? ((await client.call('LRANGE', `${key}:wait`, -top, -1)) as Buffer[]).reverse()
      : state === 'active'
        ? ((await client.call('LRANGE', `${key}:active`, -top, -1)) as Buffer[]).reverse()
        : ((await client.call(
            state === 'failed' ? 'ZREVRANGE' : 'ZRANGE',
            `${key}:${state === 'failed' ? 'failed' : 'delayed'}`,
            0,
            top - 1,
          )) as Buffer[]);
  const rows = await client.pipeline(
    ids.map((id) => [
      'HMGET',
      `${key}:${id}`,
      'name',
      'timestamp',
      'attemptsMade',
      'failedReason',
      'data',
    ]),
  );
  return ids.map((id, at): QueuedJob => {
    const [name, time, tries, reason, data] = (
      Array.isArray(rows[at]) ? rows[at] : []
    ) as (Buffer | null)[];
    return {
      id: id.toString(),
      name: name?.toString() ?? null,
      at: time == null ? null : new Date(Number(time)).toISOString(),
      tries: tries == null ? null : Number(tries),
      reason: reason == null ? null : redact(reason.toString()),
      bytes: data?.length ?? 0,
    };
  });
}

function parsed(message: Buffer): object {
  try {
    const value: unknown = JSON.parse(message.toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
