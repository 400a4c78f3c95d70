import { finding } from '../finding.ts';
import { needAll } from '../topics/bloat.ts';
import type { Look } from '../topics/look.ts';

/** One table and whether its housekeeping is due, after its own thresholds. */
export interface DueTable {
  table: string;
  liveRows: number;
  deadRows: number;
  /** From which number of dead rows on autovacuum takes it. */
  vacuumFrom: number;
  changedRows: number;
  analyzeFrom: number;
  vacuumDue: boolean;
  analyzeDue: boolean;
  /** How long ago autovacuum or somebody was there; null: never. */
  lastVacuum: string | null;
  lastAnalyze: string | null;
  bytes: number;
}

/** Of PostgreSQL: tables with their own thresholds of autovacuum, the most dead rows first. */
export async function dueTables({ server }: Look, tables: readonly string[]): Promise<DueTable[]> {
  const rows = await server.rows<DueTable & Record<string, unknown>>(
    `WITH t AS (
       SELECT c.oid, c.reltuples, s.*, pg_relation_size(c.oid)::bigint AS bytes,
         coalesce((SELECT split_part(o, '=', 2)::float FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_vacuum_threshold=%'), current_setting('autovacuum_vacuum_threshold')::float) AS vt,
         coalesce((SELECT split_part(o, '=', 2)::float FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_vacuum_scale_factor=%'), current_setting('autovacuum_vacuum_scale_factor')::float) AS vs,
         coalesce((SELECT split_part(o, '=', 2)::float FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_analyze_threshold=%'), current_setting('autovacuum_analyze_threshold')::float) AS at,
         coalesce((SELECT split_part(o, '=', 2)::float FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_analyze_scale_factor=%'), current_setting('autovacuum_analyze_scale_factor')::float) AS ascale
       FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE c.relkind IN ('r', 'm')
         AND ($1::text[] = '{}' OR c.oid = ANY (SELECT to_regclass(x)::oid FROM unnest($1::text[]) x)))
     SELECT oid::regclass::text AS table, n_live_tup AS "liveRows", n_dead_tup AS "deadRows",
       (vt + vs * greatest(reltuples, 0))::bigint AS "vacuumFrom", n_mod_since_analyze AS "changedRows",
       (at + ascale * greatest(reltuples, 0))::bigint AS "analyzeFrom",
       n_dead_tup > vt + vs * greatest(reltuples, 0) AS "vacuumDue",
       (n_mod_since_analyze > at + ascale * greatest(reltuples, 0) OR (reltuples < 0 AND n_live_tup > 0)) AS "analyzeDue",
       greatest(last_vacuum, last_autovacuum)::text AS "lastVacuum", greatest(last_analyze, last_autoanalyze)::text AS "lastAnalyze", bytes
     FROM t ORDER BY n_dead_tup DESC, bytes DESC`,
    [tables],
  );
  needAll(tables, rows.length);
  return rows;
}

/** Who keeps vacuum from removing dead rows: sessions, prepared transactions, slots, replicas. */
export async function horizonHolders(look: Look): Promise<void> {
  const { server, findings } = look;
  const rows = await server.rows<{ what: string; age: number }>(
    `SELECT 'the session ' || pid || ' of ' || coalesce(usename, '') || ' (' || state || ' for ' || round(extract(epoch FROM now() - xact_start)) || ' s)' AS what, age(coalesce(backend_xid, backend_xmin))::bigint AS age
       FROM pg_stat_activity WHERE coalesce(backend_xid, backend_xmin) IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
     UNION ALL SELECT 'the prepared transaction ' || gid, age(transaction)::bigint FROM pg_prepared_xacts
     UNION ALL SELECT 'the replication slot ' || slot_name, age(coalesce(xmin, catalog_xmin))::bigint FROM pg_replication_slots WHERE coalesce(xmin, catalog_xmin) IS NOT NULL
     UNION ALL SELECT 'the replica ' || application_name, age(backend_xmin)::bigint FROM pg_stat_replication WHERE backend_xmin IS NOT NULL
     ORDER BY 2 DESC LIMIT 3`,
  );
  for (const { what, age } of rows)
    if (age > 1000)
      findings.push(
        finding(
          'horizon',
          'info',
          'vacuum',
          `${what} may still see rows that were deleted: vacuum leaves them.`,
          { value: age },
        ),
      );
}
