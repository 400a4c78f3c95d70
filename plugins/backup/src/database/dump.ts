import { promises } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, interrupted, isOpsError, OpsError, type Progress } from '@om-ops/kit';
import {
  type DatabasePlan,
  makeWorkFolder,
  type PlannedDatabase,
  type WorkFolder,
} from '@om-ops/kit/database';
import { gzipStream } from '../archive/gzip/stream.ts';
import type { GzipTotals } from '../archive/gzip/writer.ts';
import { closingLines, hasClosingLine, TailKeeper } from './closing-line.ts';
import {
  type DatabaseEngine,
  type DatabaseFacts,
  leftOut,
  type RunningDump,
  type ServerFacts,
} from './engine.ts';
import { MysqlEngine } from './mysql/mysql.ts';
import { PostgresEngine } from './postgres/postgres.ts';
import { RowCounter } from './row-counter.ts';
import { SqliteEngine } from './sqlite/sqlite.ts';

/** One dump, compressed, in the work folder. */
export interface DatabaseMember {
  /** Of the database. */
  name: string;
  /** Its name in the archive. */
  member: string;
  path: string;
  /** Of the gzip file. */
  bytes: number;
  /** Of the SQL text. */
  rawBytes: number;
  /** Of the gzip file, in hex. */
  sha256: string;
  facts: DatabaseFacts;
  /** Rows by table, in the order of the dump; undefined when they could not be counted. */
  rows?: Record<string, number>;
}

/** A database that could not be dumped while others could. */
export interface FailedDump {
  name: string;
  error: OpsError;
}

export interface DumpOptions {
  /** Where the dumps wait to be archived: on a disk with room for them, private. A folder of its own is made in it. */
  folder: string;
  progress: Progress;
  /** Of gzip, 1 to 9. */
  level?: number;
}

/** Dumps that were made. Disposing removes them. */
export interface DatabaseDumps extends AsyncDisposable {
  readonly members: readonly DatabaseMember[];
  readonly failed: readonly FailedDump[];
  readonly server: ServerFacts;
  readonly engine: DatabasePlan['engine'];
  /** Where they came from: host and port, socket, folder. Names no user. */
  readonly where: string;
}

/** The engine of a plan. `folder` is private and outlives every dump. */
export function engineOf(plan: DatabasePlan, folder: string): DatabaseEngine {
  switch (plan.engine) {
    case 'mysql':
      return new MysqlEngine(plan.connection, folder);
    case 'postgres':
      return new PostgresEngine(plan.connection, folder);
    case 'sqlite':
      return new SqliteEngine(plan.databases, folder);
  }
}

/**
 * Dumps every database of the plan, one after the other, each straight through gzip into a file: no
 * dump is ever in memory or on the disk in plain text. One succeeds by the program's exit code and by the dump's
 * closing line; of one that fails nothing is kept, and the others go on. Rejects when none succeeds.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5), E_DATABASE_ACCESS, E_DATABASE_UNKNOWN,
 * E_DATABASE_UNREACHABLE, E_DATABASE_LOST, E_DATABASE_BUSY, E_DATABASE_DAMAGED, E_DUMP_FAILED,
 * E_DUMP_INCOMPLETE, E_DISK_FULL, E_INTERRUPTED
 */
export async function dumpDatabases(
  plan: DatabasePlan,
  options: DumpOptions,
): Promise<DatabaseDumps> {
  const { progress } = options;
  if (progress.signal.aborted) throw interrupted();
  const work = await makeWorkFolder(options.folder);
  try {
    return await dumpInto(work, plan, options);
  } catch (error) {
    await work[Symbol.asyncDispose]();
    throw progress.signal.aborted ? interrupted() : error;
  }
}

