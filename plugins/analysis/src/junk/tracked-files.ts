import type { JunkFinding } from './find.ts';
import type { IgnoredPaths, TrackedPaths } from './tracked.ts';

export interface Tracking {
  /** Tracked files of each finding that has some. */
  counts: Map<number, number | 'unknown'>;
  /** Findings that git was told to ignore. */
  ignored: Set<number>;
}

/** Whose place in a repository tells what it is: what a build makes is ignored, what people make is not. */
const toldByIgnoring = new Set(['dist', 'build']);

/**
 * What git knows of the findings, asking each repository once.
 *
 * @param paths real paths of the findings
 * @param repositories real path of the repository of each finding
 */
export async function trackedFiles(
  findings: readonly JunkFinding[],
  paths: readonly string[],
  repositories: readonly (string | undefined)[],
  asked: { tracked: TrackedPaths; ignored: IgnoredPaths },
  signal: AbortSignal,
): Promise<Tracking> {
  const counts: Tracking['counts'] = new Map();
  const ignored: Tracking['ignored'] = new Set();
  const byRepository = new Map<string, Map<string, number>>();
  for (const [at, repository] of repositories.entries()) {
    // git tracks nothing in its own folder.
    if (repository === undefined || findings[at]!.category === '.git') continue;
    const known = byRepository.get(repository) ?? new Map<string, number>();
    known.set(paths[at]!, at);
    byRepository.set(repository, known);
  }
  for (const [repository, known] of byRepository) {
    const prefix = repository.endsWith('/') ? repository : `${repository}/`;
    const answered = await asked.tracked(
      repository,
      (path) => {
        const full = prefix + path;
        // The outermost junk that holds the file is the one that was found.
        for (let end = full.indexOf('/', prefix.length); ; end = full.indexOf('/', end + 1)) {
          const at = known.get(end < 0 ? full : full.slice(0, end));
          if (at !== undefined) {
            counts.set(at, Number(counts.get(at) ?? 0) + 1);
            return;
          }
          if (end < 0) return;
        }
      },
      signal,
    );
    if (!answered) {
      for (const at of known.values()) counts.set(at, 'unknown');
      continue;
    }
    // Any name in it: whether git ignores the folder itself or all that it holds.
    const probes = new Map<string, number>();
    for (const [path, at] of known)
      if (!counts.has(at) && toldByIgnoring.has(findings[at]!.category))
        probes.set(`${path.slice(prefix.length)}/0`, at);
    if (probes.size === 0) continue;
    for (const probe of (await asked.ignored(repository, [...probes.keys()], signal)) ?? [])
      ignored.add(probes.get(probe)!);
  }
  return { counts, ignored };
}
