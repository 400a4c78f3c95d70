import type { ScheduledTask, Site } from '@om-ops/kit';
import { logsSection } from './site.ts';

/** What is worth running again and again, as far as the profile says of what. */
export async function logsTasks(site: Site): Promise<ScheduledTask[]> {
  const { rotation, sources, retention } = await site.section(logsSection);
  const tasks: [isWanted: boolean, ScheduledTask][] = [
    [
      Object.keys(rotation).length > 0,
      {
        id: 'logs-rotate',
        title: 'Rotate the logs',
        argv: ['logs', 'rotate'],
        every: 'day',
        at: '00:10',
        why: 'A log that is never rotated fills the disk, and takes ever longer to read.',
      },
    ],
    [
      retention.files.length > 0,
      {
        id: 'logs-clean',
        title: 'Clear old generations of logs away',
        argv: ['logs', 'clean'],
        every: 'week',
        on: 'sun',
        at: '00:40',
        guarded: true,
        why: 'Old generations go by the rules of the profile, and none that somebody writes to.',
      },
    ],
    [
      Object.keys(sources).length > 0,
      {
        id: 'logs-errors',
        title: 'Tell new errors',
        argv: ['logs', 'errors', '--since', '24h', '--new', '--fail-over', '0'],
        every: 'day',
        at: '07:00',
        why: 'What no day before has said is seen in the morning.',
      },
    ],
  ];
  return tasks.flatMap(([isWanted, task]) => (isWanted ? [task] : []));
}
