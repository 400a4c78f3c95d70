import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentProgress } from '@om-ops/kit';
import type { Analysis, AnalysisSettings } from '../src/analysis.ts';
import { type RunOptions, runAnalysis } from '../src/run/run.ts';
import { noUses } from './junk-fixture.ts';

export const settings: AnalysisSettings = {
  dedupeMode: 'quick',
  maxHashMb: 20,
  staleDays: 180,
  largeMb: 50,
  exclude: [],
  crossFileSystems: false,
};

export function optionsFor(folder: string, changes: Partial<RunOptions> = {}): RunOptions {
  return {
    scope: 'prod',
    path: join(folder, 'site'),
    state: join(folder, 'state'),
    version: '1.2.3',
    settings,
    tracked: async () => false,
    openPaths: async () => noUses,
    ...changes,
  };
}

export const run = (folder: string, changes: Partial<RunOptions> = {}): Promise<Analysis> =>
  runAnalysis(optionsFor(folder, changes), silentProgress());

export const moment = (second: number): Date => new Date(2026, 10, 22, 6, 7, second);

export function json<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
