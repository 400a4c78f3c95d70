import { OpsError, weekdays } from '@om-ops/kit';
import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

/** What an exit code of an application's script means. */
export interface ExitMeaning {
  /** The error's code: `E_API_UNREACHABLE`. */
  code: `E_${string}`;
  component: string | null;
  /** As the end of a sentence: `API connection failure`. */
  meaning: string;
  /** What om-ops ends with: 0 for an answer that is no failure, 6 for a thing that is not healthy. */
  exit: 0 | 1 | 5 | 6 | 7;
}

export interface JobSection {
  title: string | null;
  argv: string[];
  /** Below root. */
  cwd: string;
  /** A user of this machine; null: whoever runs om-ops. */
  user: string | null;
  /** Env files below root whose variables it gets. */
  envFiles: string[];
  env: Record<string, string>;
  timeout: string;
  /** Whose runs exclude each other; null: its own. */
  lock: string | null;
  /** Whether it is guarded: asks for the phrase. */
  confirm: boolean;
  exitCodes: Record<string, ExitMeaning>;
  /** When the schedule runs it; null: never by itself. */
  every: string | null;
  at: string | null;
  on: string | number | null;
  /** Else it is skipped, and that is recorded. */
  when: { env: string | null; argv: string[] | null };
  /** How many runs are kept. */
  keep: number;
}

const duration = z
  .string()
  .regex(/^\d+\s*(?:s|m|min|h|d)$/, 'expected a length of time: 90s, 5m, 2h');

const meaning: z.ZodType<ExitMeaning> = z.strictObject({
  code: z
    .string()
    .regex(/^E_[A-Z0-9_]+$/, 'expected a code: E_API_UNREACHABLE')
    .default('E_JOB_FAILED'),
  component: z.string().min(1).nullable().default(null),
  meaning: z.string().min(1),
  exit: z.union([z.literal(0), z.literal(1), z.literal(5), z.literal(6), z.literal(7)]).default(1),
}) as unknown as z.ZodType<ExitMeaning>;

const job = z.strictObject({
  title: z.string().min(1).nullable().default(null).describe('What it does, for lists'),
  argv: z
    .array(z.string())
    .min(1)
    .describe('Program and arguments; a relative program with / in it is below cwd'),
  cwd: z.string().min(1).default('.').describe('Folder it runs in, below root'),
  user: z.string().min(1).nullable().default(null).describe('As whom; null: whoever runs om-ops'),
  envFiles: z
    .array(z.string().min(1))
    .default([])
    .describe('Env files below root whose variables it gets'),
  env: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('More variables; no secrets here'),
  timeout: duration.default('1h').describe('How long it may take'),
  lock: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'expected small letters, digits and dashes')
    .nullable()
    .default(null)
    .describe('Jobs of one lock never run at once; null: only with itself'),
  confirm: z.boolean().default(false).describe('Ask for YES APPLY before it runs'),
  exitCodes: z
    .record(z.string().regex(/^\d{1,3}$/, 'expected an exit code'), meaning)
    .default({})
    .describe('What its exit codes mean'),
  every: z
    .string()
    .regex(/^(?:day|week|month|\d+[mh])$/, 'expected day, week, month, 15m or 6h')
    .nullable()
    .default(null)
    .describe('When the schedule runs it; null: never by itself'),
  at: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM')
    .nullable()
    .default(null)
    .describe('At which time of the day, in the time zone of the site'),
  on: z
    .union([z.enum(weekdays), z.int().min(1).max(31)])
    .nullable()
    .default(null)
    .describe('On which day of the week (mon) or of the month (1)'),
  when: z
    .strictObject({
      env: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe('Only if this variable is set in the env files'),
      argv: z
        .array(z.string())
        .min(1)
        .nullable()
        .default(null)
        .describe('Only if this program exits 0'),
    })
    .default({ env: null, argv: null })
    .describe('Else it is skipped, which is recorded'),
  keep: z.int().min(1).default(50).describe('How many of its runs are kept'),
}) as unknown as z.ZodType<JobSection>;

export type JobsSection = Record<string, JobSection>;

export const jobsSection: SiteSection<JobsSection> = defineSection<JobsSection>(
  'jobs',
  z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected small letters, digits and dashes'),
    job,
  ),
  {},
);

export interface NamedJob extends JobSection {
  name: string;
}

/** @throws OpsError E_NO_JOB (exit 2), naming the jobs there are */
export function jobNamed(jobs: JobsSection, name: string): NamedJob {
  const found = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (found !== undefined) return { name, ...found };
  const names = Object.keys(jobs);
  throw new OpsError('E_NO_JOB', `The profile has no job ${name}.`, {
    exit: 'usage',
    suggestions: [
      names.length === 0 ? 'Name it there: jobs: {…}' : `There are: ${names.join(', ')}`,
    ],
  });
}

export function jobsOf(jobs: JobsSection): NamedJob[] {
  return Object.entries(jobs).map(([name, one]) => ({ name, ...one }));
}
