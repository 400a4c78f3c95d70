import { finding, levelOf } from '../finding.ts';
import { bytesOf } from '../site.ts';
import { attempt, type Look } from './look.ts';
import { valuesOf } from './status.ts';

export interface Replication {
  role: 'primary' | 'replica';
  replicas: {
    name: string;
    client: string;
    state: string;
    lagBytes: number | null;
    lagSeconds: number | null;
  }[];
  slots: { name: string; active: boolean; retainedBytes: number | null; status: string | null }[];
  archiver: { failed: number; lastFailure: string | null; lastSuccess: string | null } | null;
  /** Of a replica; null: it is none, or it is not known. */
  lagSeconds: number | null;
}

export async function replication(look: Look): Promise<Replication> {
  return look.server.version.flavour === 'postgres' ? ofPostgres(look) : ofMysql(look);
}

async function ofPostgres(look: Look): Promise<Replication> {
  const { server, section, findings } = look;
  const [role] = await server.rows<{ replica: boolean; lag: number | null }>(
    `SELECT pg_is_in_recovery() AS replica, CASE WHEN pg_is_in_recovery() THEN
       CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
       ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float END END AS lag`,
  );
  const isReplica = role?.replica === true;
  const position = isReplica ? 'pg_last_wal_replay_lsn()' : 'pg_current_wal_lsn()';
  const replicas = await attempt<Replication['replicas'][number] & Record<string, unknown>>(
    look,
    'The replicas are',
    `SELECT application_name AS name, coalesce(client_addr::text, 'socket') AS client, state,
       pg_wal_lsn_diff(${position}, replay_lsn)::bigint AS "lagBytes", extract(epoch FROM replay_lag)::float AS "lagSeconds" FROM pg_stat_replication`,
  );
  const slots = await attempt<Replication['slots'][number] & Record<string, unknown>>(
    look,
    'The replication slots are',
    `SELECT slot_name AS name, active, pg_wal_lsn_diff(${position}, restart_lsn)::bigint AS "retainedBytes",
       ${server.version.number >= 130_000 ? 'wal_status' : 'NULL'} AS status FROM pg_replication_slots`,
  );
  const pair = section.thresholds.slotRetained.map(bytesOf) as [number, number];
  for (const { name, active, retainedBytes, status } of slots ?? []) {
    const level =
      status === 'lost'
        ? 'critical'
        : retainedBytes === null
          ? undefined
          : levelOf(retainedBytes, pair);
    if (level !== undefined)
      findings.push(
        finding(
          'slot',
          level,
          `slot ${name}`,
          status === 'lost'
            ? `What the slot ${name} needs is gone: its replica has to be made anew.`
            : `The slot ${name} keeps ${Math.round((retainedBytes ?? 0) / 1024 ** 2)} MiB of the log on the disk${active ? '' : ', and nobody reads it'}.`,
          {
            value: retainedBytes,
            threshold: section.thresholds.slotRetained[level === 'critical' ? 1 : 0],
            command: active ? null : `SELECT pg_drop_replication_slot('${name}')`,
          },
        ),
      );
  }
  const archiver = await attempt<{
    failed: number;
    lastFailure: string | null;
    lastSuccess: string | null;
    on: boolean;
  }>(
    look,
    'The archiving of the log is',
    `SELECT failed_count AS failed, last_failed_time::text AS "lastFailure", last_archived_time::text AS "lastSuccess",
       current_setting('archive_mode') <> 'off' AS on FROM pg_stat_archiver`,
  );
  const [archive] = archiver ?? [];
  if (
    archive?.on === true &&
    archive.lastFailure !== null &&
    (archive.lastSuccess === null || archive.lastFailure > archive.lastSuccess)
  )
    findings.push(
      finding(
        'archiver',
        'critical',
        'archiver',
        `The log was last not archived at ${archive.lastFailure}: it fills the disk, and there is no way back to a point in time.`,
        { value: archive.failed },
      ),
    );
  return {
    role: isReplica ? 'replica' : 'primary',
    replicas: replicas ?? [],
    slots: slots ?? [],
    archiver:
      archive?.on === true
        ? {
            failed: archive.failed,
            lastFailure: archive.lastFailure,
            lastSuccess: archive.lastSuccess,
          }
        : null,
    lagSeconds: role?.lag ?? null,
  };
}

async function ofMysql(look: Look): Promise<Replication> {
  const { server, findings } = look;
  const isNew = server.version.flavour === 'mysql' && server.version.number >= 80_022;
  const rows = await attempt<Record<string, string | number | null>>(
    look,
    'Whether it is a replica is',
    isNew ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS',
  );
  const [row] = rows ?? [];
  if (row === undefined)
    return { role: 'primary', replicas: [], slots: [], archiver: null, lagSeconds: null };
  const of = (...names: string[]) =>
    names.map((name) => row[name]).find((value) => value !== undefined) ?? null;
  const running = [
    of('Replica_IO_Running', 'Slave_IO_Running'),
    of('Replica_SQL_Running', 'Slave_SQL_Running'),
  ];
  const lag = of('Seconds_Behind_Source', 'Seconds_Behind_Master');
  if (running.some((one) => one !== 'Yes'))
    findings.push(
      finding('replication', 'critical', 'replication', 'Replication stands still.', {
        command: isNew ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS',
      }),
    );
  return {
    role: 'replica',
    replicas: [],
    slots: [],
    archiver: null,
    lagSeconds: lag === null ? null : Number(lag),
  };
}

