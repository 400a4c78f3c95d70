import { createReadStream, promises } from 'node:fs';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isOpsError, OpsError, type Progress } from '@om-ops/kit';
import { type DatabasePlan, makeWorkFolder } from '@om-ops/kit/database';
import type { DatabaseMeta } from '../database/archive.ts';
import { restore } from '../restore/restore.ts';
import type { RestoreSource } from '../restore/source.ts';
import { MysqlTarget } from './mysql.ts';
import { PostgresTarget } from './postgres.ts';
import { SqliteTarget } from './sqlite.ts';
import { onlyTable } from './table.ts';
import type { LoadTarget, TargetState } from './target.ts';

export interface LoadOptions {
  source: RestoreSource;
  /** Name of the new database, or for SQLite the absolute path of the new file. */
  into: string;
  /** Which of the databases in the backup; needed when there are several. */
  database: string | undefined;
  /** Only this table. */
  table: string | undefined;
  /** How the site's server is reached. */
  plan: DatabasePlan;
  /** Where the dump is unpacked: a private folder is made in it, and removed. */
  folder: string;
  progress: Progress;
}

/** What was loaded, or would be. */
export interface LoadedDatabase {
  engine: DatabasePlan['engine'];
  /** The one that was dumped. */
  database: string;
  dumpedAt: string;
  into: string;
  place: string;
  table?: string;
  /** What was there before. */
  before: TargetState;
  /** Only after loading. */
  tables?: number;
  rows?: number;
  /** Whether tables and rows were compared with what was counted in the dump. */
  compared?: boolean;
  /** What the backup lacks since it was made. */
  lacks: string[];
  swap: string[];
}

const oneTable = [
  'Copy from it what is needed, then drop it. Foreign keys and whatever else needs other tables were left out.',
];

type Member = DatabaseMeta['databases'][number];

/** What would be loaded into what. Writes nothing that stays. @throws OpsError as {@link loadDatabase} */
export async function planLoad(options: LoadOptions): Promise<LoadedDatabase> {
  await using opened = await open(options);
  return opened.described;
}

/**
 * Loads a dump into a new, empty database, and compares what is in it then with what was counted when
 * it was dumped. A database that we made goes again when that fails.
 *
 * @throws OpsError E_DATABASE_NOT_EMPTY, E_NO_DATABASE, E_OTHER_ENGINE (exit 2), E_LOAD_FAILED, E_LOAD_DIFFERS,
 * E_DATABASE_ACCESS, E_DATABASE_ROLE
 */
export async function loadDatabase(options: LoadOptions): Promise<LoadedDatabase> {
  const { progress, table } = options;
  const { signal } = progress;
  await using opened = await open(options);
  const { target, member, described, file } = opened;
  if (described.before === 'absent') {
    progress.report({ stage: `making ${target.place}` });
    await target.create(member, signal);
  }
  try {
    progress.report({ stage: `loading into ${target.place}`, totalBytes: member.rawBytes });
    await target.load(sqlOf(file, options, described.engine), signal);
    progress.report({ stage: 'comparing tables and rows' });
    const rows = await target.rows(signal);
    assertSame(member, rows, table, target.place);
    const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
    return { ...described, tables: rows.size, rows: total, compared: member.rows !== undefined };
  } catch (error) {
    throw await takenBack(error, target, described.before);
  }
}

async function takenBack(error: unknown, target: LoadTarget, before: TargetState) {
  const known = isOpsError(error) ? error : undefined;
  const told = (sentence: string) =>
    known === undefined
      ? error
      : Object.assign(
          new OpsError(known.code, `${known.message}\n${sentence}`, {
            suggestions: known.suggestions,
            cause: error,
          }),
          { exit: known.exit },
        );
  if (before !== 'absent')
    return told(`${target.place} was there before and was kept; it may hold a part of the dump.`);
  try {
    await target.drop();
    return told(`${target.place}, which was made for it, was removed again.`);
  } catch {
    return told(`${target.place}, which was made for it, could not be removed: drop it by hand.`);
  }
}

interface Opened extends AsyncDisposable {
  member: Member;
  target: LoadTarget;
  described: LoadedDatabase;
  /** The dump, compressed. */
  file: string;
}

async function open(options: LoadOptions): Promise<Opened> {
  const { source, into, database, table, plan, folder, progress } = options;
  const work = await makeWorkFolder(folder);
  try {
    progress.report({ stage: 'unpacking' });
    const to = join(work.path, 'archive');
    await restore({ source, to, only: [], inPlace: false, progress });
    const meta = await readMeta(to, source.archive);
    assertEngine(meta, plan);
    const member = chooseMember(meta, database, source.archive);
    const target = targetOf(into, table, plan, work.path);
    const before = await target.state(progress.signal);
    if (before === 'filled') throw notEmpty(target.place, plan.engine);
    const lacks = (meta.incomplete ?? [])
      .filter((one) => one.database === member.name)
      .map(({ lacks, why }) => `The dump of ${member.name} lacks ${lacks}: ${why}.`);
    const original = plan.databases.find(({ name }) => name === member.name)?.file ?? member.name;
    return {
      member,
      target,
      file: join(to, member.file),
      described: {
        engine: plan.engine,
        database: member.name,
        dumpedAt: meta.createdAt,
        into,
        place: target.place,
        ...(table === undefined ? {} : { table }),
        before,
        lacks,
        swap: table === undefined ? target.swap(original) : oneTable,
      },
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    };
  } catch (error) {
    await work[Symbol.asyncDispose]();
    throw error;
  }
}

