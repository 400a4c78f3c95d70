import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '@om-ops/kit';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import {
  type ExtractOptions,
  type ExtractResult,
  extractArchive,
} from '../src/archive/extract/extract.ts';

/** A folder with an archive, a place to restore to, and something beside it that must not change. */
export interface Place {
  base: string;
  archive: string;
  /** Not there yet. */
  target: string;
  outside: string;
}

export function makePlace(context: CleansUp, content: Buffer): Place {
  const base = temporaryFolder(context);
  const place = {
    base,
    archive: join(base, 'test.tar.gz'),
    target: join(base, 'parent/target'),
    outside: join(base, 'parent/outside'),
  };
  mkdirSync(place.outside, { recursive: true });
  writeFileSync(join(place.outside, 'secret'), 'secret');
  mkdirSync(join(place.outside, 'folder'));
  writeFileSync(place.archive, content);
  return place;
}

export interface Restored {
  result: ExtractResult;
  warnings: string[];
}

export async function restore(
  { archive, target }: Pick<Place, 'archive' | 'target'>,
  options: Partial<ExtractOptions> = {},
): Promise<Restored> {
  const warnings: string[] = [];
  const progress: Progress = {
    report() {},
    warn: (message) => warnings.push(message),
    signal: new AbortController().signal,
  };
  const result = await extractArchive({
    archive,
    to: target,
    inPlace: false,
    progress,
    ...options,
  });
  return { result, warnings };
}

export function tar(folder: string, ...args: string[]): Buffer {
  return execFileSync('tar', ['-czf', '-', ...args, '-C', folder, '.'], {
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
