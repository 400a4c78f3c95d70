import { closeSync, existsSync, fstatSync, realpathSync, statSync } from 'node:fs';
import { fromSystemError, OpsError, type Progress, systemCode } from '@om-ops/kit';
import { type BytesPath, readablePath } from './bytes-path.ts';
import { Exclusions, type Tracked } from './exclude.ts';
import { inclusionsOf } from './include.ts';
import { looksLikeName, unclearSegments } from './pattern.ts';
import type { SkipReason } from './skipped.ts';
import { openFolder, type TreeEntry, walkTree } from './walk.ts';

/** Which part of which folder is meant. */
export interface SourceOptions {
  /** A folder, or a link to one. */
  source: string;
  /** Paths relative to the source, each segment may be a glob; default: everything. See `inclusionsOf`. */
  include?: readonly string[];
  /** See `Exclusions`. */
  exclude: readonly string[];
  /** Absolute folders to leave out wherever they are met, such as STATE. */
  excludePaths?: readonly string[];
  /** Those of `exclude` that hold where nobody says otherwise: not for what `include` names, nor for what is tracked. */
  byDefault?: readonly string[];
  /** Those of `exclude` that somebody wrote down for this source: one that leaves out nothing is said. */
  written?: readonly string[];
  tracked?: Tracked | undefined;
}

/** A source, open: what is below it can be walked even when it is renamed meanwhile. */
export class Source {
  readonly #options: SourceOptions;
  readonly #path: string;
  readonly #root: number;
  readonly #include: readonly string[] | undefined;
  readonly #included = new Set<string>();
  /** Inclusions of which what they name is left out, and by what. */
  readonly #excluded = new Map<string, string>();
  #exclusions: Exclusions;
  #names: ReadonlySet<string> = new Set();

  /** Throws an OpsError when the source is not there, not readable or not a folder. */
  constructor(options: SourceOptions) {
    if (!existsSync('/proc/self/fd')) {
      throw new OpsError('E_NO_PROC', 'Cannot back up anything: /proc is not mounted.', {
        exit: 'requirement',
        suggestions: ['mount -t proc proc /proc'],
      });
    }
    this.#path = options.source;
    this.#include = options.include;
    this.#options = options;
    this.#exclusions = this.#exclusionsOf(options.exclude);
    try {
      this.#root = openFolder(realpathSync(options.source));
    } catch (error) {
      if (systemCode(error) !== 'ENOTDIR') throw fromSystemError(error, 'back up', options.source);
      throw new OpsError('E_NOT_FOLDER', `Cannot back up ${options.source}: it is not a folder.`, {
        exit: 'requirement',
        suggestions: ['Check the source in the site profile: om-ops config show'],
        cause: error,
      });
    }
  }

  #exclusionsOf(patterns: readonly string[]): Exclusions {
    const { excludePaths = [], byDefault = [], tracked } = this.#options;
    return new Exclusions(patterns, {
      folders: excludePaths,
      names: this.#names,
      byDefault,
      tracked,
    });
  }

  get exclusions(): Exclusions {
    return this.#exclusions;
  }

  /**
   * Looks whether what may be a pattern, `[slug]`, is the name of something; it then means that. To be
   * awaited before `entries`; costs a walk only where there are such patterns.
   */
  async settle(turn: () => Promise<void> | undefined): Promise<void> {
    const { exclude, include = [] } = this.#options;
    const asked = new Set(unclearSegments([...exclude, ...include].map(withoutEndSlash)));
    if (asked.size === 0) return;
    const found = new Set<string>();
    const clear = exclude.filter(
      (pattern) => unclearSegments([withoutEndSlash(pattern)]).length === 0,
    );
    const exclusions = this.#exclusionsOf(clear);
    try {
      const walk = { root: this.#root, exclusions, onSkipped: () => undefined };
      for (const { path, excludedBy } of walkTree(walk)) {
        const name = readablePath(path.slice(path.lastIndexOf('/') + 1));
        if (excludedBy === undefined && asked.has(name)) found.add(name);
        if (found.size === asked.size) break;
        const due = turn();
        if (due !== undefined) await due;
      }
    } catch (error) {
      throw fromSystemError(error, 'back up', this.#path);
    }
    this.#names = found;
    this.#exclusions = this.#exclusionsOf(exclude);
  }

  /** The source itself, whatever is included or excluded; the path is `.`. */
  root(): TreeEntry {
    const stat = fstatSync(this.#root, { bigint: true });
    return { path: '.', access: `/proc/self/fd/${this.#root}/.`, stat };
  }

  /** Everything below the source but not the source itself, see `walkTree`. Throws an OpsError when it cannot be read. */
  *entries(
    onSkipped: (path: BytesPath, reason: SkipReason) => void,
  ): Generator<TreeEntry, void, void> {
    const { exclusions } = this;
    const inclusions =
      this.#include === undefined ? undefined : inclusionsOf(this.#include, this.#names);
    const onIncluded = (pattern: string) => this.#included.add(pattern);
    const onExcluded = (pattern: string, by: string) => this.#excluded.set(pattern, by);
    try {
      yield* walkTree({
        root: this.#root,
        inclusions,
        exclusions,
        onIncluded,
        onExcluded,
        onSkipped,
      });
    } catch (error) {
      throw fromSystemError(error, 'back up', this.#path);
    }
  }

  /** After a walk: warns of inclusions and exclusions that do nothing, or something else than they seem to. */
  warnOfPatterns(progress: Progress): void {
    for (const pattern of this.#include ?? []) {
      const by = this.#excluded.get(pattern);
      if (!this.#included.has(pattern))
        progress.warn(
          by === undefined
            ? `There is no ${pattern} in ${this.#path}, so it is not in the backup.`
            : `${pattern} of ${this.#path} is not in the backup: \`${by}\` leaves it out.`,
        );
      else if (looksLikeName(pattern, this.#names))
        progress.warn(
          `\`${pattern}\` is the name of nothing in ${this.#path}, and was taken as a pattern.`,
        );
    }
    for (const pattern of this.#options.written ?? []) {
      const doubt = this.#exclusions.doubtOf(pattern);
      if (doubt !== undefined) progress.warn(`Exclusions of ${this.#path}: ${doubt}`);
    }
  }

  /** After a walk: throws an OpsError when the source is gone, so that what was read may not be all. */
  assertThere(): void {
    const there = statSync(this.#path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (there && fstatSync(this.#root).nlink > 0) return;
    throw new OpsError(
      'E_SOURCE_VANISHED',
      `Cannot back up ${this.#path}: it was moved or deleted during the backup.`,
      { suggestions: ['Run the backup again when the folder is back.'] },
    );
  }

  close(): void {
    closeSync(this.#root);
  }
}

function withoutEndSlash(pattern: string): string {
  return pattern.replace(/\/+$/, '');
}
