import type { ScheduledTask, Site } from '@om-ops/kit';
import { type DigestKind, digestKinds, notifySection } from '../site/notify.ts';

const cadence = { daily: 'day', weekly: 'week', monthly: 'month' } as const;
const words: Readonly<Record<DigestKind, string>> = {
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
};

/** What has to be sent again and again; nothing where nobody is told of anything. */
export async function notifyTasks(site: Site): Promise<ScheduledTask[]> {
  const { channels, digest } = await site.section(notifySection);
  if (Object.keys(channels).length === 0) return [];
  const digests = digestKinds.flatMap((kind): ScheduledTask[] => {
    const plan = digest[kind];
    if (plan === undefined) return [];
    return [
      {
        // The schedule knows the daily one by this name.
        id: kind === 'daily' ? 'digest' : `digest-${kind}`,
        title: `Send the digest of the ${words[kind]}`,
        argv: ['notify', 'digest', kind],
        every: cadence[kind],
        at: plan.at,
        why: 'What happened is told without anybody asking.',
      },
    ];
  });
  return [
    {
      id: 'notify-outbox',
      title: 'Send what waits',
      argv: ['notify', 'retry', '--due'],
      every: '5m',
      why: 'What could not be sent is tried again without waiting for the next look.',
    },
    ...digests,
  ];
}
