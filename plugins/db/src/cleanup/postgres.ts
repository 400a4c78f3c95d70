import { OpsError } from '@om-ops/kit';
import type { Server } from '../server/server.ts';
import type { ArchivedRow } from './archive.ts';
import { type CleanupServer, type CleanupTable, type Dependent, inTransaction } from './rows.ts';

interface ForeignKey extends Record<string, unknown> {
  child: string;
  parent: string;
  childColumns: string[];
  parentColumns: string[];
  action: string;
}

const tick = (name: string) => `"${name.replaceAll('"', '""')}"`;

export function postgresCleanup(server: Server): CleanupServer {
  return {
    look: (table, column, ageMs) => look(server, table, column, ageMs),
    batch: (options) => batch(server, options),
    putBack: (rows) => putBack(server, rows),
  };
}

async function look(
  server: Server,
  given: string,
  column: string,
  ageMs: number,
): Promise<CleanupTable> {
  const [found] = await server.rows<{ table: string | null }>(
    'SELECT to_regclass($1)::text AS table',
    [given],
  );
  const table = found?.table ?? undefined;
  if (table === undefined) throw noTable(given);
  const columns = await server.rows<{ name: string; type: string }>(
    'SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
    [table],
  );
  const type = columns.find(({ name }) => name === column)?.type;
  if (type === undefined || !/^(?:timestamp|date)/.test(type)) throw noColumn(given, column, type);
  const key = await server.rows<{ name: string; type: string }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_index i JOIN unnest(i.indkey) WITH ORDINALITY k(num, at) ON true
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num WHERE i.indrelid = to_regclass($1) AND i.indisprimary ORDER BY k.at`,
    [table],
  );
  if (key.length === 0) throw noKey(given);
  const [old] = await server.rows<{ count: number; oldest: string | null; cutoff: string }>(
    `SELECT count(*)::bigint AS count, min(${tick(column)})::text AS oldest, (now() - make_interval(secs => $1))::text AS cutoff
     FROM ${table} WHERE ${tick(column)} < now() - make_interval(secs => $1)`,
    [ageMs / 1000],
  );
  const cutoff = old?.cutoff ?? '';
  return {
    table,
    key: key.map(({ name }) => name),
    keyTypes: key.map(({ type }) => type),
    count: old?.count ?? 0,
    oldest: old?.oldest ?? null,
    cutoff,
    dependents: await dependents(
      server,
      table,
      `${tick(column)} < ${literal(cutoff)}::timestamptz`,
    ),
  };
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

async function foreignKeys(server: Server, parent: string): Promise<ForeignKey[]> {
  const rows = await server.rows<{ child: string; action: string; pairs: [string, string][] }>(
    `SELECT k.conrelid::regclass::text AS child, k.confdeltype::text AS action,
       (SELECT json_agg(json_build_array(c.attname, p.attname) ORDER BY u.at) FROM unnest(k.conkey, k.confkey) WITH ORDINALITY u(child, parent, at)
          JOIN pg_attribute c ON c.attrelid = k.conrelid AND c.attnum = u.child JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = u.parent) AS pairs
     FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = to_regclass($1) AND k.conparentid = 0`,
    [parent],
  );
  return rows.map(({ child, action, pairs }) => ({
    child,
    parent,
    action,
    childColumns: pairs.map(([one]) => one),
    parentColumns: pairs.map(([, other]) => other),
  }));
}

const actions: Record<string, Dependent['action']> = { c: 'cascade', n: 'set-null', d: 'set-null' };

/** Every table that a deletion reaches, in its order; a table that refers to itself is counted once. */
async function dependents(
  server: Server,
  table: string,
  condition: string,
  seen: ReadonlySet<string> = new Set(),
): Promise<Dependent[]> {
  const found: Dependent[] = [];
  for (const key of await foreignKeys(server, table)) {
    const id = `${key.child}(${key.childColumns.join()})>${table}`;
    if (seen.has(id) || key.child === table) continue;
    const rows = `(${key.childColumns.map(tick).join(', ')}) IN (SELECT ${key.parentColumns.map(tick).join(', ')} FROM ${table} WHERE ${condition})`;
    const [counted] = await server.rows<{ count: number }>(
      `SELECT count(*)::bigint AS count FROM ${key.child} WHERE ${rows}`,
    );
    const action = actions[key.action] ?? 'restrict';
    const count = counted?.count ?? 0;
    if (count === 0) continue;
    found.push({ table: key.child, action, rows: count });
    if (action === 'cascade')
      found.push(...(await dependents(server, key.child, rows, new Set([...seen, id]))));
  }
  return found;
}

async function batch(
  server: Server,
  { table, column, size, keep }: Parameters<CleanupServer['batch']>[0],
): Promise<Record<string, number>> {
  const keys = table.key.map(tick);
  return inTransaction(server, async () => {
    // Locked by key: what somebody changes meanwhile no longer fits the condition, and stays.
    const doomed = await server.rows<{ keys: string[] }>(
      `SELECT json_build_array(${keys.map((key) => `${key}::text`).join(', ')}) AS keys FROM ${table.table}
       WHERE ${tick(column)} < ${literal(table.cutoff)}::timestamptz ORDER BY ${keys.join(', ')} LIMIT ${size} FOR UPDATE SKIP LOCKED`,
    );
    if (doomed.length === 0) return {};
    const rows = doomed
      .map(
        (one) =>
          `(${one.keys.map((value, at) => `${literal(value)}::${table.keyTypes[at]}`).join(', ')})`,
      )
      .join(', ');
    const condition = `(${keys.join(', ')}) IN (VALUES ${rows})`;
    const gone: Record<string, number> = {};
    if (keep !== undefined) {
      const kept: ArchivedRow[] = [];
      await collect(server, table.table, condition, kept, new Set());
      keep(kept);
      for (const one of kept) gone[one.table] = (gone[one.table] ?? 0) + 1;
    }
    const deleted = await server.rows<{ one: number }>(
      `DELETE FROM ${table.table} WHERE ${condition} AND ${tick(column)} < ${literal(table.cutoff)}::timestamptz RETURNING 1 AS one`,
    );
    if (keep === undefined) gone[table.table] = deleted.length;
    else if (gone[table.table] !== deleted.length)
      throw new OpsError(
        'E_CHANGED_MEANWHILE',
        `${gone[table.table]} rows of ${table.table} were kept and ${deleted.length} would go; nothing of this batch went.`,
      );
    return gone;
  });
}

/** A row, and below it what goes with it. */
async function collect(
  server: Server,
  table: string,
  condition: string,
  kept: ArchivedRow[],
  seen: ReadonlySet<string>,
): Promise<void> {
  const rows = await server.rows<{ row: string }>(
    `SELECT to_jsonb(t)::text AS row FROM ${table} t WHERE ${condition}`,
  );
  for (const { row } of rows) kept.push({ table, row });
  for (const key of await foreignKeys(server, table)) {
    const id = `${key.child}(${key.childColumns.join()})>${table}`;
    if (key.action !== 'c' || seen.has(id)) continue;
    const below = `(${key.childColumns.map(tick).join(', ')}) IN (SELECT ${key.parentColumns.map(tick).join(', ')} FROM ${table} WHERE ${condition})`;
    await collect(
      server,
      key.child,
      key.child === table ? `${below} AND NOT (${condition})` : below,
      kept,
      new Set([...seen, id]),
    );
  }
}

async function putBack(server: Server, rows: readonly ArchivedRow[]): Promise<number> {
  return inTransaction(server, async () => {
    let count = 0;
    const columns = new Map<string, string>();
    for (const { table, row } of rows) {
      let names = columns.get(table);
      if (names === undefined) {
        // What the server works out by itself cannot be put in.
        const found = await server.rows<{ name: string }>(
          "SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
          [table],
        );
        if (found.length === 0) throw noTable(table);
        names = found.map(({ name }) => name).join(', ');
        columns.set(table, names);
      }
      const back = await server.rows(
        `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM jsonb_populate_record(NULL::${table}, $1::jsonb) ON CONFLICT DO NOTHING RETURNING 1 AS one`,
        [row],
      );
      count += back.length;
    }
    return count;
  });
}

export function noTable(table: string): OpsError {
  return new OpsError('E_NO_TABLE', `There is no table ${table}.`, {
    exit: 'usage',
    suggestions: ['Correct db.cleanup in the site profile; write it as in SQL: public."Order"'],
  });
}

export function noColumn(table: string, column: string, type: string | undefined): OpsError {
  return new OpsError(
    'E_NO_COLUMN',
    type === undefined
      ? `${table} has no column ${column}.`
      : `${column} of ${table} is no date and no time, but ${type}.`,
    {
      exit: 'usage',
      suggestions: ['Correct db.cleanup in the site profile: om-ops config show'],
    },
  );
}

export function noKey(table: string): OpsError {
  return new OpsError(
    'E_NO_KEY',
    `${table} has no primary key, so its rows cannot be told apart while they are taken out.`,
    {
      exit: 'requirement',
      suggestions: [`ALTER TABLE ${table} ADD PRIMARY KEY (…)`],
    },
  );
}
