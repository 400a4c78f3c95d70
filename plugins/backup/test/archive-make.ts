import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { silentProgress } from '@om-ops/kit';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { type ArchiveOptions, type ArchiveTotals, createArchive } from '../src/archive/archive.ts';

/** A folder to archive, and where the archive goes. */
export interface Bench {
  base: string;
  tree: string;
  archive: string;
}

export function makeBench(test: CleansUp): Bench {
  const base = temporaryFolder(test);
  return { base, tree: join(base, 'tree'), archive: join(base, 'tree.tar.gz') };
}

export interface Made extends ArchiveTotals {
  warnings: string[];
}

/** Archives `bench.tree` to `bench.archive`. */
export async function make(bench: Bench, options: Partial<ArchiveOptions> = {}): Promise<Made> {
  const warnings: string[] = [];
  const fd = openSync(bench.archive, 'w');
  try {
    const totals = await createArchive({
      source: bench.tree,
      exclude: [],
      output: fd,
      progress: { ...silentProgress(), warn: (message) => warnings.push(message) },
      ...options,
    });
    return { ...totals, warnings };
  } finally {
    closeSync(fd);
  }
}

/** The names in an archive as GNU tar lists them, but for the first, which is the source itself. */
export function namesIn(archive: string): string[] {
  const listing = execFileSync('tar', ['-tzf', archive, '--quoting-style=escape'], {
    maxBuffer: 1e9,
    encoding: 'latin1',
  });
  const [root, ...names] = listing.split('\n').slice(0, -1);
  assert.equal(root, './');
  return names;
}

export function untarred(archive: string): Buffer {
  return gunzipSync(readFileSync(archive));
}

/** Extracts with GNU tar, keeping all it can keep. */
export function extractWithTar(archive: string, target: string): void {
  execFileSync(
    'tar',
    [
      ...['-xpzf', archive, '-C', target, '--warning=no-timestamp'],
      ...['--xattrs', '--xattrs-include=*', '--acls', '--same-owner'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}
