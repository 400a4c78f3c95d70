import { OpsError } from '@om-ops/kit';
import { formatBytes } from '@om-ops/kit/text';
import type { Analysis, Comparable } from '../analysis.ts';
import { type RunStats, statKeys, statsOf } from './meta.ts';

/** Two analyses of the same folder, `against` being the earlier one as a rule. */
export interface Comparison {
  run: string;
  against: string;
  scope: string;
  path: string;
  totals: Record<keyof RunStats, Delta>;
  /** In both and larger now. Folders that only pass on what happened in one place below are left out. */
  grew: Change[];
  shrank: Change[];
  /** Here and not there; of a folder only the folder. */
  came: Change[];
  went: Change[];
  types: (Delta & { extension: string })[];
  /** How many changes there were of each list, which holds the largest of them. */
  counts: { grew: number; shrank: number; came: number; went: number };
  /** Sentences on what this comparison cannot see. */
  limits: string[];
}

export interface Delta {
  before: number;
  after: number;
  delta: number;
}

export interface Change extends Delta {
  kind: 'directory' | 'file';
  path: string;
  /** Came or went, unless it was there in the other run with no more than so many bytes: that kept none so small. */
  unlessUpTo?: number;
}

const listed = 500;
/** A folder is left out when one thing below it explains so much of its change. */
const explained = 0.9;

/** @throws OpsError E_NOT_COMPARABLE (exit 2) */
export function compareRuns(after: Analysis, before: Analysis): Comparison {
  if (after.path !== before.path)
    throw new OpsError(
      'E_NOT_COMPARABLE',
      `Run ${after.run} analysed ${after.path} and run ${before.run} analysed ${before.path}.`,
      { exit: 'usage', suggestions: ['Choose two runs of the same folder: om-ops analysis list'] },
    );
  // Of one that kept no sizes it is not known what was there.
  const isKept = [after, before].every(({ comparable }) => comparable.directories.length > 0);
  const changes = isKept ? changesBetween(entriesOf(before), entriesOf(after)) : [];
  const of = (wanted: Found['fate']): Change[] =>
    changes
      .filter(({ fate }) => fate === wanted)
      .map(({ fate: _, ...change }) => change)
      .sort(
        (one, another) =>
          Math.abs(another.delta) - Math.abs(one.delta) || (one.path < another.path ? -1 : 1),
      );
  const lists = { grew: of('grew'), shrank: of('shrank'), came: of('came'), went: of('went') };
  const afterStats = statsOf(after);
  const beforeStats = statsOf(before);
  return {
    run: after.run,
    against: before.run,
    scope: after.scope,
    path: after.path,
    totals: Object.fromEntries(
      statKeys.map((key) => [key, deltaOf(beforeStats[key], afterStats[key])]),
    ) as Comparison['totals'],
    grew: lists.grew.slice(0, listed),
    shrank: lists.shrank.slice(0, listed),
    came: lists.came.slice(0, listed),
    went: lists.went.slice(0, listed),
    types: typeDeltas(after, before),
    counts: {
      grew: lists.grew.length,
      shrank: lists.shrank.length,
      came: lists.came.length,
      went: lists.went.length,
    },
    limits: limitsOf(after, before),
  };
}

function deltaOf(before: number, after: number): Delta {
  return { before, after, delta: after - before };
}

interface Entries {
  bytes: Map<string, number>;
  folders: Set<string>;
  /** A path that is missing may be there with up to so many bytes. */
  from(kind: Change['kind']): number;
}

function entriesOf({ path, comparable }: Analysis): Entries {
  const bytes = new Map<string, number>();
  const folders = new Set<string>();
  const paths: string[] = [];
  for (const [index, [parent, name, size]] of comparable.directories.entries()) {
    const full = index === 0 ? path : below(paths[parent] ?? path, name);
    paths.push(full);
    bytes.set(full, size);
    folders.add(full);
  }
  for (const [folder, name, size] of comparable.files)
    bytes.set(below(paths[folder] ?? path, name), size);
  const { filesFrom, directoriesFrom } = comparable;
  return { bytes, folders, from: (kind) => (kind === 'file' ? filesFrom : directoriesFrom) };
}

