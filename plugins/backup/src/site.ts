import { defineSection, type SiteSection, z } from '@om-ops/kit/site';
import type { TreeCategory } from './categories.ts';

/** One folder of the site that is backed up. */
export interface TreeSource {
  /** Below root, or absolute. */
  source: string;
  /** Only these names below source; all of it without. */
  include?: string[] | undefined;
  /** Left out in addition to the built-in exclusions. */
  exclude?: string[] | undefined;
}

/** How many stay; null: no such rule. */
export interface Retention {
  keepLast: number | null;
  keepDaily: number | null;
  keepWeekly: number | null;
  keepMonthly: number | null;
}

export interface BackupSection {
  compression: { level: number };
  /** What `run --prune` and a bare `prune` go by. */
  retention: Retention;
  /** Null: this site has no such thing, and `--all` passes it over. */
  categories: Record<TreeCategory, TreeSource | null>;
}

const text = z.string().min(1);
const keep = (of: string) =>
  z.int().min(1).nullable().describe(`How many stay: the newest ${of}; null: no such rule`);
const tree = z
  .strictObject({
    source: text.describe('Folder to back up, below root or absolute'),
    include: z.array(text).optional().describe('Only these names below source'),
    exclude: z
      .array(text)
      .optional()
      .describe('Left out as well; a name matches whole path segments, a path counts from source'),
  })
  .nullable()
  .describe('null: this site has no such thing');

export const backupSection: SiteSection<BackupSection> = defineSection<BackupSection>(
  'backup',
  z.strictObject({
    compression: z.strictObject({ level: z.int().min(1).max(9).describe('gzip level') }),
    retention: z
      .strictObject({
        keepLast: keep('of all'),
        keepDaily: keep('of each of the last so many days'),
        keepWeekly: keep('of each of the last so many weeks'),
        keepMonthly: keep('of each of the last so many months'),
      })
      .describe('What `backup run --prune` and `backup prune` without a rule keep'),
    categories: z.strictObject({
      prod: tree,
      server: tree,
      'front-end': tree,
      images: tree,
      nginx: tree,
    }),
  }),
  {
    compression: { level: 6 },
    retention: { keepLast: 7, keepDaily: 14, keepWeekly: 8, keepMonthly: 12 },
    categories: {
      prod: { source: '.', exclude: ['uploads/tmp'] },
      server: { source: 'server' },
      'front-end': { source: 'front-end' },
      images: { source: 'front-end/public/images' },
      nginx: { source: '/etc/nginx', include: ['nginx.conf', 'sites-available', 'sites-enabled'] },
    },
  },
);