async function readMeta(folder: string, archive: string): Promise<DatabaseMeta> {
  try {
    return JSON.parse(await promises.readFile(join(folder, 'meta.json'), 'utf8')) as DatabaseMeta;
  } catch (error) {
    throw new OpsError('E_META_INVALID', `${archive} holds no meta.json that says what is in it.`, {
      cause: error,
      suggestions: ['Unpack it and look: om-ops backup restore FILE --to DIR'],
    });
  }
}

function assertEngine(meta: DatabaseMeta, plan: DatabasePlan): void {
  if (meta.engine === plan.engine) return;
  throw new OpsError(
    'E_OTHER_ENGINE',
    `The backup is of ${meta.engine}, and this site's profile says \`database: {engine: ${plan.engine}}\`.`,
    {
      exit: 'usage',
      suggestions: ['Use the profile of the site that it was made from: --site FILE'],
    },
  );
}

function chooseMember(meta: DatabaseMeta, wanted: string | undefined, archive: string): Member {
  const names = meta.databases.map(({ name }) => name).join(', ');
  const chosen =
    wanted === undefined && meta.databases.length === 1
      ? meta.databases[0]
      : meta.databases.find(({ name, file }) => name === wanted || file === wanted);
  if (chosen !== undefined) return chosen;
  throw new OpsError(
    'E_NO_DATABASE',
    wanted === undefined
      ? `${archive} holds several databases: ${names}.`
      : `${archive} holds no database ${wanted}, but ${names}.`,
    { exit: 'usage', suggestions: ['Say which: --database NAME'] },
  );
}

function targetOf(
  into: string,
  table: string | undefined,
  plan: DatabasePlan,
  folder: string,
): LoadTarget {
  if (plan.engine === 'sqlite') return new SqliteTarget(into, table);
  return plan.engine === 'mysql'
    ? new MysqlTarget(into, plan.connection, folder)
    : new PostgresTarget(into, plan.connection, folder);
}

function notEmpty(place: string, engine: DatabasePlan['engine']): OpsError {
  return new OpsError(
    'E_DATABASE_NOT_EMPTY',
    engine === 'sqlite'
      ? `${place} is there already. A dump is loaded into a new file only.`
      : `${place} is not empty. A dump is loaded into a new or empty database only, never over what is there.`,
    { exit: 'usage', suggestions: ['Give the name of a new one: --into NAME'] },
  );
}

function sqlOf(file: string, { table, progress }: LoadOptions, engine: DatabasePlan['engine']) {
  const gunzip = createGunzip();
  // A failure of the file is one of the stream that is read.
  pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), gunzip, () => {});
  let bytes = 0;
  gunzip.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    progress.report({ bytes });
  });
  gunzip.pause();
  if (table === undefined || engine === 'sqlite') return gunzip;
  const found = { table: false };
  async function* chosen() {
    for await (const text of onlyTable(gunzip, engine, table!, found))
      yield Buffer.from(text, 'latin1');
  }
  return Readable.from(chosen());
}

/** Nobody counts by hand whether all came back. */
function assertSame(
  { rows: counted, name }: Member,
  found: ReadonlyMap<string, number>,
  table: string | undefined,
  place: string,
): void {
  if (table !== undefined && found.size === 0) {
    throw new OpsError('E_NO_TABLE', `The dump of ${name} holds no table ${table}.`, {
      exit: 'usage',
      suggestions: [
        `Its tables with rows: ${Object.keys(counted ?? {})
          .slice(0, 20)
          .join(', ')}`,
      ],
    });
  }
  if (counted === undefined) return;
  const isWanted = (one: string) =>
    table === undefined || one === table || one.endsWith(`.${table}`);
  const names = new Set([...Object.keys(counted).filter(isWanted), ...found.keys()]);
  const wrong = [...names].filter(
    (one) => !/^sqlite_/.test(one) && (found.get(one) ?? -1) !== (counted[one] ?? 0),
  );
  if (wrong.length === 0) return;
  const some = wrong
    .slice(0, 5)
    .map(
      (one) =>
        `${one}: ${counted[one] ?? 0} rows in the dump, ${found.get(one) ?? 'no table'} there`,
    );
  throw new OpsError(
    'E_LOAD_DIFFERS',
    `What is in ${place} is not what was dumped of ${name}: ${some.join('; ')}.`,
    { suggestions: ['Load an older backup: om-ops backup list database'] },
  );
}
