import { finding, levelOf } from '../finding.ts';
import { extensionOf } from './extension.ts';
import { attempt, type Look } from './look.ts';

export interface Integrity {
  checked: { what: string; count: number }[];
}

/** Checksums, invalid indexes, sequences near their end; with `deep` the structure of indexes and tables too. */
export async function integrity(look: Look, deep: boolean): Promise<Integrity> {
  return look.server.version.flavour === 'postgres'
    ? integrityOfPostgres(look, deep)
    : integrityOfMysql(look, deep);
}

async function integrityOfPostgres(look: Look, deep: boolean): Promise<Integrity> {
  const { server, section, findings } = look;
  const [sums] = await server.rows<{ failures: number | null; on: string }>(
    "SELECT checksum_failures AS failures, current_setting('data_checksums') AS on FROM pg_stat_database WHERE datname = current_database()",
  );
  if (sums?.on !== 'on')
    findings.push(
      finding(
        'no-checksums',
        'info',
        server.target.database,
        'Pages have no checksums: what a disk loses is not noticed.',
        { reliability: 'withheld' },
      ),
    );
  else if ((sums.failures ?? 0) > 0)
    findings.push(
      finding(
        'checksums',
        'critical',
        server.target.database,
        `${sums.failures} pages did not have the checksum they were written with.`,
        { value: sums.failures },
      ),
    );
  const [{ count: bad = 0 } = {}] = await server.rows<{ count: number }>(
    'SELECT count(*)::int AS count FROM pg_index WHERE NOT indisvalid',
  );
  if (bad > 0)
    findings.push(
      finding(
        'index-invalid',
        'warning',
        server.target.database,
        `${bad} ${bad === 1 ? 'index is' : 'indexes are'} invalid.`,
        { value: bad, command: 'om-ops db indexes --invalid' },
      ),
    );
  const sequences = await attempt<{ name: string; percent: number }>(
    look,
    'How far the sequences are is',
    `SELECT format('%I.%I', schemaname, sequencename) AS name,
       CASE WHEN cycle OR last_value IS NULL THEN 0 ELSE 100.0 * (last_value - min_value) / nullif(max_value - min_value, 0) END::float AS percent FROM pg_sequences`,
  );
  // A column may end before its sequence: int4 at 2,147,483,647, whatever the sequence allows.
  const columns = await attempt<{ name: string; percent: number }>(
    look,
    'How far the numbers of the tables are is',
    `SELECT d.refobjid::regclass::text || '.' || quote_ident(a.attname) AS name,
       (100.0 * coalesce(s.last_value, 0) / CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END)::float AS percent
     FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
       JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequences s ON s.schemaname = n.nspname AND s.sequencename = c.relname
     WHERE d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass`,
  );
  for (const { name, percent } of [...(sequences ?? []), ...(columns ?? [])]) {
    const level = levelOf(percent, section.thresholds.sequencePercent);
    if (level !== undefined && !findings.some((one) => one.object === name))
      findings.push(
        finding(
          'sequence',
          level,
          name,
          `${Math.round(percent)} % of the numbers of ${name} are used up: inserts fail after that.`,
          {
            value: Math.round(percent),
            threshold: section.thresholds.sequencePercent[level === 'critical' ? 1 : 0],
          },
        ),
      );
  }
  const checked = [{ what: 'sequences', count: sequences?.length ?? 0 }];
  if (deep) checked.push({ what: 'indexes', count: await amcheck(look) });
  return { checked };
}

async function amcheck(look: Look): Promise<number> {
  const { server, findings } = look;
  const extension = await extensionOf(server, 'amcheck');
  if (extension === undefined) {
    findings.push(
      finding(
        'not-known',
        'unknown',
        server.target.database,
        'Whether the indexes are whole is not known: the extension amcheck is not there.',
        {
          reliability: 'withheld',
          command: 'CREATE EXTENSION amcheck',
        },
      ),
    );
    return 0;
  }
  const rows = await server.rows<{ oid: number; name: string }>(
    `SELECT i.indexrelid::int AS oid, i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree' AND i.indisvalid AND c.relpersistence <> 't' AND c.relkind = 'i'`,
  );
  for (const { oid, name } of rows) {
    try {
      await server.rows(`SELECT ${extension.schema}.bt_index_check($1::oid::regclass)`, [oid]);
    } catch (error) {
      findings.push(
        finding(
          'damaged',
          'critical',
          name,
          `The index ${name} is not whole: ${error instanceof Error ? error.message : error}`,
          { command: `REINDEX INDEX CONCURRENTLY ${name}` },
        ),
      );
    }
  }
  return rows.length;
}

async function integrityOfMysql(look: Look, deep: boolean): Promise<Integrity> {
  const { server, section, findings } = look;
  const rows = await attempt<{ table: string; next: number; type: string; sign: number }>(
    look,
    'How far the numbers of the tables are is',
    `SELECT t.TABLE_NAME AS \`table\`, t.AUTO_INCREMENT AS \`next\`, c.DATA_TYPE AS type, c.COLUMN_TYPE LIKE '%unsigned%' AS sign
     FROM information_schema.TABLES t JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
     WHERE t.TABLE_SCHEMA = ? AND c.EXTRA LIKE '%auto_increment%' AND t.AUTO_INCREMENT IS NOT NULL`,
    [server.target.database],
  );
  const bits: Record<string, number> = {
    tinyint: 8,
    smallint: 16,
    mediumint: 24,
    int: 32,
    bigint: 64,
  };
  for (const { table, next, type, sign } of rows ?? []) {
    const percent = (100 * next) / 2 ** ((bits[type] ?? 64) - (Number(sign) === 1 ? 0 : 1));
    const level = levelOf(percent, section.thresholds.sequencePercent);
    if (level !== undefined)
      findings.push(
        finding(
          'sequence',
          level,
          table,
          `${Math.round(percent)} % of the numbers of ${table} are used up: inserts fail after that.`,
          { value: Math.round(percent) },
        ),
      );
  }
  const checked = [{ what: 'auto-increment columns', count: rows?.length ?? 0 }];
  if (!deep) return { checked };
  const tables = await server.rows<{ name: string }>(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE'",
    [server.target.database],
  );
  for (const { name } of tables) {
    const said = await attempt<{ Msg_type: string; Msg_text: string }>(
      look,
      `Whether ${name} is whole is`,
      `CHECK TABLE \`${name.replaceAll('`', '``')}\``,
    );
    const bad = said?.find(
      ({ Msg_type, Msg_text }) =>
        Msg_type === 'error' ||
        (Msg_type === 'status' &&
          !/^(?:OK|Table is already up to date|The storage engine for the table doesn't support check)$/i.test(
            Msg_text,
          )),
    );
    if (bad !== undefined)
      findings.push(
        finding('damaged', 'critical', name, `The table ${name} is not whole: ${bad.Msg_text}`, {
          command: 'om-ops backup list database',
        }),
      );
  }
  return { checked: [...checked, { what: 'tables', count: tables.length }] };
}
