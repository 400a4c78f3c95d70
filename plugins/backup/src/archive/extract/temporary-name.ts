import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { currentOwner, type Owner, ownerState } from '@om-ops/kit';
import { pathIn } from './open-path.ts';

/** What the names of unfinished restores start with; the rest says whose they are. */
export const temporaryStart = '.om-ops-restore.';

const pattern =
  /^\.om-ops-restore\.(\d+)-(\d+|x)-([0-9a-f]{8})([0-9a-f]{8})-[0-9a-f]{8,}\.partial$/;

/**
 * The start of names that only this process uses, in the form of the kit's temporary names: with pid,
 * start time, host and boot. To be followed by hex digits and `.partial`.
 */
export function temporaryPrefix(owner: Owner = currentOwner()): string {
  return `${temporaryStart}${owner.pid}-${owner.start ?? 'x'}-${hostDigest(owner)}${bootDigest(owner)}-`;
}

export function temporaryName(): string {
  return `${temporaryPrefix()}${randomBytes(4).toString('hex')}.partial`;
}

/** Whether the name is one of these and the process that made it has ended. */
export function isLeftover(name: string): boolean {
  const [, pid, start, host, boot] = pattern.exec(name) ?? [];
  if (pid === undefined) return false;
  const here = currentOwner();
  if (host !== hostDigest(here)) return false;
  if (boot !== bootDigest(here)) return true;
  const maker = { ...here, pid: Number(pid), start: start === 'x' ? null : (start ?? null) };
  return ownerState(maker, here) === 'dead';
}

/** Unfinished restores in an open folder that nobody works on any more, if they belong to this user. */
export function leftoversIn(folder: number): Buffer[] {
  const userId = process.geteuid?.();
  return readdirSync(pathIn(folder, Buffer.from('.')))
    .filter((name) => name.startsWith(temporaryStart) && isLeftover(name))
    .map((name) => Buffer.from(name))
    .filter((name) => lstatSync(pathIn(folder, name), { throwIfNoEntry: false })?.uid === userId);
}

function hostDigest(owner: Owner): string {
  return digest(`${owner.host}\n${owner.pidSpace ?? ''}`);
}

function bootDigest(owner: Owner): string {
  return digest(owner.boot ?? '');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
