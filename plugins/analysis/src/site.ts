import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export const scopes = ['prod', 'server', 'front-end', 'entire'] as const;

export type Scope = (typeof scopes)[number];

export interface AnalysisSection {
  /** The folder of each scope, below root or absolute. */
  scopes: Record<Scope, string>;
  staleDays: number;
  largeMb: number;
  maxHashMb: number;
  /** gitignore patterns, relative to the analysed folder. */
  exclude: string[];
}

function defaults(server: string, frontEnd: string): AnalysisSection {
  return {
    scopes: { prod: '.', server, 'front-end': frontEnd, entire: '..' },
    staleDays: 180,
    largeMb: 50,
    maxHashMb: 20,
    exclude: [],
  };
}

const text = z.string().min(1);

export const analysisSection: SiteSection<AnalysisSection> = defineSection<AnalysisSection>(
  'analysis',
  z.strictObject({
    scopes: z
      .strictObject({ prod: text, server: text, 'front-end': text, entire: text })
      .describe('The folder of each scope, below root or absolute'),
    staleDays: z.int().min(1).describe('A file is stale after so many days without a change'),
    largeMb: z.number().positive().describe('A file is large above this size, in MiB'),
    maxHashMb: z.number().min(0).describe('Full mode compares files up to this size, in MiB'),
    exclude: z
      .array(text)
      .describe('Left out: gitignore patterns, relative to the analysed folder'),
  }),
  defaults('server', 'front-end'),
  ({ backend, frontend }) => defaults(backend.dir, frontend.dir),
);
