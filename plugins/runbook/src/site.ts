import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface RunbooksSection {
  /** Folder with books of the site, below root: one of the same name takes the place of ours. */
  dir: string;
}

export const runbooksSection: SiteSection<RunbooksSection> = defineSection<RunbooksSection>(
  'runbooks',
  z.strictObject({
    dir: z.string().min(1).describe('Folder with books of the site, below root'),
  }),
  { dir: 'runbooks' },
);

/** By name the command lines behind om-ops. */
export type ChecklistsSection = Record<string, string[][]>;

export const checklistsSection: SiteSection<ChecklistsSection> = defineSection<ChecklistsSection>(
  'checklists',
  z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected small letters, digits and dashes'),
    z
      .array(z.array(z.string().min(1)).min(1))
      .describe('Command lines behind om-ops, one list each: [health, check]'),
  ),
  {},
);
