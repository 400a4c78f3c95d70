import type { Program } from '@om-ops/kit';
import type { Configuration } from '../config/configuration.ts';
import { findMaster, type Master } from './master.ts';
import { type OwnedPaths, ownedPaths } from './owned-paths.ts';
import { type Built, builtWith, nginxProgram } from './program.ts';

/** nginx on this machine, as far as a configuration goes. */
export interface Nginx {
  program: Program;
  built: Built;
  owned: OwnedPaths;
  master: Master | undefined;
}

/** @throws OpsError E_PROGRAM_MISSING (exit 5) */
export async function nginxHere(
  bin: string,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<Nginx> {
  const program = nginxProgram(bin);
  const built = await builtWith(program, signal);
  const { pidFile } = ownedPaths(configuration, built);
  const master = findMaster(configuration.conf, built, pidFile);
  return { program, built, owned: ownedPaths(configuration, built, master?.prefix), master };
}

/** Files that were written after the oldest worker began: it does not know what they hold. */
export function unreadFiles({ files }: Configuration, master: Master): string[] {
  const serving = master.workers.filter(({ isLeaving }) => !isLeaving);
  const oldest = Math.min(...serving.map(({ startedMs }) => startedMs));
  // /proc counts in hundredths of a second. A file of tomorrow would be unread for ever: its time tells nothing.
  const inFuture = Date.now() + 60_000;
  return Number.isFinite(oldest)
    ? files
        .filter(({ modifiedMs }) => modifiedMs > oldest + 50 && modifiedMs < inFuture)
        .map(({ path }) => path)
    : [];
}
