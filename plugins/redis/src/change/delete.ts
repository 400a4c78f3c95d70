import { type Guarded, OpsError, type Progress } from '@om-ops/kit';
import { formatCount } from '@om-ops/kit/text';
import type { RedisClient } from '../server/client.ts';
import { keyText, scanned, sound } from '../topics/keys.ts';
import { queueKeys } from '../topics/queues.ts';

export interface DeletePlan {
  keys: Buffer[];
  sample: string[];
  batch: number;
  deleted: number;
}

export async function planDelete(
  client: RedisClient,
  {
    pattern,
    olderThanMs,
    batch,
    progress,
  }: { pattern: string; olderThanMs: number | undefined; batch: number; progress: Progress },
): Promise<DeletePlan> {
  const keys: Buffer[] = [];
  for await (const some of scanned(client, {
    pattern,
    paceMs: 0,
    most: Number.POSITIVE_INFINITY,
    progress,
  })) {
    if (olderThanMs === undefined) {
      keys.push(...some);
      continue;
    }
    const idle = await client.pipeline(some.map((key) => ['OBJECT', 'IDLETIME', key]));
    for (const [at, key] of some.entries()) {
      const seconds = sound(idle[at]);
      if (typeof seconds === 'number' && seconds * 1000 >= olderThanMs) keys.push(key);
    }
  }
  const queue = keys.find((key) => ofQueue.test(key.toString('latin1')));
  if (queue !== undefined)
    throw new OpsError(
      'E_QUEUE_KEYS',
      `The pattern matches ${keyText(queue)}, which is a queue: what waits in it would be lost.`,
      {
        exit: 'unhealthy',
        suggestions: [
          'Take a pattern that does not match it.',
          'See what waits: om-ops queue status',
        ],
      },
    );
  return { keys, sample: keys.slice(0, 5).map(keyText), batch, deleted: 0 };
}

const ofQueue = new RegExp(
  `^(?:${queueKeys.map((key) => key.replace(/[.]/g, '\\.').replaceAll('*', '.*')).join('|')})$`,
);

export function deleteGuard(
  client: RedisClient,
  plan: (progress: Progress) => Promise<DeletePlan>,
): Guarded<DeletePlan> {
  return {
    plan,
    changes: ({ keys, sample }) =>
      keys.length === 0
        ? []
        : [{ kind: 'remove', what: `${formatCount(keys.length)} keys`, detail: sample.join(', ') }],
    question: ({ keys }) =>
      `${formatCount(keys.length)} keys of ${client.address.where} will be deleted.`,
    apply: async (plan, { signal, report }) => {
      const { keys, batch } = plan;
      for (let at = 0; at < keys.length; at += batch) {
        signal.throwIfAborted();
        const count = await client.call('UNLINK', ...keys.slice(at, at + batch));
        plan.deleted += typeof count === 'number' ? count : 0;
        report({ detail: `${formatCount(plan.deleted)} of ${formatCount(keys.length)}` });
      }
    },
    standing: ({ deleted }) =>
      deleted === 0 ? 'Nothing was deleted.' : `${formatCount(deleted)} keys are deleted.`,
    touched: ({ deleted }) => [`${deleted} keys of ${client.address.where}`],
  };
}
