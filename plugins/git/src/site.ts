import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface GitSection {
  /** The remote that is pushed to. */
  remote: string;
  /** Above this size a file is large, in MiB. */
  largeFileMb: number;
  /** Where `push-summary` puts the pages, below root. */
  summaryDir: string;
}

export const gitSection: SiteSection<GitSection> = defineSection<GitSection>(
  'git',
  z.strictObject({
    remote: z
      .string()
      .regex(/^(?!-)[\w.][\w./-]*$/, 'the name of a remote, such as origin')
      .describe('The remote that is pushed to, by its name'),
    largeFileMb: z
      .number()
      .positive()
      .describe('A commit asks before it takes a file above this size, in MiB'),
    summaryDir: z
      .string()
      .min(1)
      .regex(/^(?![/-])(?!.*(?:^|\/)\.\.?(?:\/|$))/, 'a folder below root')
      .describe('The folder below root that push-summary copies the pages to and commits'),
  }),
  { remote: 'origin', largeFileMb: 50, summaryDir: 'daily-summary' },
);
