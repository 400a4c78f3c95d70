import { statSync } from 'node:fs';
import { type BytesPath, readablePath } from './bytes-path.ts';
import { globOf, isGlob, looksLikeName } from './pattern.ts';

export interface ExclusionOptions {
  /** Absolute paths of folders that are left out wherever they are met, by device and inode. */
  folders?: readonly string[];
  /** Names there are in the tree and that a pattern may mean literally, see `unclearSegments`. */
  names?: ReadonlySet<string>;
  /** Those of the patterns that only hold where nobody says otherwise: see `pattern`. */
  byDefault?: readonly string[];
  /** See `Tracked`. */
  tracked?: Tracked | undefined;
}

/** What of the folders that hold output as a rule is source all the same, because it is under version control. */
export interface Tracked {
  /** The patterns this is about: `logs/`. */
  patterns: ReadonlySet<string>;
  /** Paths of files, and of the folders above them. */
  paths: ReadonlySet<string>;
}

/**
 * What is left out of an archive.
 *
 * - `dist`, `*.log`, `.venv*`: a whole segment anywhere below the source, folder or file. `dist` is
 *   not `distribution`.
 * - `uploads/tmp`, `/cache`, `data/tmp-*`: a path from the source.
 * - A slash at the end (`build/`): folders only.
 *
 * Globs are picomatch's, and match names that start with a dot; see `globOf` for what is a name.
 * Matching is case-sensitive.
 */
export class Exclusions {
  readonly #names = new Map<string, Rule>();
  readonly #nameGlobs: Rule[] = [];
  readonly #paths = new Map<string, Rule>();
  readonly #pathGlobs: Rule[] = [];
  readonly #folders = new Map<string, string>();
  /** With the first path each left out. */
  readonly #used = new Map<string, string>();
  readonly #literal: ReadonlySet<string>;
  readonly #byDefault: ReadonlySet<string>;
  readonly #tracked: Tracked | undefined;
  /** Folders that are let through for what is tracked in them, and what would have left them out. */
  readonly #letThrough = new Map<string, string>();

  constructor(patterns: readonly string[], options: ExclusionOptions = {}) {
    this.#literal = options.names ?? new Set();
    this.#byDefault = new Set(options.byDefault);
    this.#tracked = options.tracked;
    for (const pattern of patterns) this.#add(pattern);
    for (const folder of options.folders ?? []) {
      const stat = statSync(folder, { bigint: true, throwIfNoEntry: false });
      if (stat?.isDirectory()) this.#folders.set(`${stat.dev}:${stat.ino}`, folder);
    }
  }

  /**
   * The pattern that leaves this member out, or undefined. `path` is relative to the source. What is
   * asked for by name is left out by no default.
   */
  pattern(
    path: BytesPath,
    name: BytesPath,
    isFolder: boolean,
    isNamed = false,
  ): string | undefined {
    const found = this.#rule(path, name, isFolder)?.pattern;
    const meant = found !== undefined && isNamed && this.#byDefault.has(found) ? undefined : found;
    const left = this.#tracked === undefined ? meant : this.#untracked(meant, path, isFolder);
    if (left !== undefined && !this.#used.has(left)) this.#used.set(left, readablePath(path));
    return left;
  }

  #rule(path: BytesPath, name: BytesPath, isFolder: boolean): Rule | undefined {
    const text = readablePath(name);
    return (
      usable(this.#names.get(text), isFolder) ??
      this.#nameGlobs.find((rule) => rule.glob?.test(text) && usable(rule, isFolder)) ??
      this.#byPath(path, isFolder)
    );
  }

  /** Lets tracked files through, and nothing beside them. */
  #untracked(found: string | undefined, path: BytesPath, isFolder: boolean): string | undefined {
    const { patterns, paths } = this.#tracked ?? { patterns: new Set(), paths: new Set() };
    if (found !== undefined && !patterns.has(found)) return found;
    const text = readablePath(path);
    if (found !== undefined && !(isFolder && paths.has(text))) return found;
    if (found !== undefined) {
      this.#letThrough.set(text, found);
      return undefined;
    }
    if (this.#letThrough.size === 0 || paths.has(text)) return undefined;
    for (let at = text.lastIndexOf('/'); at > 0; at = text.lastIndexOf('/', at - 1)) {
      const above = this.#letThrough.get(text.slice(0, at));
      if (above !== undefined) return above;
    }
    return undefined;
  }

  /** Whether a default would leave a folder out that is asked for by name. */
  leavesOutByDefault(path: BytesPath, name: BytesPath): boolean {
    return this.isDefault(this.#rule(path, name, true)?.pattern ?? '');
  }

  /** Whether a pattern is one of the defaults. */
  isDefault(pattern: string): boolean {
    return this.#byDefault.has(pattern);
  }

  /** The absolute folder of the constructor that this one is, or undefined. */
  folder(stat: { dev: bigint; ino: bigint }): string | undefined {
    if (this.#folders.size === 0) return undefined;
    const found = this.#folders.get(`${stat.dev}:${stat.ino}`);
    if (found !== undefined && !this.#used.has(found)) this.#used.set(found, found);
    return found;
  }

  /** The patterns and folders that left something out so far, sorted. */
  get used(): string[] {
    return [...this.#used.keys()].sort();
  }

  /** What there is to say of a pattern once all was seen: it left out nothing, or it is no name and left out others. A sentence. */
  doubtOf(pattern: string): string | undefined {
    const first = this.#used.get(pattern);
    if (first === undefined) return `Nothing is there that \`${pattern}\` could leave out.`;
    return looksLikeName(pattern, this.#literal) && isGlob(pattern)
      ? `\`${pattern}\` is the name of nothing that is there, and as a pattern it left out ${first}.`
      : undefined;
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
    if (!isGlob(path) || path.split('/').every((name) => this.#literal.has(name))) {
      const rules = isPath ? this.#paths : this.#names;
      // `dist` says more than `dist/`, whatever comes first.
      if (!foldersOnly || !rules.has(path)) rules.set(path, rule);
      return;
    }
    rule.glob = globOf(path, this.#literal);
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
