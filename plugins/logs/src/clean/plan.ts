import { basename } from 'node:path';
import { type OpenFile, openFiles, processOf } from '@om-ops/kit/proc';
import { baseOf, isGeneration, type LogFile } from '../sources/files.ts';

/** What is done with a rotated generation. */
export interface CleanStep {
  file: LogFile;
  action: 'compress' | 'delete';
  ageMs: number;
  done: boolean;
}

export interface CleanPlan {
  steps: CleanStep[];
  /** Old, and left alone because somebody has it open. */
  open: { path: string; pid: number; command: string }[];
  /** Without a name and still taking room, until who has it open ends. */
  deletedOpen: { path: string; pid: number; command: string; bytes: number }[];
  /** Processes whose files could not be seen: nobody knows whether they have one open. */
  unseen: number;
  /** Named by the rules and no rotated generation: never touched. */
  live: string[];
}

export interface CleanRules {
  compressMs: number;
  deleteMs: number;
  /** So many of each log stay whatever their age. */
  keep: number;
  now: number;
}

/** What there is to do by these rules; looks and changes nothing. */
export function planClean(
  files: readonly LogFile[],
  rules: CleanRules,
  folders: readonly string[],
): CleanPlan {
  const isBelow = (path: string) => folders.some((one) => path.startsWith(`${one}/`));
  const seen = openFiles(isBelow);
  const byFile = new Map<string, OpenFile>(seen.files.map((one) => [one.id, one]));
  const rotated = files.filter(({ path }) => isGeneration(path));
  const plan: CleanPlan = {
    steps: [],
    open: [],
    deletedOpen: seen.files
      .filter(({ isDeleted }) => isDeleted)
      .map(({ path, pid, bytes }) => ({ path, pid, command: commandOf(pid), bytes })),
    unseen: seen.unseen,
    live: files.filter(({ path }) => !isGeneration(path)).map(({ path }) => path),
  };
  for (const group of Map.groupBy(rotated, ({ path }) => baseOf(path)).values()) {
    const newestFirst = [...group].sort((a, b) => b.modified - a.modified);
    for (const [place, file] of newestFirst.entries()) {
      const action = actionFor(file, place, rules);
      if (action === undefined) continue;
      const holder = byFile.get(file.id);
      if (holder !== undefined)
        plan.open.push({ path: file.path, pid: holder.pid, command: commandOf(holder.pid) });
      else plan.steps.push({ file, action, ageMs: rules.now - file.modified, done: false });
    }
  }
  return plan;
}

function actionFor(
  { modified, packed, path }: LogFile,
  place: number,
  { compressMs, deleteMs, keep, now }: CleanRules,
): CleanStep['action'] | undefined {
  const age = now - modified;
  if (age > deleteMs && place >= keep) return 'delete';
  const isPacked = packed !== null || /\.(?:xz|bz2)$/.test(path);
  return age > compressMs && !isPacked ? 'compress' : undefined;
}

function commandOf(pid: number): string {
  return basename(processOf(pid)?.argv[0] ?? '?');
}
