import { globOf, isGlob } from '../tree/pattern.ts';

/** Which members are wanted. A pattern that names a folder takes what is below it too. */
export interface Selection {
  has(path: Buffer): boolean;
  /** The patterns that no member has matched so far. */
  unmatched(): string[];
}

/**
 * Patterns are globs on member names (`uploads`, `src/*.js`), with or without `./` in front; `.` is
 * all there is. What starts with `!` is a name like any other.
 */
export function selectionOf(patterns: readonly string[]): Selection {
  const globs = patterns.map((pattern) => {
    return { pattern, isMatch: matcherOf(cleanPattern(pattern)), matched: false };
  });
  let lastFolder = '';
  let lastFolderWanted = false;
  const matches = (path: string): boolean => {
    let found = false;
    for (const glob of globs) {
      if (!glob.isMatch(path)) continue;
      glob.matched = true;
      found = true;
    }
    return found;
  };
  const folderWanted = (folder: string): boolean => {
    if (folder === '' || folder === '.') return false;
    if (folder !== lastFolder) {
      const wanted = matches(folder) || folderWanted(parentOf(folder));
      lastFolder = folder;
      lastFolderWanted = wanted;
    }
    return lastFolderWanted;
  };
  return {
    has(path) {
      const text = cleanPattern(path.toString());
      return matches(text) || folderWanted(parentOf(text));
    },
    unmatched: () => globs.filter(({ matched }) => !matched).map(({ pattern }) => pattern),
  };
}

function matcherOf(pattern: string): (path: string) => boolean {
  if (pattern === '.') return () => true;
  // Of a pattern that is nothing but slashes.
  if (pattern === '') return () => false;
  const glob = isGlob(pattern) ? globOf(pattern) : undefined;
  const name = pattern.replace(/\\(.)/gs, '$1');
  return (path) =>
    path !== '.' && (path === pattern || (glob === undefined ? path === name : glob.test(path)));
}

function cleanPattern(pattern: string): string {
  const clean = pattern.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
  return clean === '' && pattern.startsWith('.') ? '.' : clean;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Keeps the few member names that look most like a pattern that matched none. */
export class NearNames {
  readonly #wanted: { whole: Set<string>; last: Set<string> };
  readonly #best: { path: string; score: number }[] = [];
  readonly #most = 3;

  constructor(pattern: string) {
    const literal = cleanPattern(pattern).replace(/^\/+/, '').toLowerCase();
    const last = literal.slice(literal.lastIndexOf('/') + 1);
    this.#wanted = { whole: pairsOf(literal), last: pairsOf(last) };
  }

  add(path: string): void {
    const text = path.toLowerCase();
    const last = text.slice(text.lastIndexOf('/') + 1);
    const score =
      likeness(this.#wanted.whole, pairsOf(text)) + likeness(this.#wanted.last, pairsOf(last));
    if (
      score < 0.6 ||
      (this.#best.length === this.#most && score <= (this.#best.at(-1)?.score ?? 0))
    )
      return;
    this.#best.push({ path, score });
    this.#best.sort((one, other) => other.score - one.score);
    this.#best.splice(this.#most);
  }

  best(): string[] {
    return this.#best.map(({ path }) => path);
  }
}

function pairsOf(text: string): Set<string> {
  const pairs = new Set<string>();
  const marked = `^${text.replace(/[\\*?[\]{}()!]/g, '')}$`;
  for (let at = 0; at + 1 < marked.length; at++) pairs.add(marked.slice(at, at + 2));
  return pairs;
}

/** Dice's coefficient: 1 for the same, 0 for nothing in common. */
function likeness(one: Set<string>, other: Set<string>): number {
  let common = 0;
  for (const pair of one) if (other.has(pair)) common++;
  return (2 * common) / (one.size + other.size);
}
