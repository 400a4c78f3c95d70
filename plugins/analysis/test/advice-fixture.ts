import { silentProgress } from '@om-ops/kit';
import type { AnalysisSettings, DedupeMode, Recommendation } from '../src/analysis.ts';
import { type AnalyseOptions, analyse } from '../src/run/analyse.ts';
import { noUses } from './junk-fixture.ts';

export function settingsWith(changes: Partial<AnalysisSettings> = {}): AnalysisSettings {
  return {
    dedupeMode: 'quick',
    maxHashMb: 20,
    staleDays: 180,
    largeMb: 1,
    exclude: [],
    crossFileSystems: false,
    ...changes,
  };
}

export async function adviceFor(
  path: string,
  {
    mode = 'quick' as DedupeMode,
    exclude = [] as string[],
    ...options
  }: Partial<AnalyseOptions> & { mode?: DedupeMode; exclude?: string[] } = {},
): Promise<Recommendation[]> {
  const given = {
    scope: 'path',
    path,
    settings: settingsWith({ dedupeMode: mode, exclude }),
    tracked: async () => false,
    openPaths: async () => noUses,
    ...options,
  };
  return (await analyse(given, silentProgress())).recommendations;
}

/** The command for each path below the folder, which is left out of both. */
export function commandsBelow(
  folder: string,
  all: readonly Recommendation[],
): Record<string, string> {
  return Object.fromEntries(
    all.map(({ path, command }) => [path.slice(folder.length + 1), command.replaceAll(folder, '')]),
  );
}
