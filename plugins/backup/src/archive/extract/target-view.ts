import { closeSync, lstatSync, openSync, readdirSync, type Stats } from 'node:fs';
import { systemCode } from '@om-ops/kit/errors';
import { journalSuffixes } from '../live-databases.ts';
import type { PosixCalls } from '../posix/calls.ts';
import { printableName } from '../tar/reader-damage.ts';
import { ImmutableThere, TargetConflict } from './member-check.ts';
import { joinParts, type NameParts } from './member-name.ts';
import { openFolderFlags, pathIn } from './open-path.ts';

/** Looks at what lies in the target, changing nothing and following no link. */
export class TargetView {
  /** Names in folders that were looked at which say that they are temporary. Relative to the target. */
  readonly temporaries: Buffer[] = [];
  readonly #rootFd: number;
  readonly #posix: Pick<PosixCalls, 'isImmutable'>;
  readonly #isTemporary: (name: string) => boolean;
  #folder: NameParts | undefined;
  /** Names in that folder that may be a SQLite database's. As latin1. */
  readonly #journals = new Set<string>();
  /** Undefined when it is not there. */
  #fd: number | undefined;

  constructor(
    rootFd: number,
    posix: Pick<PosixCalls, 'isImmutable'>,
    isTemporary: (name: string) => boolean,
  ) {
    this.#rootFd = rootFd;
    this.#posix = posix;
    this.#isTemporary = isTemporary;
  }

  /** What is there under the name; throws UnsafeMember and TargetConflict when its folder is none. */
  look(parts: NameParts): Stats | undefined {
    const name = parts.at(-1);
    if (name === undefined) return lstatSync(pathIn(this.#rootFd, Buffer.from('.')));
    const folder = parts.slice(0, -1);
    if (!this.#folder || !isSame(this.#folder, folder)) this.#enter(folder);
    if (this.#fd === undefined) return undefined;
    const path = pathIn(this.#fd, name);
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there && this.#posix.isImmutable(path)) throw new ImmutableThere(parts);
    return there;
  }

  /** What lies beside a name that was just looked at, and would be a SQLite database's. */
  journalsOf(parts: NameParts): NameParts[] {
    if (this.#journals.size === 0) return [];
    const name = (parts.at(-1) as Buffer).toString('latin1');
    return journalSuffixes
      .map((suffix) => `${name}${suffix}`)
      .filter((beside) => this.#journals.has(beside))
      .map((beside) => [...parts.slice(0, -1), Buffer.from(beside, 'latin1')]);
  }

  close(): void {
    if (this.#fd !== undefined && this.#fd !== this.#rootFd) closeSync(this.#fd);
    this.#fd = undefined;
    this.#folder = undefined;
    this.#journals.clear();
  }

  #enter(folder: NameParts): void {
    this.close();
    let fd: number | undefined = this.#rootFd;
    for (let at = 0; at < folder.length && fd !== undefined; at++) {
      const next: number | undefined = this.#open(fd, folder, at);
      if (fd !== this.#rootFd) closeSync(fd);
      fd = next;
    }
    this.#folder = folder.map((part) => Buffer.from(part));
    this.#fd = fd;
    if (fd === undefined) return;
    if (this.#posix.isImmutable(pathIn(fd, Buffer.from('.')))) throw new ImmutableThere(folder);
    for (const name of readdirSync(pathIn(fd, Buffer.from('.')), { encoding: 'latin1' })) {
      if (journalSuffixes.some((suffix) => name.endsWith(suffix))) this.#journals.add(name);
      if (this.#isTemporary(name))
        this.temporaries.push(joinParts([...this.#folder, Buffer.from(name, 'latin1')]));
    }
  }

  #open(fd: number, folder: NameParts, at: number): number | undefined {
    const path = pathIn(fd, folder[at] as Buffer);
    try {
      return openSync(path, openFolderFlags);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT') return undefined;
      // The user's own, and closed even to him: it is opened up when it is written to.
      if (code === 'EACCES' && lstatSync(path).uid === process.geteuid?.()) return undefined;
      if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
      throw notAFolder(folder.slice(0, at + 1), path);
    }
  }
}

/** Why a name on the way to a member cannot be gone through. `path` leads to it. */
export function notAFolder(parts: NameParts, path: Buffer): Error {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return new TargetConflict(
    `${printableName(joinParts(parts))} would have to be a folder, and is ${isLink ? 'a symbolic link there: what is below it would be written elsewhere' : 'none there'}`,
  );
}

function isSame(one: NameParts, other: NameParts): boolean {
  return one.length === other.length && one.every((part, at) => part.equals(other[at] as Buffer));
}
