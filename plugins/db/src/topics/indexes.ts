import { type Finding, finding } from '../finding.ts';
import { bytesOf } from '../site.ts';
import { attempt, type Look } from './look.ts';

export type IndexTopic = 'unused' | 'missing' | 'duplicate' | 'invalid';

export interface IndexFinding {
  topic: IndexTopic;
  table: string;
  index: string | null;
  bytes: number | null;
  why: string;
  /** SQL to run by whoever decides it; never run by om-ops. */
  sql: string;
}

export async function indexes(
  look: Look,
  topics: ReadonlySet<IndexTopic>,
): Promise<IndexFinding[]> {
  const found =
    look.server.version.flavour === 'postgres'
      ? await ofPostgres(look, topics)
      : await ofMysql(look, topics);
  look.findings.push(
    ...found
      .filter(({ topic }) => topic === 'invalid' || topic === 'missing')
      .map(
        ({ topic, table, index, why, sql }): Finding =>
          finding(`index-${topic}`, 'warning', index ?? table, why, { command: sql }),
      ),
  );
  return found;
}

async function ofPostgres(look: Look, topics: ReadonlySet<IndexTopic>): Promise<IndexFinding[]> {
  const found: IndexFinding[] = [];
  if (topics.has('invalid')) found.push(...(await invalid(look)));
  if (topics.has('missing')) found.push(...(await withoutIndex(look)));
  if (topics.has('duplicate')) found.push(...(await duplicates(look)));
  if (topics.has('unused')) found.push(...(await unused(look)));
  return found;
}

const foreign =
  "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'";

async function invalid({ server }: Look): Promise<IndexFinding[]> {
  const rows = await server.rows<{
    table: string;
    index: string;
    bytes: number;
    building: boolean;
  }>(
    `SELECT i.indrelid::regclass::text AS table, i.indexrelid::regclass::text AS index, pg_relation_size(i.indexrelid)::bigint AS bytes,
       EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS building
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND ${foreign}`,
  );
  return rows
    .filter(({ building }) => !building)
    .map(({ table, index, bytes }) => ({
      topic: 'invalid' as const,
      table,
      index,
      bytes,
      why: `${index} is invalid: it costs every write and serves no read. Making it concurrently was cut off.`,
      sql: `DROP INDEX CONCURRENTLY ${index}`,
    }));
}

/** Foreign keys that nothing finds the rows of: each delete of a parent reads the whole table. */
async function withoutIndex({ server }: Look): Promise<IndexFinding[]> {
  const rows = await server.rows<{ table: string; parent: string; columns: string; bytes: number }>(
    `SELECT k.conrelid::regclass::text AS table, k.confrelid::regclass::text AS parent, pg_relation_size(k.conrelid)::bigint AS bytes,
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.at) FROM unnest(k.conkey) WITH ORDINALITY u(num, at)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) AS columns
     FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT EXISTS (
       SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
         AND (i.indkey::smallint[])[0:array_length(k.conkey, 1) - 1] @> k.conkey
         AND k.conkey @> (i.indkey::smallint[])[0:array_length(k.conkey, 1) - 1])
     ORDER BY bytes DESC`,
  );
  return rows.map(({ table, parent, columns, bytes }) => ({
    topic: 'missing' as const,
    table,
    index: null,
    bytes,
    why: `${table} (${columns}) refers to ${parent} and has no index: deleting there reads all of ${table}.`,
    sql: `CREATE INDEX CONCURRENTLY ON ${table} (${columns})`,
  }));
}

async function duplicates({ server }: Look): Promise<IndexFinding[]> {
  const rows = await server.rows<{ table: string; index: string; same: string; bytes: number }>(
    `SELECT a.indrelid::regclass::text AS table, a.indexrelid::regclass::text AS index, b.indexrelid::regclass::text AS same,
       pg_relation_size(a.indexrelid)::bigint AS bytes
     FROM pg_index a JOIN pg_index b ON a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid
       AND a.indkey = b.indkey AND a.indclass = b.indclass AND a.indcollation = b.indcollation AND a.indoption = b.indoption
       AND coalesce(pg_get_expr(a.indexprs, a.indrelid), '') = coalesce(pg_get_expr(b.indexprs, b.indrelid), '')
       AND coalesce(pg_get_expr(a.indpred, a.indrelid), '') = coalesce(pg_get_expr(b.indpred, b.indrelid), '')
       JOIN pg_class c ON c.oid = a.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${foreign} AND NOT a.indisunique AND NOT a.indisreplident
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = a.indexrelid)
       AND (b.indisunique OR a.indexrelid > b.indexrelid) ORDER BY 4 DESC`,
  );
  return rows.map(({ table, index, same, bytes }) => ({
    topic: 'duplicate' as const,
    table,
    index,
    bytes,
    why: `${index} is the same as ${same}.`,
    sql: `DROP INDEX CONCURRENTLY ${index}`,
  }));
}

