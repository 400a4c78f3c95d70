import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

/** How a build is told to write elsewhere than to dist: by a variable, or by a flag of its script. */
export type BuildOut = { env: string } | { flag: string };

export interface BuildSection {
  /** Null: it cannot be told, and what it replaces is kept and put back when it fails. */
  out: BuildOut | null;
  /** A file that the build's script makes while the site is in maintenance, below root. */
  maintenanceFlag: string | null;
  installSeconds: number;
  buildSeconds: number;
  keepRuns: number;
}

const out = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/, 'Expected the name of a variable') }),
  z.strictObject({ flag: z.string().regex(/^-{1,2}[A-Za-z]/, 'Expected a flag such as --outDir') }),
]);

export const buildSection: SiteSection<BuildSection> = defineSection<BuildSection>(
  'build',
  z.strictObject({
    out: out
      .nullable()
      .describe(
        'How the build is told to write beside the live dist: {env: NAME} or {flag: --outDir}; null: it cannot be told',
      ),
    maintenanceFlag: z
      .string()
      .min(1)
      .nullable()
      .describe(
        'File that the build makes while the site is in maintenance, below root; taken away after a build that left it',
      ),
    installSeconds: z.int().min(1).describe('How long the installing of packages may take'),
    buildSeconds: z.int().min(1).describe('How long the build script may take'),
    keepRuns: z.int().min(1).describe('How many records of rebuilds are kept in STATE/build/runs'),
  }),
  { out: null, maintenanceFlag: null, installSeconds: 600, buildSeconds: 900, keepRuns: 20 },
);
