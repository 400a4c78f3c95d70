import { readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Remembers what was in STATE before a command began, so that one which fails before its work leaves no
 * empty folders behind.
 */
export class FreshFolders {
  readonly #state: string;
  /** Undefined: STATE itself was not there. */
  readonly #before: ReadonlySet<string> | undefined;
  readonly #highest: string;

  constructor(state: string) {
    this.#state = state;
    this.#before = namesIn(state);
    let highest = resolve(state);
    for (let above = highest; !isThere(above); above = dirname(above)) highest = above;
    this.#highest = highest;
  }

  /** Removes the folders that were made since and hold nothing. */
  removeEmpty(): void {
    if (this.#before === undefined) removeEmptyTree(this.#highest);
    else
      for (const name of namesIn(this.#state) ?? [])
        if (!this.#before.has(name)) removeEmptyTree(join(this.#state, name));
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function namesIn(folder: string): Set<string> | undefined {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return undefined;
  }
}

function removeEmptyTree(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeEmptyTree(join(folder, entry.name));
    rmdirSync(folder);
  } catch {
    // Not empty, or not ours to remove.
  }
}
