import { closeSync, existsSync, fstatSync, realpathSync, statSync } from 'node:fs';
import { fromSystemError, OpsError, type Progress, systemCode } from '@om-ops/kit';
import type { BytesPath } from './bytes-path.ts';
import { Exclusions } from './exclude.ts';
import { inclusionsOf } from './include.ts';
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
}

/** A source, open: what is below it can be walked even when it is renamed meanwhile. */
export class Source {
  readonly exclusions: Exclusions;
  readonly #path: string;
  readonly #root: number;
  readonly #include: readonly string[] | undefined;
  readonly #included = new Set<string>();

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
    this.exclusions = new Exclusions(options.exclude, options.excludePaths);
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
    const inclusions = this.#include === undefined ? undefined : inclusionsOf(this.#include);
    const onIncluded = (pattern: string) => this.#included.add(pattern);
    try {
      yield* walkTree({ root: this.#root, inclusions, exclusions, onIncluded, onSkipped });
    } catch (error) {
      throw fromSystemError(error, 'back up', this.#path);
    }
  }

  /** After a walk: warns of inclusions that nothing was found for. */
  warnOfMissing(progress: Progress): void {
    for (const pattern of this.#include ?? []) {
      if (this.#included.has(pattern)) continue;
      progress.warn(`There is no ${pattern} in ${this.#path}, so it is not in the backup.`);
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
