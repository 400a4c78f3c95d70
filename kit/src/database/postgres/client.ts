import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exec, findProgram } from '../../exec.ts';
import { pgDump } from '../programs.ts';

export interface PgDump {
  path: string;
  version: string;
  major: number;
}

/** The number that decides which client fits: of `15.4 (Debian 15.4-1)`, 15. */
export function majorOf(version: string | undefined): number | undefined {
  const major = Number.parseInt(version ?? '', 10);
  return Number.isNaN(major) ? undefined : major;
}

/**
 * The pg_dump on PATH, or, when that is older than the server, the one Debian keeps beside it for
 * another version. May still be too old. @throws OpsError E_PROGRAM_MISSING (exit 5)
 */
export async function findPgDump(server?: number, signal?: AbortSignal): Promise<PgDump> {
  pgDump.need();
  const first = await describeProgram('pg_dump', signal);
  if (server === undefined || first.major >= server) return first;
  const newer = installedVersions().find((version) => version >= server);
  if (newer === undefined) return first;
  return await describeProgram(join(base, String(newer), 'bin/pg_dump'), signal);
}

const base = '/usr/lib/postgresql';

/** The nearest one first. */
function installedVersions(): number[] {
  try {
    return readdirSync(base)
      .map(Number)
      .filter((version) => findProgram(join(base, String(version), 'bin/pg_dump')) !== undefined)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

async function describeProgram(path: string, signal?: AbortSignal): Promise<PgDump> {
  const { stdout } = await exec(path, ['--version'], signal === undefined ? {} : { signal });
  const version = /\d[^\s]*/.exec(stdout)?.[0] ?? 'of unknown version';
  return { path, version, major: majorOf(version) ?? 0 };
}
