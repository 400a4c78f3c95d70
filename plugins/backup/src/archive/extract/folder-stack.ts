import {
  type BigIntStats,
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { systemCode } from '@om-ops/kit/errors';
import type { PosixCalls } from '../posix/calls.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import { giveMode, type MadeIn } from './attributes.ts';
import type { NameParts } from './member-name.ts';
import { nameOnlyFlags, openFolderFlags, pathIn, pathOf } from './open-path.ts';

interface Level {
  name: Buffer;
  /** -1 while it is closed because the path is too deep. */
  fd: number;
  created: boolean;
  /** Its owner, mode and times, which come last: writing into it would change them. */
  entry?: ReadEntry;
  /** What it was before we went in again, to be put back. */
  before?: BigIntStats;
  opened?: MadeIn;
}

export interface FolderStackOptions {
  rootFd: number;
  posix: PosixCalls;
  umask: number;
  /** Others may be able to change names below the root meanwhile. */
  isShared: boolean;
  /** Who this process is. */
  userId: number;
  /** The member of a folder that is made because one below it is needed. */
  folderMember(parts: NameParts): ReadEntry | undefined;
  /** What to throw when a component is no folder but, say, a symbolic link. */
  refuse(parts: NameParts, path: Buffer): Error;
  /** Called before a folder is left for good, with its own entry. `clearAcl`: it got an ACL from above. */
  finish(fd: number, entry: ReadEntry, clearAcl: boolean): void;
  /** Whether a folder that is there was written before, so that its times must survive. */
  wasFinished(parts: NameParts): boolean;
  inspect(fd: number, created: boolean, above: MadeIn | undefined): MadeIn;
  /**
   * Called when a folder is left: true when something will still happen in it, after which the
   * callee calls `finish` with it and closes it.
   */
  isHeld(fd: number, finish: () => void): boolean;
  /** Called before a folder that is there is gone into, maybe again. */
  beforeEntering(path: Buffer): void;
  /** Called before a folder that has not been left is closed for a while. */
  beforeClosing(fd: number): void;
}

const mostOpen = 64;

/**
 * The folders from the target down to the one that is being written, each opened from the one above
 * it without following links, so that no name below the target can lead out of it. The next member
 * is mostly in the same folder, or one beside it: opening is rare.
 */
export class FolderStack {
  readonly #options: FolderStackOptions;
  readonly #levels: Level[] = [];
  /** Below this index all but the root are closed. */
  #openFrom = 1;

  constructor(options: FolderStackOptions) {
    this.#options = options;
    const { rootFd } = options;
    const root: Level = { name: Buffer.alloc(0), fd: rootFd, created: false };
    root.opened = options.inspect(rootFd, false, undefined);
    this.#levels.push(root);
  }

  /** The folder made of the first `count` parts; what is missing of it is made. */
  enter(parts: NameParts, count: number): { fd: number; folder: MadeIn } {
    this.#leaveTo(this.#common(parts, count));
    for (let at = this.#levels.length - 1; at < count; at++) this.#push(parts, at);
    const top = this.#levels.at(-1) as Level;
    return { fd: this.#fdAt(this.#levels.length - 1), folder: top.opened as MadeIn };
  }

  /** A folder that is a member itself: its attributes are applied when it is left. */
  enterMember(parts: NameParts, entry: ReadEntry): void {
    this.enter(parts, parts.length);
    const top = this.#levels.at(-1) as Level;
    top.entry = entry;
    delete top.before;
  }

  /** Like `enter`, but only to look there: nothing is made, and the stack stays as it is. */
  find<T>(parts: NameParts, count: number, look: (fd: number) => T): T {
    const common = this.#common(parts, count);
    const opened: number[] = [];
    const closedAgain: (() => void)[] = [];
    try {
      let fd = this.#fdAt(common);
      for (let at = common; at < count; at++) {
        fd = this.#open(fd, parts, at, nameOnlyFlags | openFolderFlags);
        opened.push(fd);
        const before = this.#widen(fd);
        const own = pathOf(fd);
        if (before) closedAgain.push(() => chmodSync(own, Number(before.mode & 0o7777n)));
      }
      return look(fd);
    } finally {
      for (const close of closedAgain) close();
      for (const fd of opened) closeSync(fd);
    }
  }

  /** Leaves all folders but the target. */
  leaveAll(): void {
    this.#leaveTo(0);
    const root = this.#levels[0] as Level;
    if (root.entry) this.#options.finish(root.fd, root.entry, false);
  }

  /** Closes all but the target. After a failure, folders that were opened up are closed again. */
  close(): void {
    for (const { fd, before } of this.#levels.splice(1)) {
      if (fd < 0) continue;
      try {
        if (before) fchmodSync(fd, Number(before.mode) & 0o7777);
      } catch {
        // The failure that led here says more.
      }
      closeSync(fd);
    }
  }

  /** How many of the first `count` parts are open levels already. */
  #common(parts: NameParts, count: number): number {
    const most = Math.min(count, this.#levels.length - 1);
    let common = 0;
    while (
      common < most &&
      (this.#levels[common + 1] as Level).name.equals(parts[common] as Buffer)
    )
      common++;
    return common;
  }

  #leaveTo(depth: number): void {
    while (this.#levels.length - 1 > depth) {
      const fd = this.#fdAt(this.#levels.length - 1);
      const level = this.#levels.pop() as Level;
      const above = (this.#levels.at(-1) as Level).opened;
      const finish = (): void => {
        try {
          this.#finish(level, fd, above);
        } finally {
          closeSync(fd);
        }
      };
      if (!this.#options.isHeld(fd, finish)) finish();
    }
  }

  #finish({ entry, created, before }: Level, fd: number, above: MadeIn | undefined): void {
    const { posix, umask, finish } = this.#options;
    if (entry) finish(fd, entry, created && above?.hasDefaultAcl === true);
    else if (created) giveMode(fd, 0o777 & ~umask);
    else if (before) {
      giveMode(fd, Number(before.mode) & 0o7777);
      posix.setFdTimes(fd, before.atimeNs, before.mtimeNs);
    }
  }

  #push(parts: NameParts, at: number): void {
    const parentFd = this.#fdAt(at);
    const name = Buffer.from(parts[at] as Buffer);
    const path = pathIn(parentFd, name);
    let created = false;
    try {
      mkdirSync(path, 0o700);
      created = true;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    // Of one that was left before, the times are only right when it was finished.
    if (!created) this.#options.beforeEntering(path);
    const before = created ? undefined : this.#widenNamed(path);
    const fd = this.#open(parentFd, parts, at, openFolderFlags);
    if (created) this.#checkEmpty(fd, parts.slice(0, at + 1), path);
    const level: Level = { name, fd, created };
    this.#levels.push(level);
    const member = created ? this.#options.folderMember(parts.slice(0, at + 1)) : undefined;
    if (member) level.entry = member;
    if (before) level.before = before;
    else if (!created && this.#options.wasFinished(parts.slice(0, at + 1)))
      level.before = fstatSync(fd, { bigint: true });
    level.opened = this.#options.inspect(fd, created, this.#levels.at(-2)?.opened);
    if (this.#levels.length - this.#openFrom > mostOpen) this.#closeAt(this.#openFrom++);
  }

  /** What was just made must not be another folder that somebody gave its name: it gets an owner. */
  #checkEmpty(fd: number, parts: NameParts, path: Buffer): void {
    if (!this.#options.isShared || readdirSync(pathOf(fd)).length === 0) return;
    closeSync(fd);
    throw this.#options.refuse(parts, path);
  }

  /**
   * Lets a user who is not root into a folder of his own that is closed to him; returns what it was.
   * The folder need only be open as a name.
   */
  #widen(fd: number): BigIntStats | undefined {
    const { userId } = this.#options;
    if (userId === 0) return undefined;
    const stat = fstatSync(fd, { bigint: true });
    const mode = Number(stat.mode & 0o7777n);
    if (!stat.isDirectory() || Number(stat.uid) !== userId || (mode & 0o700) === 0o700)
      return undefined;
    chmodSync(pathOf(fd), mode | 0o700);
    return stat;
  }

  #widenNamed(path: Buffer): BigIntStats | undefined {
    if (this.#options.userId === 0) return undefined;
    const fd = openSync(path, nameOnlyFlags);
    try {
      return this.#widen(fd);
    } finally {
      closeSync(fd);
    }
  }

  #open(parentFd: number, parts: NameParts, at: number, flags: number): number {
    const path = pathIn(parentFd, parts[at] as Buffer);
    try {
      return openSync(path, flags);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOTDIR' || code === 'ELOOP')
        throw this.#options.refuse(parts.slice(0, at + 1), path);
      throw error;
    }
  }

  #closeAt(index: number): void {
    const level = this.#levels[index] as Level;
    if (level.fd < 0) return;
    this.#options.beforeClosing(level.fd);
    closeSync(level.fd);
    level.fd = -1;
  }

  /** The descriptor of a level; after a very deep path it has to be opened again from the target down. */
  #fdAt(index: number): number {
    const level = this.#levels[index] as Level;
    if (level.fd >= 0) return level.fd;
    const names = this.#levels.slice(1, index + 1).map(({ name }) => name);
    this.#openFrom = Math.max(1, index - mostOpen / 2);
    for (let at = 1; at <= index; at++) {
      const parent = this.#levels[at - 1] as Level;
      const child = this.#levels[at] as Level;
      if (child.fd < 0) child.fd = this.#open(parent.fd, names, at - 1, openFolderFlags);
      if (at - 1 >= 1 && at - 1 < this.#openFrom) this.#closeAt(at - 1);
    }
    return level.fd;
  }
}
