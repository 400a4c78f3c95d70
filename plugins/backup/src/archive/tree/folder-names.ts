import { type Dir, fstatSync, opendirSync, readdirSync } from 'node:fs';

/** A folder whose own size is this holds some 20,000 names at least, and perhaps more than fit the memory. */
const largeFolder = 1024 * 1024;
const namesAtOnce = 8_192;

/**
 * The names in an open folder, one character per byte, in the order of their bytes. Those of a very
 * large one come in lots, each in order, because there is no end to how many it may hold.
 */
export class FolderNames {
  #names: string[];
  #next = 0;
  readonly #dir: Dir | undefined;

  /** Throws what `fs` throws. */
  constructor(fd: number) {
    const access = `/proc/self/fd/${fd}`;
    if (fstatSync(fd).size < largeFolder) {
      this.#names = readdirSync(access, 'latin1').sort();
    } else {
      this.#dir = opendirSync(access, { encoding: 'latin1', bufferSize: 1024 });
      this.#names = lotOf(this.#dir);
    }
  }

  /** Undefined at the end. Throws what `fs` throws. */
  next(): string | undefined {
    if (this.#next === this.#names.length && this.#dir !== undefined && this.#next > 0) {
      this.#names = lotOf(this.#dir);
      this.#next = 0;
    }
    const name = this.#names[this.#next];
    if (name !== undefined) this.#next += 1;
    return name;
  }

  close(): void {
    this.#dir?.closeSync();
  }
}

function lotOf(dir: Dir): string[] {
  const names: string[] = [];
  while (names.length < namesAtOnce) {
    const entry = dir.readSync();
    if (entry === null) break;
    names.push(entry.name);
  }
  return names.sort();
}