/** No verdict while the counting is young, or a replica has not been asked: what it serves is not counted here. */
async function unused(look: Look): Promise<IndexFinding[]> {
  const { server, section, findings } = look;
  const [age] = await server.rows<{ days: number | null; replicas: number; replica: boolean }>(
    `SELECT extract(epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time()))::float / 86400 AS days,
       (SELECT count(*)::int FROM pg_stat_replication) AS replicas, pg_is_in_recovery() AS replica
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  const days = age?.days ?? 0;
  const why =
    days < 30
      ? `what is used has been counted for ${Math.floor(days)} days only, and it takes 30`
      : (age?.replicas ?? 0) > 0 || age?.replica === true
        ? 'a replica may use what this server does not'
        : undefined;
  if (why !== undefined) {
    findings.push(
      finding(
        'unused-withheld',
        'info',
        server.target.database,
        `Which indexes nobody uses is not told: ${why}.`,
        { reliability: 'withheld' },
      ),
    );
    return [];
  }
  const rows = await server.rows<{ table: string; index: string; bytes: number }>(
    `SELECT i.indrelid::regclass::text AS table, i.indexrelid::regclass::text AS index, pg_relation_size(i.indexrelid)::bigint AS bytes
     FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid JOIN pg_class c ON c.oid = i.indexrelid
     WHERE s.idx_scan = 0 AND i.indisvalid AND NOT i.indisunique AND NOT i.indisreplident AND NOT c.relispartition
       AND pg_relation_size(i.indexrelid) >= $1 AND i.indexprs IS NULL
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = i.indrelid
         AND k.conkey[1] = (i.indkey::smallint[])[0]) ORDER BY 3 DESC`,
    [bytesOf(section.thresholds.indexMinBytes)],
  );
  return rows.map(({ table, index, bytes }) => ({
    topic: 'unused' as const,
    table,
    index,
    bytes,
    why: `Nobody has used ${index} for ${Math.floor(days)} days.`,
    sql: `DROP INDEX CONCURRENTLY ${index}`,
  }));
}

async function ofMysql(look: Look, topics: ReadonlySet<IndexTopic>): Promise<IndexFinding[]> {
  const found: IndexFinding[] = [];
  const { server } = look;
  const { database } = server.target;
  if (topics.has('duplicate')) {
    const rows = await attempt<{
      TABLE_NAME: string;
      INDEX_NAME: string;
      columns: string;
      isUnique: number;
    }>(
      look,
      'Which indexes there are twice is',
      `SELECT TABLE_NAME, INDEX_NAME, MIN(NON_UNIQUE) = 0 AS isUnique,
         GROUP_CONCAT(CONCAT(COLUMN_NAME, ':', COALESCE(SUB_PART, '')) ORDER BY SEQ_IN_INDEX) AS columns
       FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? GROUP BY TABLE_NAME, INDEX_NAME ORDER BY 1, 3 DESC, 2`,
      [database],
    );
    const seen = new Map<string, string>();
    for (const { TABLE_NAME: table, INDEX_NAME: index, columns, isUnique } of rows ?? []) {
      const key = `${table}\0${columns}`;
      const same = seen.get(key);
      if (same === undefined) seen.set(key, index);
      else if (Number(isUnique) !== 1)
        found.push({
          topic: 'duplicate',
          table,
          index,
          bytes: null,
          why: `${index} is the same as ${same}.`,
          sql: `ALTER TABLE \`${table}\` DROP INDEX \`${index}\``,
        });
    }
  }
  if (topics.has('unused')) {
    const [on] = await server.rows<{ is: number }>('SELECT @@performance_schema AS `is`');
    if (Number(on?.is) !== 1)
      look.findings.push(
        finding(
          'unused-withheld',
          'info',
          database,
          'Which indexes nobody uses is not told: performance_schema is off, and nobody counts.',
          { reliability: 'withheld' },
        ),
      );
    else
      look.findings.push(
        finding(
          'unused-withheld',
          'info',
          database,
          'Which indexes nobody uses is not told: the server counts only since it was started.',
          { reliability: 'withheld' },
        ),
      );
  }
  return found;
}