export interface Setting {
  name: string;
  value: string;
  unit: string | null;
  default: string | null;
  source: string;
  /** It counts from the next restart of the server on. */
  pendingRestart: boolean;
}

const dangers: Record<string, { bad: RegExp; level: 'critical' | 'warning'; why: string }> = {
  fsync: {
    bad: /^off$/,
    level: 'critical',
    why: 'A power cut destroys the databases (fsync is off).',
  },
  full_page_writes: {
    bad: /^off$/,
    level: 'critical',
    why: 'A power cut may destroy pages (full_page_writes is off).',
  },
  autovacuum: {
    bad: /^off$/,
    level: 'critical',
    why: 'Nothing is cleaned up, and one day the server stops writing (autovacuum is off).',
  },
  track_counts: {
    bad: /^off$/,
    level: 'critical',
    why: 'Autovacuum does not see what changes (track_counts is off).',
  },
  zero_damaged_pages: {
    bad: /^on$/,
    level: 'critical',
    why: 'Damaged pages are emptied without a word (zero_damaged_pages is on).',
  },
  ignore_checksum_failure: {
    bad: /^on$/,
    level: 'critical',
    why: 'Damaged pages are read as if they were whole (ignore_checksum_failure is on).',
  },
  synchronous_commit: {
    bad: /^off$/,
    level: 'warning',
    why: 'What was just committed may be lost in a crash (synchronous_commit is off).',
  },
  innodb_flush_log_at_trx_commit: {
    bad: /^[02]$/,
    level: 'warning',
    why: 'What was just committed may be lost in a crash (innodb_flush_log_at_trx_commit).',
  },
  innodb_doublewrite: {
    bad: /^(?:0|OFF)$/i,
    level: 'critical',
    why: 'A power cut may destroy pages (innodb_doublewrite is off).',
  },
  innodb_checksum_algorithm: {
    bad: /^none$/i,
    level: 'critical',
    why: 'Damaged pages are not noticed (innodb_checksum_algorithm is none).',
  },
  skip_grant_tables: {
    bad: /^(?:1|ON)$/i,
    level: 'critical',
    why: 'Everybody may do everything (skip_grant_tables).',
  },
};

export async function settings(look: Look): Promise<Setting[]> {
  const found =
    look.server.version.flavour === 'postgres'
      ? await settingsOfPostgres(look)
      : await settingsOfMysql(look);
  for (const { name, value, pendingRestart } of found) {
    const danger = dangers[name];
    if (danger?.bad.test(value) === true)
      look.findings.push(finding('setting', danger.level, name, danger.why, { value }));
    if (pendingRestart)
      look.findings.push(
        finding(
          'restart',
          'info',
          name,
          `${name} was changed, and counts from the next restart of the server on.`,
          { value },
        ),
      );
  }
  return found;
}

async function settingsOfPostgres({ server }: Look): Promise<Setting[]> {
  return server.rows<Setting & Record<string, unknown>>(
    `SELECT name, setting AS value, unit, boot_val AS default, source, pending_restart AS "pendingRestart" FROM pg_settings
     WHERE (source NOT IN ('default', 'override', 'client', 'session') AND setting IS DISTINCT FROM boot_val) OR pending_restart
       OR (name = ANY ($1) AND setting IS DISTINCT FROM boot_val) ORDER BY category, name`,
    [Object.keys(dangers)],
  );
}

async function settingsOfMysql(look: Look): Promise<Setting[]> {
  const { server } = look;
  if (server.version.flavour === 'mariadb') {
    const rows = await attempt<{
      name: string;
      value: string | null;
      preset: string | null;
      source: string;
    }>(
      look,
      'The settings are',
      `SELECT LOWER(VARIABLE_NAME) AS name, GLOBAL_VALUE AS value, DEFAULT_VALUE AS preset, GLOBAL_VALUE_ORIGIN AS source
       FROM information_schema.SYSTEM_VARIABLES WHERE GLOBAL_VALUE_ORIGIN NOT IN ('COMPILE-TIME', 'AUTO') AND GLOBAL_VALUE <> DEFAULT_VALUE ORDER BY 1`,
    );
    return (rows ?? []).map(({ name, value, preset, source }) => ({
      name,
      value: value ?? '',
      unit: null,
      default: preset,
      source: source.toLowerCase(),
      pendingRestart: false,
    }));
  }
  const values = await valuesOf(look, 'SHOW GLOBAL VARIABLES');
  return Object.keys(dangers).flatMap((name) => {
    const value = values.get(name);
    return value === undefined
      ? []
      : [{ name, value, unit: null, default: null, source: 'server', pendingRestart: false }];
  });
}

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
  const [extension] = await server.rows<{ schema: string }>(
    "SELECT quote_ident(n.nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'",
  );
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
