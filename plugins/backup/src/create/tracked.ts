import { exec } from '@om-ops/kit';
import type { Tracked } from '../archive/tree/exclude.ts';
import { outputExclusions } from '../categories.ts';

/** Long enough for any index; without an answer the defaults hold. */
const deadlineMs = 30_000;

/** What git tracks below a folder in folders that hold output as a rule. Undefined without git, or outside a checkout. */
export async function trackedOutput(
  source: string,
  signal: AbortSignal,
): Promise<Tracked | undefined> {
  const names = outputExclusions.map((pattern) => pattern.replace(/\/$/, ''));
  try {
    const { stdout } = await exec(
      'git',
      [
        // The checkout may belong to somebody else, and no program of its configuration is to be run.
        ...['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false', '-C', source],
        ...['ls-files', '-z', '--', ...names.map((name) => `:(glob)**/${name}/**`)],
      ],
      {
        signal,
        timeoutMs: deadlineMs,
        env: { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined },
      },
    );
    const paths = new Set<string>();
    for (const path of stdout.split('\0')) {
      for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
        paths.add(at);
    }
    return paths.size === 0 ? undefined : { patterns: new Set(outputExclusions), paths };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
