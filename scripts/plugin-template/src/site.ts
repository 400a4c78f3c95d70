import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface __Pascal__Section {
  /** Folder that is looked at, below root. */
  dir: string;
}

export const __camel__Section: SiteSection<__Pascal__Section> = defineSection<__Pascal__Section>(
  '__section__',
  z.strictObject({ dir: z.string().min(1).describe('Folder that is looked at, below root') }),
  { dir: '.' },
);
