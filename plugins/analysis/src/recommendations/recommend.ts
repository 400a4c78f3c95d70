import type { Capped, Duplicates, Junk, Recommendation } from '../analysis.ts';
import { freedByAllButOne } from '../duplicates/duplicates.ts';
import type { JunkWithFacts } from '../junk/evidence.ts';
import { pathWord } from '../paths/shell.ts';
import { forJunk } from './for-junk.ts';
import { withLook } from './look-first.ts';

export interface RecommendInput {
  items: readonly JunkWithFacts[];
  /** Paths of pnpm stores. */
  stores: readonly string[];
  duplicates: Duplicates;
  /** For each path of the group with this index, what removing it frees on the disk. */
  freedBytes: (group: number) => number[];
  junk: Junk;
  now: Date;
  staleDays: number;
}

const most = 500;
const duplicateGroups = 20;
const duplicateBytes = 1024 * 1024;
const pathsInCommand = 10;

type Found = Omit<Recommendation, 'look'>;

/**
 * What one could do about it: first what can go, then what has to be looked at, the largest of each
 * first. Nothing here does it.
 */
export function recommend(input: RecommendInput): {
  recommendations: Recommendation[];
  capped: Capped[];
} {
  const all = [
    ...input.items.flatMap((found) => forJunk(found, input) ?? []),
    ...forStores(input),
    ...forDuplicates(input),
  ].sort((one, another) => another.bytes - one.bytes || (one.path < another.path ? -1 : 1));
  const said = all.map(withLook);
  const inOrder = [...said.filter(({ look }) => !look), ...said.filter(({ look }) => look)];
  return {
    recommendations: inOrder.slice(0, most),
    capped: all.length > most ? [{ key: 'recommendations', shown: most, total: all.length }] : [],
  };
}

function forStores({ items, stores }: RecommendInput): Found[] {
  const places = new Set(stores);
  for (const { item, facts } of items) if (facts.holdsStore) places.add(item.path);
  const outermost = [...places].filter(
    (place) => ![...places].some((other) => other !== place && place.startsWith(`${other}/`)),
  );
  return outermost.map((path) => ({
    kind: 'package-store',
    path,
    bytes: 0,
    why: 'A pnpm store: packages of all projects share its files. pnpm itself removes what no project uses any more.',
    command: 'pnpm store prune',
  }));
}

/** Large groups that are not junk already, to be looked at: which copy is the right one, nobody here knows. */
function forDuplicates({ duplicates, freedBytes, items }: RecommendInput): Found[] {
  // A file that is merely large may well be a copy too many.
  const junk = items.filter(({ item }) => item.category !== 'large-file');
  const junkPaths = new Set(junk.map(({ item }) => item.path));
  // Of the many files of one folder the way up is gone once.
  const below = new Map<string, boolean>();
  const isInJunk = (path: string): boolean => {
    if (path === '' || junkPaths.has(path)) return path !== '';
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    let isBelow = below.get(folder);
    if (isBelow === undefined) {
      isBelow = isInJunk(folder);
      below.set(folder, isBelow);
    }
    return isBelow;
  };
  const found: Found[] = [];
  for (const [group, { hash, paths, wastedBytes }] of duplicates.groups.entries()) {
    // They come most wasted first, counted with junk: the first small one does not end it.
    if (wastedBytes < duplicateBytes || found.length === duplicateGroups) break;
    const isOutside = paths.map((path) => !isInJunk(path));
    const outside = paths.filter((_, at) => isOutside[at]);
    const wasted = freedByAllButOne(freedBytes(group).filter((_, at) => isOutside[at]));
    if (wasted < duplicateBytes) continue;
    const words = outside.slice(0, pathsInCommand).map(pathWord).join(' ');
    found.push({
      kind: 'duplicates',
      path: outside[0]!,
      bytes: wasted,
      why:
        hash === undefined
          ? `${outside.length} files of the same name and size; compare their sums before removing any.`
          : `${outside.length} files with the same content (SHA-256 ${hash.slice(0, 12)}…); what refers to each of them decides which may go.`,
      command: hash === undefined ? `sha256sum -- ${words}` : `ls -li -- ${words}`,
    });
  }
  return found;
}
