import { statSync } from 'node:fs';
import picomatch from 'picomatch';
import { type BytesPath, readablePath } from './bytes-path.ts';

/**
 * What is left out of an archive.
 *
 * - `dist`, `*.log`, `.venv*`: a whole segment anywhere below the source, folder or file. `dist` is
 *   not `distribution`.
 * - `uploads/tmp`, `/cache`, `data/tmp-*`: a path from the source.
 * - A slash at the end (`build/`): folders only.
 *
 * Globs are picomatch's, and match names that start with a dot. Matching is case-sensitive.
 */
export class Exclusions {
  readonly #names = new Map<string, Rule>();
  readonly #nameGlobs: Rule[] = [];
  readonly #paths = new Map<string, Rule>();
  readonly #pathGlobs: Rule[] = [];
  readonly #folders = new Map<string, string>();
  readonly #used = new Set<string>();

  /** `folders`: absolute paths of folders that are left out wherever they are met, by device and inode. */
  constructor(patterns: readonly string[], folders: readonly string[] = []) {
    for (const pattern of patterns) this.#add(pattern);
    for (const folder of folders) {
      const stat = statSync(folder, { bigint: true, throwIfNoEntry: false });
      if (stat?.isDirectory()) this.#folders.set(`${stat.dev}:${stat.ino}`, folder);
    }
  }

  /** The pattern that leaves this member out, or undefined. `path` is relative to the source. */
  pattern(path: BytesPath, name: BytesPath, isFolder: boolean): string | undefined {
    const text = readablePath(name);
    const found =
      usable(this.#names.get(text), isFolder) ??
      this.#nameGlobs.find((rule) => rule.glob?.test(text) && usable(rule, isFolder)) ??
      this.#byPath(path, isFolder);
    if (found !== undefined) this.#used.add(found.pattern);
    return found?.pattern;
  }

  /** The absolute folder of the constructor that this one is, or undefined. */
  folder(stat: { dev: bigint; ino: bigint }): string | undefined {
    if (this.#folders.size === 0) return undefined;
    const found = this.#folders.get(`${stat.dev}:${stat.ino}`);
    if (found !== undefined) this.#used.add(found);
    return found;
  }

  /** The patterns and folders that left something out so far, sorted. */
  get used(): string[] {
    return [...this.#used].sort();
  }

  #byPath(path: BytesPath, isFolder: boolean): Rule | undefined {
    if (this.#paths.size === 0 && this.#pathGlobs.length === 0) return undefined;
    const text = readablePath(path);
    return (
      usable(this.#paths.get(text), isFolder) ??
      this.#pathGlobs.find((rule) => rule.glob?.test(text) && usable(rule, isFolder))
    );
  }

  #add(pattern: string): void {
    const foldersOnly = pattern.endsWith('/');
    const bare = pattern.replace(/\/+$/, '');
    const path = bare.replace(/^(\.?\/)+/, '');
    if (path === '' || path === '.') return;
    const rule: Rule = { pattern, foldersOnly };
    const isPath = path !== bare || path.includes('/');
    if (!picomatch.scan(path).isGlob) {
      const rules = isPath ? this.#paths : this.#names;
      // `dist` says more than `dist/`, whatever comes first.
      if (!foldersOnly || !rules.has(path)) rules.set(path, rule);
      return;
    }
    // `**` goes over newlines in names as well.
    rule.glob = picomatch.makeRe(path, { dot: true, nonegate: true, flags: 's' });
    (isPath ? this.#pathGlobs : this.#nameGlobs).push(rule);
  }
}

interface Rule {
  /** As it was given. */
  pattern: string;
  foldersOnly: boolean;
  glob?: RegExp;
}

function usable(rule: Rule | undefined, isFolder: boolean): Rule | undefined {
  return rule === undefined || (rule.foldersOnly && !isFolder) ? undefined : rule;
}
