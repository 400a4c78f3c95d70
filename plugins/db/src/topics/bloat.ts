import { OpsError } from '@om-ops/kit';
import { finding } from '../finding.ts';
import { extensionOf } from './extension.ts';
import type { Look } from './look.ts';

export interface Bloat {
  table: string;
  bytes: number;
  liveRows: number;
  deadRows: number;
  /** What a full vacuum would give back, about; null: withheld. */
  bloatBytes: number | null;
  bloatPercent: number | null;
  reliability: 'exact' | 'estimate' | 'withheld';
  /** Why it is withheld. */
  why: string | null;
}

interface EstimateRow extends Record<string, unknown> {
  table: string;
  bytes: number;
  pages: number;
  live: number;
  dead: number;
  changed: number;
  tuples: number;
  width: number | null;
  columns: number;
  known: number;
  toast: number;
  fill: number;
  readable: boolean;
  analyzed: boolean;
}

const pageBytes = 8192;

/** Of the tables of PostgreSQL, the largest first. Indexes are not estimated: reports of that were off by fifty times. */
export async function bloat(
  look: Look,
  { tables, exact, top }: { tables: readonly string[]; exact: boolean; top: number },
): Promise<Bloat[]> {
  const { server } = look;
  if (server.version.flavour !== 'postgres')
    throw new OpsError(
      'E_NOT_THERE',
      'MariaDB and MySQL do not say how much of a table is empty in a way that can be believed.',
      {
        exit: 'requirement',
        suggestions: ['See the sizes: om-ops db sizes --tables'],
      },
    );
  const rows = await server.rows<EstimateRow>(
    `SELECT c.oid::regclass::text AS table, pg_relation_size(c.oid)::bigint AS bytes, (pg_relation_size(c.oid) / ${pageBytes})::bigint AS pages,
       coalesce(s.n_live_tup, 0) AS live, coalesce(s.n_dead_tup, 0) AS dead, coalesce(s.n_mod_since_analyze, 0) AS changed,
       greatest(c.reltuples, 0)::bigint AS tuples,
       (SELECT sum((1 - st.null_frac) * st.avg_width) FROM pg_stats st WHERE st.schemaname = n.nspname AND st.tablename = c.relname AND NOT st.inherited)::float AS width,
       (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT count(*)::int FROM pg_stats st WHERE st.schemaname = n.nspname AND st.tablename = c.relname AND NOT st.inherited) AS known,
       coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0)::bigint AS toast,
       coalesce((SELECT split_part(o, '=', 2)::int FROM unnest(c.reloptions) o WHERE o LIKE 'fillfactor=%'), 100) AS fill,
       has_table_privilege(c.oid, 'SELECT') AS readable,
       (s.last_analyze IS NOT NULL OR s.last_autoanalyze IS NOT NULL) AS analyzed
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
     WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
       AND ($1::text[] = '{}' OR c.oid = ANY (SELECT to_regclass(t)::oid FROM unnest($1::text[]) t))
     ORDER BY 2 DESC LIMIT $2`,
    [tables, tables.length > 0 ? tables.length : top],
  );
  needAll(tables, rows.length);
  const found: Bloat[] = [];
  for (const row of rows) found.push(exact ? await measured(look, row) : estimated(row));
  for (const { table, bloatBytes, bloatPercent, reliability } of found)
    if (
      bloatPercent !== null &&
      bloatBytes !== null &&
      bloatPercent >= 50 &&
      bloatBytes >= 100 * 1024 ** 2
    )
      look.findings.push(
        finding(
          'bloat',
          'warning',
          table,
          `${bloatPercent} % of ${table} is empty, and is not given back by itself.`,
          {
            value: bloatPercent,
            threshold: 50,
            reliability,
            command: `om-ops db vacuum ${table} --full --dry-run`,
          },
        ),
      );
  return found;
}

export function needAll(tables: readonly string[], found: number): void {
  if (tables.length <= found) return;
  throw new OpsError('E_NO_TABLE', `Not all of these tables are there: ${tables.join(', ')}.`, {
    exit: 'usage',
    suggestions: [
      'See those there are: om-ops db sizes --tables',
      'Write it as in SQL: public."Order"',
    ],
  });
}

function base({ table, bytes, live, dead }: EstimateRow) {
  return { table, bytes, liveRows: live, deadRows: dead };
}

/** After the mean widths that ANALYZE keeps, and only where they can be trusted. */
function estimated(row: EstimateRow): Bloat {
  const why = whyWithheld(row);
  if (why !== undefined)
    return { ...base(row), bloatBytes: null, bloatPercent: null, reliability: 'withheld', why };
  // A row: its header with the bitmap of nulls, its data, both aligned to 8, and its pointer.
  const align = (bytes: number) => Math.ceil(bytes / 8) * 8;
  const header = align(23 + Math.ceil(row.columns / 8));
  const perRow = header + align(row.width ?? 0) + 4;
  const usable = (pageBytes - 24) * (row.fill / 100);
  const needed = Math.ceil(row.tuples / Math.max(1, Math.floor(usable / perRow)));
  const spare = Math.max(0, row.pages - needed);
  return {
    ...base(row),
    bloatBytes: spare * pageBytes,
    bloatPercent: row.pages === 0 ? 0 : Math.round((1000 * spare) / row.pages) / 10,
    reliability: 'estimate',
    why: null,
  };
}

function whyWithheld(row: EstimateRow): string | undefined {
  if (!row.readable) return 'this user may not read it, and so not its statistics';
  if (!row.analyzed) return 'it was never analyzed: om-ops db analyze';
  if (row.known < row.columns) return 'some of its columns have no statistics';
  if (row.changed > 0.1 * Math.max(row.live, 1))
    return 'more than a tenth of it changed since it was analyzed';
  if (row.toast > row.bytes) return 'most of it is in long values that are kept apart';
  return undefined;
}

async function measured({ server }: Look, row: EstimateRow): Promise<Bloat> {
  const extension = await extensionOf(server, 'pgstattuple');
  if (extension === undefined)
    throw new OpsError(
      'E_EXTENSION',
      `The extension pgstattuple is not in the database ${server.target.database}.`,
      {
        exit: 'requirement',
        suggestions: [
          'As its administrator: CREATE EXTENSION pgstattuple',
          'Without --exact it is estimated.',
        ],
      },
    );
  const [found] = await server.rows<{ free: number; dead: number; percent: number }>(
    `SELECT approx_free_space AS free, dead_tuple_len AS dead, approx_free_percent + dead_tuple_percent AS percent
     FROM ${extension.schema}.pgstattuple_approx(to_regclass($1))`,
    [row.table],
  );
  return {
    ...base(row),
    bloatBytes: found === undefined ? null : Math.round(found.free + found.dead),
    bloatPercent: found === undefined ? null : Math.round(found.percent * 10) / 10,
    reliability: 'exact',
    why: null,
  };
}
