import { lstatSync, readlinkSync, realpathSync, type Stats, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemCode } from '@om-ops/kit';

/** What stands at a path, looked at as whoever runs om-ops. */
export interface Found {
  path: string;
  kind: 'folder' | 'absent' | 'dangling' | 'other' | 'unreachable';
  /** Without links; only of a folder. */
  realPath?: string;
  stat?: Stats;
  /** Where the path itself, or a folder on the way, links to. */
  link?: { at: string; to: string };
}

export function findFolder(path: string): Found {
  const link = firstLink(path);
  const found = { path, ...(link === undefined ? {} : { link }) };
  try {
    const stat = statSync(path);
    if (!stat.isDirectory()) return { ...found, kind: 'other', stat };
    return { ...found, kind: 'folder', stat, realPath: realpathSync(path) };
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EACCES' || code === 'EPERM') return { ...found, kind: 'unreachable' };
    if (code === 'ENOTDIR') return { ...found, kind: 'other' };
    return { ...found, kind: link === undefined ? 'absent' : danglingOrAbsent(path) };
  }
}

function danglingOrAbsent(path: string): 'dangling' | 'absent' {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    if (statSync(at, { throwIfNoEntry: false }) === undefined) return 'dangling';
  }
  return 'absent';
}

/** The topmost link on the way. */
function firstLink(path: string): Found['link'] {
  const all: string[] = [];
  for (let at = path; at !== dirname(at); at = dirname(at)) all.unshift(at);
  for (const at of all) {
    try {
      if (lstatSync(at).isSymbolicLink()) return { at, to: resolve(dirname(at), readlinkSync(at)) };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** The folder itself, or the nearest one above it that is there; without links. */
export function standingFolder(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    const { kind, realPath } = findFolder(at);
    if (kind === 'folder' && realPath !== undefined) return realPath;
    if (at === dirname(at)) return at;
  }
}

export interface Room {
  freeBytes: number;
  /** Null where the file system makes inodes as it needs them. */
  freeInodes: number | null;
  /** As sentences. */
  problems: string[];
}

/** Free for an ordinary user. A file system counts as full below one in a hundred. */
export function roomOf(path: string): Room {
  const { bavail, blocks, bsize, files, ffree } = statfsSync(path);
  const freeBytes = bavail * bsize;
  const hasInodes = files > 0;
  const problems = [
    ...(bavail * 100 < blocks ? ['Its file system is full'] : []),
    ...(hasInodes && ffree * 100 < files
      ? ['Its file system has no inodes left for new files']
      : []),
  ];
  return { freeBytes, freeInodes: hasInodes ? ffree : null, problems };
}
