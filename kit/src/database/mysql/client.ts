import { realpathSync } from 'node:fs';
import { exec, findProgram } from '../../exec.ts';
import { mysqlDump, mysqlQuery } from '../programs.ts';

export interface DumpProgram {
  name: string;
  /** `10.11.6-MariaDB`, `8.0.36`. */
  version: string;
  isMariaDb: boolean;
  /** Knows `--dump-history`. */
  dumpsHistory: boolean;
  /** What only this program needs to be told. */
  options: string[];
}

/** The dump programs there are, `mariadb-dump` first. At least one. @throws OpsError E_PROGRAM_MISSING (exit 5) */
export async function findDumpPrograms(signal?: AbortSignal): Promise<DumpProgram[]> {
  const names = ['mariadb-dump', 'mysqldump'];
  const paths = names.map((name) => findProgram(name)).map((path) => path && realpathSync(path));
  const found = names.filter((_, index) => {
    const path = paths[index];
    return path !== undefined && paths.indexOf(path) === index;
  });
  if (found.length === 0) mysqlDump.need();
  return await Promise.all(found.map((name) => describeProgram(name, signal)));
}

async function describeProgram(name: string, signal?: AbortSignal): Promise<DumpProgram> {
  const { stdout } = await exec(name, ['--version'], signal === undefined ? {} : { signal });
  return { name, ...parseVersion(stdout) };
}

/** Reads `mysqldump  Ver 10.19 Distrib 10.11.6-MariaDB, for …`, `mariadb-dump from 11.4.2-MariaDB, …`, `mysqldump  Ver 8.0.36 for …`. */
export function parseVersion(text: string): Omit<DumpProgram, 'name'> {
  const version =
    /(?:Distrib|from)\s+(\d[^\s,]*)/.exec(text)?.[1] ?? /Ver\s+(\d[^\s,]*)/.exec(text)?.[1] ?? '';
  const isMariaDb = /mariadb/i.test(text);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return {
    version: version === '' ? 'of unknown version' : version,
    isMariaDb,
    dumpsHistory: isMariaDb && (major > 10 || (major === 10 && minor >= 11)),
    options: isMariaDb ? [] : oracleOptions(major, minor),
  };
}

/** Oracle's mysqldump ties a dump to the server's GTIDs, and asks for statistics that MariaDB and older servers lack. */
function oracleOptions(major: number, minor: number): string[] {
  const knowsGtids = major > 5 || (major === 5 && minor >= 6);
  return [
    ...(knowsGtids ? ['--set-gtid-purged=OFF'] : []),
    ...(major >= 8 ? ['--column-statistics=0'] : []),
  ];
}

/** The client that runs a query: used for what is good to know, so it may be missing. */
export function findQueryProgram(): string | undefined {
  return mysqlQuery.find();
}
