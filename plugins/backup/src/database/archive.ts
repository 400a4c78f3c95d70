import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isoWithOffset, type Progress } from '@om-ops/kit';
import { type DatabasePlan, makeWorkFolder } from '@om-ops/kit/database';
import type { ArchiveOutput } from '../archive/gzip/sink.ts';
import { composeArchive } from '../archive/members-archive.ts';
import type { Skipped } from '../archive/tree/skipped.ts';
import {
  type DatabaseDumps,
  type DatabaseMember,
  dumpDatabases,
  engineOf,
  type FailedDump,
} from './dump.ts';

/** `meta.json` of a database archive. No user and no password is in it. */
export interface DatabaseMeta {
  tool: 'om-ops';
  version: string;
  createdAt: string;
  engine: DatabasePlan['engine'];
  /** Host and port, socket, folder. */
  host: string;
  server: string | null;
  client: string;
  databases: {
    name: string;
    /** In this archive. */
    file: string;
    bytes: number;
    rawBytes: number;
    sha256: string;
    tables?: number;
    characterSet?: string;
    collation?: string;
    /** Rows by table, as counted in the dump. */
    rows?: Record<string, number>;
  }[];
  /** What is not in it although it may be there, by database: `routines`. */
  incomplete?: { database: string; lacks: string; why: string }[];
}

export interface DatabaseBundle {
  members: readonly DatabaseMember[];
  meta: DatabaseMeta;
  output: ArchiveOutput;
  signal: AbortSignal;
}

/** The shape of a tree archive's totals. */
export interface DatabaseArchiveTotals {
  files: number;
  directories: number;
  /** Of the archive. */
  bytes: number;
  /** Of the SQL texts and `meta.json`. */
  sourceBytes: number;
  sha256: string;
  skipped: Skipped[];
  excluded: [];
}

/** Totals with what is in each database. */
export interface WrittenDatabases extends DatabaseArchiveTotals {
  databases: { name: string; tables?: number; bytes?: number }[];
  failed: readonly FailedDump[];
}

/** Packs `meta.json` and `<name>.sql.gz` of every database. The dumps are not compressed a second time. */
export async function composeDatabaseBundle(
  bundle: DatabaseBundle,
): Promise<DatabaseArchiveTotals> {
  const modified = new Date(bundle.meta.createdAt);
  const meta = `${JSON.stringify(bundle.meta, null, 2)}\n`;
  const { files, bytes, sha256 } = await composeArchive(
    [
      { name: 'meta.json', content: meta, modified },
      ...bundle.members.map(({ member, path, bytes }) => ({
        name: member,
        content: { path, bytes },
        modified,
      })),
    ],
    bundle.output,
    { signal: bundle.signal, level: 1 },
  );
  const sourceBytes = bundle.members.reduce(
    (sum, { rawBytes }) => sum + rawBytes,
    Buffer.byteLength(meta),
  );
  return { files, directories: 0, bytes, sourceBytes, sha256, skipped: [], excluded: [] };
}

export function databaseMeta(
  dumps: Pick<DatabaseDumps, 'members' | 'server' | 'where'> &
    Partial<Pick<DatabaseDumps, 'failed'>>,
  {
    engine,
    version,
    createdAt,
  }: { engine: DatabasePlan['engine']; version: string; createdAt: Date },
): DatabaseMeta {
  const { members, server, where, failed = [] } = dumps;
  const incomplete = [
    ...failed.map(({ name, error }) => ({
      database: name,
      lacks: 'all of it',
      why: error.message,
    })),
    ...unseenOf(dumps).map(([database, lacks]) => ({
      database,
      lacks,
      why: 'the user of the dump has no privilege to see them',
    })),
  ];
  return {
    tool: 'om-ops',
    version,
    createdAt: isoWithOffset(createdAt),
    engine,
    host: where,
    server: server.server ?? null,
    client: server.client,
    databases: members.map(({ name, member, bytes, rawBytes, sha256, facts, rows }) => {
      const { tables, characterSet, collation } = facts;
      return {
        name,
        file: member,
        bytes,
        rawBytes,
        sha256,
        ...(tables === undefined ? {} : { tables }),
        ...(characterSet === undefined ? {} : { characterSet }),
        ...(collation === undefined ? {} : { collation }),
        ...(rows === undefined ? {} : { rows }),
      };
    }),
    ...(incomplete.length === 0 ? {} : { incomplete }),
  };
}

/** Pairs of a database that was dumped and what of it could not be seen. */
function unseenOf({ members, server }: Pick<DatabaseDumps, 'members' | 'server'>) {
  return members.flatMap(({ name }) =>
    (server.unseen?.get(name) ?? []).map((what): [string, string] => [name, what]),
  );
}

export interface WriteDatabaseArchiveOptions {
  output: FileHandle;
  progress: Progress;
  /** STATE/database: where the dumps wait. */
  folder: string;
  /** Of om-ops. */
  version: string;
  level?: number;
}

/** Dumps all databases of the plan and packs them. @throws OpsError as {@link dumpDatabases} */
export async function writeDatabaseArchive(
  plan: DatabasePlan,
  { output, progress, folder, version, level }: WriteDatabaseArchiveOptions,
): Promise<WrittenDatabases> {
  const createdAt = new Date();
  await using dumps = await dumpDatabases(plan, {
    folder,
    progress,
    ...(level === undefined ? {} : { level }),
  });
  progress.report({ stage: 'packing the dumps' });
  const totals = await composeDatabaseBundle({
    members: dumps.members,
    meta: databaseMeta(dumps, { engine: plan.engine, version, createdAt }),
    output,
    signal: progress.signal,
  });
  const databases = dumps.members.map(({ name, facts: { tables, bytes } }) => ({
    name,
    ...(tables === undefined ? {} : { tables }),
    ...(bytes === undefined ? {} : { bytes }),
  }));
  const skipped: Skipped[] = [
    ...dumps.failed.map(({ name }) => ({ path: name, reason: 'failed' as const })),
    ...unseenOf(dumps).map(([name, what]) => ({
      path: `${name}: ${what}`,
      reason: 'no-privilege' as const,
    })),
  ];
  return { ...totals, skipped, databases, failed: dumps.failed };
}

/** What a dry run says: what would be dumped, from where, by which program. Asks the server, and writes nothing that stays. */
export async function planDatabaseArchive(
  plan: DatabasePlan,
  progress: Progress,
): Promise<{
  files: number;
  sourceBytes: number;
  included: { path: string; bytes: number; files: number }[];
  excluded: [];
  notes: string[];
}> {
  // Not in STATE, which a dry run leaves alone.
  await using work = await makeWorkFolder(tmpdir());
  const engine = engineOf(plan, work.path);
  const server = await engine.inspect(plan.databases, progress.signal);
  const databases = plan.databases.filter(({ name }) => !server.absent.includes(name));
  const included = databases.map(({ name, member }) => {
    const { bytes = 0, tables = 0 } = server.databases.get(name) ?? {};
    return { path: member, bytes, files: tables };
  });
  const names = databases.map(({ name }) => name).join(', ');
  return {
    files: databases.length + 1,
    sourceBytes: included.reduce((sum, { bytes }) => sum + bytes, 0),
    included,
    excluded: [],
    notes: [
      `${server.client} would dump ${names} from ${engine.where}${server.server === undefined ? '' : ` (${server.server})`}.`,
      ...server.warnings,
    ],
  };
}
