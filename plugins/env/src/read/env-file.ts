import { lstatSync, type Stats, statSync } from 'node:fs';
import {
  clauseOf,
  fromSystemError,
  isOpsError,
  messageOf,
  OpsError,
  type Site,
  systemCode,
} from '@om-ops/kit';
import { type EnvAssignment, type EnvLine, parseEnvFile, readSmallFile } from '@om-ops/kit/site';
import type { EnvSection } from '../site.ts';

/** An env file and everything in it. Its values are never shown. */
export interface EnvFile {
  /** Absolute. */
  path: string;
  /** Whether somebody named it: in the section, or on the command line. */
  named: boolean;
  /** Null: it is not there. */
  stat: Stats | null;
  isLink: boolean;
  /** Why it could not be read, without a full stop. */
  unreadable: string | null;
  text: string;
  lines: readonly EnvLine[];
}

/** A key as it counts for the site: the first file that has it decides. */
export interface EnvKey {
  key: string;
  file: string;
  line: number;
  assignment: EnvAssignment;
}

/**
 * @param given files of the command line, absolute
 * @throws OpsError E_NOT_FOUND (exit 2) for a given file that is not there
 */
export function readEnvFilesOf(
  site: Pick<Site, 'envFiles' | 'below'>,
  section: Pick<EnvSection, 'files'>,
  given: readonly string[] = [],
): EnvFile[] {
  if (given.length > 0) {
    return given.map((path) => {
      const file = readOne(path, true);
      if (file.stat !== null || file.unreadable !== null) return file;
      throw new OpsError('E_NOT_FOUND', `There is no env file ${path}.`, {
        exit: 'usage',
        suggestions: ['Without a name, those of the profile are looked at: om-ops env check'],
      });
    });
  }
  if (section.files.length > 0) return section.files.map((path) => readOne(site.below(path), true));
  return site.envFiles
    .map((path) => readOne(site.below(path), false))
    .filter(({ stat, unreadable }) => stat !== null || unreadable !== null);
}

function readOne(path: string, named: boolean): EnvFile {
  const file: EnvFile = {
    path,
    named,
    stat: null,
    isLink: false,
    unreadable: null,
    text: '',
    lines: [],
  };
  try {
    file.isLink = lstatSync(path).isSymbolicLink();
    file.stat = statSync(path);
    file.text = readSmallFile(path, 'env file');
    file.lines = parseEnvFile(file.text);
  } catch (error) {
    const code = systemCode(isOpsError(error) ? error.cause : error);
    if ((code === 'ENOENT' || code === 'ENOTDIR') && file.stat === null && !file.isLink)
      return file;
    const said = isOpsError(error) ? error : fromSystemError(error, 'read the env file', path);
    file.unreadable = clauseOf(messageOf(said));
  }
  return file;
}

/** Every assignment, in the order of the lines. */
export function assignmentsOf({ lines }: EnvFile): EnvAssignment[] {
  return lines.filter((line) => line.kind === 'assignment');
}

/** By key; of several files the first that has it, within a file the last line. */
export function keysOf(files: readonly EnvFile[]): Map<string, EnvKey> {
  const keys = new Map<string, EnvKey>();
  for (const file of files) {
    const own = new Map<string, EnvKey>();
    for (const assignment of assignmentsOf(file)) {
      const { key, startLine } = assignment;
      own.set(key, { key, file: file.path, line: startLine, assignment });
    }
    for (const [key, found] of own) if (!keys.has(key)) keys.set(key, found);
  }
  return keys;
}