async function dumpInto(
  work: WorkFolder,
  plan: DatabasePlan,
  { progress, level }: DumpOptions,
): Promise<DatabaseDumps> {
  const engine = engineOf(plan, work.path);
  progress.report({ stage: `asking ${engine.where}`, totalFiles: plan.databases.length });
  const server = await engine.inspect(plan.databases, progress.signal);
  for (const warning of server.warnings) progress.warn(warning);
  const members: DatabaseMember[] = [];
  const failed: FailedDump[] = [];
  let before = 0;
  for (const database of plan.databases) {
    if (server.absent.includes(database.name)) continue;
    progress.report({ stage: `dumping ${database.name}`, files: members.length, bytes: before });
    const path = join(work.path, database.member);
    const totals = await dumpOne(engine, database, path, {
      signal: progress.signal,
      onBytes: (bytes) => progress.report({ bytes: before + bytes }),
      warn: (message) => progress.warn(`${database.name}: ${message}`),
      ...(level === undefined ? {} : { level }),
    }).catch(async (error: unknown) => {
      await promises.rm(path, { force: true });
      if (progress.signal.aborted || !isOpsError(error) || concernsAll(error)) throw error;
      // Known only now when there is no client to ask the server.
      if (database.optional && error.code === 'E_DATABASE_UNKNOWN')
        progress.warn(leftOut(database, engine.where));
      else failed.push({ name: database.name, error });
    });
    if (totals === undefined) continue;
    before += totals.rawBytes;
    members.push({
      name: database.name,
      member: database.member,
      path,
      ...totals,
      facts: server.databases.get(database.name) ?? {},
    });
  }
  const [first] = failed;
  if (members.length === 0 && first !== undefined) throw first.error;
  progress.report({ files: members.length, bytes: before });
  return {
    members,
    failed,
    server,
    engine: plan.engine,
    where: engine.where,
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}

/** What would fail the next dump in the same way. */
function concernsAll({ code }: OpsError): boolean {
  return ['E_DISK_FULL', 'E_READ_ONLY', 'E_INTERRUPTED', 'E_PROGRAM_MISSING'].includes(code);
}

interface DumpOneOptions {
  signal: AbortSignal;
  onBytes: (rawBytes: number) => void;
  warn: (message: string) => void;
  level?: number;
}

async function dumpOne(
  engine: DatabaseEngine,
  database: PlannedDatabase,
  path: string,
  { signal, onBytes, warn, level }: DumpOneOptions,
): Promise<GzipTotals & Pick<DatabaseMember, 'rows'>> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  await using file = await promises.open(path, 'wx', 0o600);
  const dump = await engine.start(database, either);
  const tail = new TailKeeper();
  const rows = new RowCounter(engine.name);
  try {
    const totals = await gzipStream(watched(dump.output, tail, rows), file, {
      signal,
      onBytes,
      ...(level === undefined ? {} : { level }),
    });
    for (const warning of await dump.done) warn(warning);
    if (!hasClosingLine(tail.tail, engine.name)) throw incomplete(engine, database);
    const counted = rows.counts;
    return { ...totals, ...(counted === undefined ? {} : { rows: counted }) };
  } catch (error) {
    stop.abort();
    throw await causeOf(error, dump, path);
  }
}

async function* watched(
  source: AsyncIterable<Uint8Array>,
  tail: TailKeeper,
  rows: RowCounter,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    tail.add(chunk);
    rows.add(chunk);
    yield chunk;
  }
}

/** Why a dump failed: what the program died of comes before the broken pipe that followed from it. */
async function causeOf(error: unknown, dump: RunningDump, path: string): Promise<unknown> {
  const ended: unknown = await dump.done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isOpsError(error)) return error;
  if (isOpsError(ended) && ended.code !== 'E_INTERRUPTED') return ended;
  return fromSystemError(error, 'write the dump', path);
}

function incomplete(engine: DatabaseEngine, { name }: PlannedDatabase): OpsError {
  return new OpsError(
    'E_DUMP_INCOMPLETE',
    `The dump of ${name} at ${engine.where} is not whole: the program ended without an error, and without the closing line \`${closingLines[engine.name]}\`.`,
    {
      suggestions: [
        'Options for the dump program in an option file (skip-comments, compact) take that line away: remove them.',
        'Nothing was kept of this dump.',
      ],
    },
  );
}
