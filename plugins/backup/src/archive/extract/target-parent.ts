import { closeSync, lstatSync, mkdirSync, openSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '@om-ops/kit';
import { isNameOf, nameOnlyFlags, openWithoutLinks, passFolderFlags, pathIn } from './open-path.ts';
import { changedTarget, isLinkThere } from './target.ts';

/** The folder above the target; what is missing of it is made. */
export interface TargetParent extends Disposable {
  fd: number;
  /** Removes those of the made folders that are empty. */
  unmake(): void;
}

export function openTargetParent(path: string): TargetParent {
  const made: { above: number; name: Buffer; fd: number }[] = [];
  const passed: number[] = [];
  let fd = openWithoutLinks('/', nameOnlyFlags);
  const close = (): void => {
    for (const one of [...passed.splice(0), fd]) closeSync(one);
  };
  try {
    for (const part of dirname(path).split('/')) {
      if (part === '') continue;
      const name = Buffer.from(part);
      passed.push(fd);
      const isMade = makeMissing(fd, name);
      const above = fd;
      fd = openSync(pathIn(above, name), passFolderFlags);
      if (isMade) made.push({ above, name, fd });
    }
  } catch (error) {
    fd = passed.pop() ?? fd;
    removeEmpty(made);
    close();
    throw isLinkThere(error) ? changedTarget(path, 'Nothing was changed.') : error;
  }
  return { fd, unmake: () => removeEmpty(made), [Symbol.dispose]: close };
}

function makeMissing(folder: number, name: Buffer): boolean {
  if (lstatSync(pathIn(folder, name), { throwIfNoEntry: false })) return false;
  mkdirSync(pathIn(folder, name));
  return true;
}

function removeEmpty(made: readonly { above: number; name: Buffer; fd: number }[]): void {
  for (const { above, name, fd } of [...made].reverse()) {
    try {
      if (isNameOf(above, name, fd)) rmdirSync(pathIn(above, name));
    } catch (error) {
      if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'ENOENT') throw error;
    }
  }
}
