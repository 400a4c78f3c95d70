import type { RunResult } from '@om-ops/test-support/om-ops';

/** One of the result of `backup run`, and of `backup list` as far as it has the same. */
export interface Backup {
  category: string;
  path: string;
  metadataPath: string;
  bytes: number;
  sourceBytes: number;
  files: number;
  sha256: string;
  seconds: number;
  skipped: { path: string; reason: string }[];
}

/** PASS or FAIL by category. */
export function statuses(verified: RunResult): Record<string, string> {
  const { backups } = verified.json<{ backups: { category: string; status: string }[] }>().result;
  return Object.fromEntries(backups.map(({ category, status }) => [category, status]));
}