function below(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

interface Found extends Change {
  fate: 'grew' | 'shrank' | 'came' | 'went';
}

function changesBetween(before: Entries, after: Entries): Found[] {
  const all: Found[] = [];
  const byPath = new Map<string, Found>();
  const add = (path: string, there: number | undefined, here: number | undefined): void => {
    if (there === here) return;
    const delta = (here ?? 0) - (there ?? 0);
    const kind = (here === undefined ? before : after).folders.has(path) ? 'directory' : 'file';
    const from =
      there === undefined ? before.from(kind) : here === undefined ? after.from(kind) : 0;
    // It may have been there, of the same size.
    if (from > 0 && Math.abs(delta) <= from) return;
    const change: Found = {
      fate:
        there === undefined ? 'came' : here === undefined ? 'went' : delta > 0 ? 'grew' : 'shrank',
      kind,
      path,
      before: there ?? 0,
      after: here ?? 0,
      delta,
      ...(from > 0 ? { unlessUpTo: from } : {}),
    };
    all.push(change);
    byPath.set(path, change);
  };
  for (const [path, bytes] of after.bytes) add(path, before.bytes.get(path), bytes);
  for (const [path, bytes] of before.bytes) if (!after.bytes.has(path)) add(path, bytes, undefined);

  // The largest single change below each folder, in its own direction.
  const largestBelow = new Map<string, number>();
  for (const { path, delta } of all) {
    const parent = parentOf(path);
    const same = byPath.get(parent);
    if (same === undefined || Math.sign(same.delta) !== Math.sign(delta)) continue;
    largestBelow.set(parent, Math.max(largestBelow.get(parent) ?? 0, Math.abs(delta)));
  }
  return all.filter(({ fate, kind, path, delta }) => {
    if (fate === 'came' || fate === 'went') return byPath.get(parentOf(path))?.fate !== fate;
    if (kind === 'file') return true;
    return (largestBelow.get(path) ?? 0) < Math.abs(delta) * explained;
  });
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut <= 0 ? '/' : path.slice(0, cut);
}

function typeDeltas(after: Analysis, before: Analysis): Comparison['types'] {
  const bytesOf = ({ types }: Analysis) =>
    new Map(types.map(({ extension, bytes }) => [extension, bytes]));
  const here = bytesOf(after);
  const there = bytesOf(before);
  return [...new Set([...here.keys(), ...there.keys()])]
    .map((extension) => ({
      extension,
      ...deltaOf(there.get(extension) ?? 0, here.get(extension) ?? 0),
    }))
    .filter(({ delta }) => delta !== 0)
    .sort((one, another) => Math.abs(another.delta) - Math.abs(one.delta))
    .slice(0, listed);
}

function limitsOf(after: Analysis, before: Analysis): string[] {
  const limits: string[] = [];
  const either = (value: (comparable: Comparable) => number): number =>
    Math.max(value(after.comparable), value(before.comparable));
  for (const { run, comparable } of [after, before])
    if (comparable.directories.length === 0)
      limits.push(`Run ${run} kept no sizes of single folders and files; only the totals compare.`);
  const files = either(({ filesFrom }) => filesFrom);
  if (files > 0)
    limits.push(
      `Files of ${formatBytes(files)} and less are not compared one by one, there being so many larger ones.`,
    );
  const directories = either(({ directoriesFrom }) => directoriesFrom);
  if (directories > 0)
    limits.push(
      `Folders of ${formatBytes(directories)} and less are not compared, there being so many larger ones.`,
    );
  limits.push(
    'Within junk only the upper two levels of folders are compared, and the files of the uppermost.',
  );
  if (JSON.stringify(after.settings) !== JSON.stringify(before.settings))
    limits.push(
      'The two runs had different settings, so junk, stale and duplicate numbers may differ by that alone.',
    );
  return limits;
}
