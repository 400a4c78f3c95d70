import { type Cadence, type Weekday, weekdays } from '@om-ops/kit';
import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

/** What the profile says of one task; what it leaves out is as the plugin proposes. */
export interface TaskSetting {
  every?: Cadence | undefined;
  at?: string | undefined;
  on?: Weekday | number | undefined;
  window?: string | undefined;
  catchUp?: boolean | undefined;
  /** Of a task of the profile's own. */
  argv?: string[] | undefined;
  title?: string | undefined;
  guarded?: boolean | undefined;
  /** How long a run may take: `6h`. */
  timeout?: string | undefined;
}

export interface ScheduleSection {
  jitter: string;
  keepRuns: number;
  tasks: Record<string, TaskSetting | null>;
}

const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const time = z.string().regex(new RegExp(`^${clock}$`), 'Expected a time such as "03:30"');
const length = z
  .string()
  .regex(/^\d+(?:s|m|min|h|d)$/, 'Expected a length of time such as 30s, 5m or 2h');

const cadence = z
  .string()
  .regex(
    /^(?:day|week|month|[1-9]\d{0,3}[mh])$/,
    'Expected day, week, month, or an interval such as 30m or 6h',
  ) as z.ZodType as z.ZodType<Cadence>;

const task = z.strictObject({
  every: cadence.optional().describe('How often: day, week, month, 30m, 6h'),
  at: time.optional().describe('Local time, for day, week and month: "03:30"'),
  on: z
    .union([z.enum(weekdays), z.int().min(1).max(31)])
    .optional()
    .describe('Day of the week (sun) or of the month (1)'),
  window: z
    .string()
    .regex(new RegExp(`^${clock}-${clock}$`), 'Expected two times such as "22:00-06:00"')
    .optional()
    .describe('Between which local times it may begin: "22:00-06:00"'),
  catchUp: z.boolean().optional().describe('Whether the newest missed run is made up for'),
  argv: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('The om-ops command line of a task of your own: [backup, run, database]'),
  title: z.string().min(1).optional().describe('What a task of your own is called'),
  guarded: z
    .boolean()
    .optional()
    .describe(
      'Whether your own command asks for YES APPLY, which installing the schedule confirms',
    ),
  timeout: length.optional().describe('How long a run may take; default 24h'),
});

export const scheduleSection: SiteSection<ScheduleSection> = defineSection<ScheduleSection>(
  'schedule',
  z.strictObject({
    jitter: length.describe('By how much starts are spread at the most'),
    keepRuns: z.int().min(1).describe('How many records of runs are kept of each task'),
    tasks: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]*$/, 'Expected small letters, digits and dashes'),
        task.nullable(),
      )
      .describe('When each task runs; null: it does not'),
  }),
  {
    jitter: '30s',
    keepRuns: 20,
    tasks: {
      'health-check': { every: '30m' },
      'data-cleanup': { every: 'day', at: '03:30' },
      'log-rotation': { every: 'day', at: '00:10' },
      'backup-maintenance': { every: 'week', on: 'sun', at: '04:00' },
    },
  },
);
