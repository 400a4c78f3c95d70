import type { Cadence, ScheduledTask, Site, Weekday } from '@om-ops/kit';
import { jobsOf, jobsSection } from './site.ts';

/** The jobs that have a cadence. */
export async function jobTasks(site: Site): Promise<ScheduledTask[]> {
  return jobsOf(await site.section(jobsSection)).flatMap(
    ({ name, title, every, at, on, confirm }) =>
      every === null
        ? []
        : [
            {
              id: `job-${name}`,
              title: title ?? `Job ${name}`,
              argv: ['job', 'run', name],
              every: every as Cadence,
              ...(at === null ? {} : { at }),
              ...(on === null ? {} : { on: on as Weekday | number }),
              ...(confirm ? { guarded: true } : {}),
              why: 'The profile says so (jobs).',
            },
          ],
  );
}
