import { OpsError } from '@om-ops/kit';
import { finding } from '../finding.ts';
import { extensionOf } from './extension.ts';
import { attempt, type Look, shownStatement } from './look.ts';

export const slowOrders = ['total', 'mean', 'max', 'io', 'calls'] as const;
export type SlowOrder = (typeof slowOrders)[number];

export interface SlowStatement {
  id: string;
  user: string | null;
  calls: number;
  totalMs: number;
  meanMs: number;
  maxMs: number | null;
  /** Null: the server does not time reads. */
  ioMs: number | null;
  rows: number;
  statement: string;
}

export interface Slow {
  /** Since when it was counted; null: not known. */
  since: string | null;
  /** Statements that made room for others and are not in it. */
  evicted: number | null;
  source: 'pg_stat_statements' | 'performance_schema';
  statements: SlowStatement[];
}

export async function slowStatements(look: Look, order: SlowOrder, top: number): Promise<Slow> {
  return look.server.version.flavour === 'postgres'
    ? ofPostgres(look, order, top)
    : ofMysql(look, order, top);
}

async function ofPostgres(look: Look, order: SlowOrder, top: number): Promise<Slow> {
  const { server, redact } = look;
  const extension = await extensionOf(server, 'pg_stat_statements');
  if (extension === undefined) {
    const [loaded] = await server.rows<{ is: boolean }>(
      "SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS is",
    );
    throw new OpsError(
      'E_EXTENSION',
      `The extension pg_stat_statements is not in the database ${server.target.database}.`,
      {
        exit: 'requirement',
        suggestions: [
          ...(loaded?.is === true
            ? []
            : ['Put it into shared_preload_libraries of postgresql.conf, and restart the server.']),
          'Then, as its administrator: CREATE EXTENSION pg_stat_statements',
        ],
      },
    );
  }
  // The columns go by the version of the extension, which an upgraded server may still have an old one of.
  const [major = 0, minor = 0] = extension.version.split('.').map(Number);
  const at = major * 100 + minor;
  const time = at >= 108 ? 'exec_time' : 'time';
  const io =
    at >= 111 ? 'shared_blk_read_time + shared_blk_write_time' : 'blk_read_time + blk_write_time';
  const orders: Record<SlowOrder, string> = {
    total: 'total',
    mean: 'mean',
    max: 'most',
    io: 'io',
    calls: 'calls',
  };
  const from = `${extension.schema}.pg_stat_statements`;
  const rows = await server.rows<{
    id: string;
    user: string | null;
    calls: number;
    total: number;
    mean: number;
    most: number;
    io: number;
    rows: number;
    query: string;
  }>(
    `SELECT s.queryid::text AS id, r.rolname AS "user", s.calls, s.total_${time} AS total, s.mean_${time} AS mean, s.max_${time} AS most,
       ${io} AS io, s.rows, s.query
     FROM ${from} s LEFT JOIN pg_roles r ON r.oid = s.userid
     WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     ORDER BY ${orders[order]} DESC NULLS LAST LIMIT $1`,
    [top],
  );
  const [info] =
    at >= 109
      ? await server.rows<{ since: string | null; evicted: number }>(
          `SELECT stats_reset::text AS since, dealloc AS evicted FROM ${extension.schema}.pg_stat_statements_info`,
        )
      : [];
  const [timing] = await server.rows<{ on: string }>(
    "SELECT current_setting('track_io_timing') AS on",
  );
  if (rows.some(({ query }) => query === '<insufficient privilege>'))
    look.findings.push(
      finding(
        'not-known',
        'unknown',
        'statements',
        'What other users run is not known: this user may not see it.',
        {
          reliability: 'withheld',
          command: `GRANT pg_read_all_stats TO "${server.target.connection.user ?? 'USER'}"`,
        },
      ),
    );
  return {
    since: info?.since ?? null,
    evicted: info?.evicted ?? null,
    source: 'pg_stat_statements',
    statements: rows.map(
      ({ id, user, calls, total, mean, most, io: read, rows: count, query }) => ({
        id: id ?? '',
        user,
        calls,
        totalMs: Math.round(total),
        meanMs: Math.round(mean * 1000) / 1000,
        maxMs: Math.round(most * 1000) / 1000,
        ioMs: timing?.on === 'on' ? Math.round(read) : null,
        rows: count,
        statement: shownStatement(query, redact, 500),
      }),
    ),
  };
}

async function ofMysql(look: Look, order: SlowOrder, top: number): Promise<Slow> {
  const { server, redact } = look;
  const [on] = await server.rows<{ is: number }>('SELECT @@performance_schema AS `is`');
  if (Number(on?.is) !== 1)
    throw new OpsError(
      'E_PERFORMANCE_SCHEMA',
      'The server counts no statements: performance_schema is off.',
      {
        exit: 'requirement',
        suggestions: [
          'Set performance_schema=ON below [mysqld] in its configuration, and restart it.',
          'It costs some memory (about 100 MB).',
        ],
      },
    );
  const orders: Record<SlowOrder, string> = {
    total: 'SUM_TIMER_WAIT',
    mean: 'AVG_TIMER_WAIT',
    max: 'MAX_TIMER_WAIT',
    io: 'SUM_ROWS_EXAMINED',
    calls: 'COUNT_STAR',
  };
  const rows = await attempt<{
    id: string;
    calls: number;
    total: number;
    mean: number;
    most: number;
    rows: number;
    query: string;
    since: string;
  }>(
    look,
    'The slow statements are',
    `SELECT DIGEST AS id, COUNT_STAR AS calls, SUM_TIMER_WAIT / 1e9 AS total, AVG_TIMER_WAIT / 1e9 AS mean, MAX_TIMER_WAIT / 1e9 AS most,
       SUM_ROWS_SENT AS \`rows\`, DIGEST_TEXT AS query, FIRST_SEEN AS since
     FROM performance_schema.events_statements_summary_by_digest WHERE SCHEMA_NAME = ? ORDER BY ${orders[order]} DESC LIMIT ?`,
    [server.target.database, top],
  );
  return {
    since: rows?.map(({ since }) => since).sort()[0] ?? null,
    evicted: null,
    source: 'performance_schema',
    statements: (rows ?? []).map((row) => ({
      id: row.id ?? '',
      user: null,
      calls: row.calls,
      totalMs: Math.round(row.total),
      meanMs: Math.round(row.mean * 1000) / 1000,
      maxMs: Math.round(row.most * 1000) / 1000,
      ioMs: null,
      rows: row.rows,
      statement: shownStatement(row.query ?? '', redact, 500),
    })),
  };
}
