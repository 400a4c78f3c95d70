import { finding, levelOf } from '../finding.ts';
import { msOf } from '../site.ts';
import { attempt, type Look } from './look.ts';

export interface Status {
  server: string;
  where: string;
  database: string;
  role: 'primary' | 'replica';
  readOnly: boolean;
  uptimeSeconds: number | null;
  connections: { used: number | null; most: number | null };
  sizeBytes: number | null;
  /** Of the blocks that were asked for, those that were there already; null: not known. */
  cacheHitPercent: number | null;
  /** Of PostgreSQL: how far the transaction numbers are used up. */
  xidAgePercent: number | null;
  deadlocks: number | null;
  statisticsSince: string | null;
}

export async function status(look: Look): Promise<Status> {
  const found =
    look.server.version.flavour === 'postgres' ? await ofPostgres(look) : await ofMysql(look);
  const { used, most } = found.connections;
  if (used !== null && most !== null && most > 0) {
    const percent = Math.round((100 * used) / most);
    const { connectionsPercent } = look.section.thresholds;
    const level = levelOf(percent, connectionsPercent);
    if (level !== undefined)
      look.findings.push(
        finding('connections', level, 'connections', `${used} of ${most} connections are taken.`, {
          value: percent,
          threshold: connectionsPercent[level === 'critical' ? 1 : 0],
          command: 'om-ops db connections',
        }),
      );
  }
  return found;
}

async function ofPostgres(look: Look): Promise<Status> {
  const { server, section, findings } = look;
  const { number } = server.version;
  const reserved = `current_setting('superuser_reserved_connections')::int${number >= 160_000 ? " + current_setting('reserved_connections')::int" : ''}`;
  const [row] = await server.rows<{
    replica: boolean;
    read_only: boolean;
    uptime: number;
    most: number;
    used: number;
    visible: boolean;
    xid: number;
    size: number | null;
    hits: number;
    reads: number;
    deadlocks: number;
    since: string | null;
    checksum_failures: number | null;
  }>(`SELECT pg_is_in_recovery() AS replica,
      (SELECT coalesce((SELECT split_part(o, '=', 2) FROM pg_db_role_setting s, unnest(s.setconfig) o
         WHERE s.setdatabase IN (0, d.oid) AND s.setrole = 0 AND o LIKE 'default\\_transaction\\_read\\_only=%' LIMIT 1),
         (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only')) IN ('on', 'true')) AS read_only,
      extract(epoch FROM now() - pg_postmaster_start_time())::int AS uptime,
      current_setting('max_connections')::int - ${reserved} AS most,
      (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' OR backend_type IS NULL) AS used,
      pg_has_role(current_user, 'pg_read_all_stats', 'member') AS visible,
      (SELECT max(age(datfrozenxid)) FROM pg_database)::bigint AS xid,
      CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) END AS size,
      s.blks_hit AS hits, s.blks_read AS reads, s.deadlocks AS deadlocks, s.stats_reset::text AS since,
      s.checksum_failures AS checksum_failures
    FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datname = current_database()`);
  if (row === undefined) throw new Error('The server gave no answer about its own database.');
  const xid = Math.round((100 * row.xid) / 2_000_000_000);
  const level = levelOf(xid, section.thresholds.xidAgePercent);
  if (level !== undefined)
    findings.push(
      finding(
        'wraparound',
        level,
        server.target.database,
        `${xid} % of the transaction numbers are used up: the server stops writing before 100.`,
        {
          value: xid,
          threshold: section.thresholds.xidAgePercent[level === 'critical' ? 1 : 0],
          command: 'om-ops db vacuum --due',
        },
      ),
    );
  if ((row.checksum_failures ?? 0) > 0)
    findings.push(
      finding(
        'checksums',
        'critical',
        server.target.database,
        `${row.checksum_failures} pages did not have the checksum they were written with: the disk loses data.`,
        {
          value: row.checksum_failures,
          command: 'om-ops db integrity --deep',
        },
      ),
    );
  if (row.read_only && !row.replica)
    findings.push(
      finding(
        'read-only',
        'warning',
        server.target.database,
        'New sessions may only read (default_transaction_read_only).',
      ),
    );
  if (row.visible) await openTransactions(look);
  else
    findings.push(
      finding(
        'not-known',
        'unknown',
        'sessions',
        'What the sessions of other users do is not known: this user may not see it.',
        {
          reliability: 'withheld',
          command: `GRANT pg_monitor TO "${server.target.connection.user ?? 'USER'}"`,
        },
      ),
    );
  const blocks = row.hits + row.reads;
  return {
    server: `PostgreSQL ${server.version.text}`,
    where: server.target.where,
    database: server.target.database,
    role: row.replica ? 'replica' : 'primary',
    readOnly: row.read_only || row.replica,
    uptimeSeconds: row.uptime,
    connections: { used: row.used, most: row.most },
    sizeBytes: row.size,
    cacheHitPercent: blocks < 1000 ? null : Math.round((1000 * row.hits) / blocks) / 10,
    xidAgePercent: xid,
    deadlocks: row.deadlocks,
    statisticsSince: row.since,
  };
}

async function openTransactions({ server, section, findings }: Look): Promise<void> {
  const rows = await server.rows<{
    pid: number;
    state: string;
    open: number;
    idle: number;
    user: string;
    application: string;
  }>(
    `SELECT pid, coalesce(state, '') AS state, usename AS "user", application_name AS application,
       (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::bigint AS open,
       (extract(epoch FROM clock_timestamp() - state_change) * 1000)::bigint AS idle
     FROM pg_stat_activity WHERE backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`,
  );
  const { idleInTransaction, transaction } = section.thresholds;
  const idleMs = idleInTransaction.map(msOf) as [number, number];
  const openMs = transaction.map(msOf) as [number, number];
  for (const { pid, state, open, idle, user, application } of rows) {
    const isIdle = state.startsWith('idle in transaction');
    const [value, pair, said] = isIdle
      ? [idle, idleMs, idleInTransaction]
      : [open, openMs, transaction];
    const level = levelOf(value, pair as [number, number]);
    if (level === undefined) continue;
    findings.push(
      finding(
        isIdle ? 'idle-in-transaction' : 'long-transaction',
        level,
        `session ${pid}`,
        `${user} (${application || 'no application name'}) ${isIdle ? 'has left a transaction open and does nothing' : 'has a transaction open'} for ${Math.round(value / 1000)} s: vacuum cannot remove what it may still see.`,
        {
          value: Math.round(value / 1000),
          threshold: (said as string[])[level === 'critical' ? 1 : 0] ?? null,
          command: isIdle ? `om-ops db terminate ${pid}` : `om-ops db cancel ${pid}`,
        },
      ),
    );
  }
}

async function ofMysql(look: Look): Promise<Status> {
  const { server, findings } = look;
  const variables = await valuesOf(
    look,
    'SHOW GLOBAL VARIABLES WHERE Variable_name IN (?, ?, ?, ?)',
    ['max_connections', 'read_only', 'super_read_only', 'innodb_buffer_pool_size'],
  );
  const now = await valuesOf(look, 'SHOW GLOBAL STATUS WHERE Variable_name IN (?, ?, ?, ?, ?)', [
    ...[
      'Uptime',
      'Threads_connected',
      'Innodb_buffer_pool_read_requests',
      'Innodb_buffer_pool_reads',
      'Innodb_deadlocks',
    ],
  ]);
  const size = await attempt<{ bytes: number | null }>(
    look,
    'The size of the database is',
    'SELECT SUM(DATA_LENGTH + INDEX_LENGTH) AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
    [server.target.database],
  );
  const number = (from: Map<string, string>, key: string) => {
    const value = from.get(key);
    return value === undefined ? null : Number(value);
  };
  const readOnly = /^(?:1|ON)$/i.test(variables.get('read_only') ?? '');
  const replica = await attempt<Record<string, unknown>>(
    look,
    'Whether it is a replica is',
    server.version.flavour === 'mysql' && server.version.number >= 80_022
      ? 'SHOW REPLICA STATUS'
      : 'SHOW SLAVE STATUS',
  );
  const isReplica = (replica ?? []).length > 0;
  if (readOnly && !isReplica)
    findings.push(
      finding('read-only', 'warning', 'server', 'The server takes no writes (read_only).'),
    );
  const requests = number(now, 'Innodb_buffer_pool_read_requests');
  const reads = number(now, 'Innodb_buffer_pool_reads');
  return {
    server: `${server.version.flavour === 'mariadb' ? 'MariaDB' : 'MySQL'} ${server.version.text}`,
    where: server.target.where,
    database: server.target.database,
    role: isReplica ? 'replica' : 'primary',
    readOnly,
    uptimeSeconds: number(now, 'Uptime'),
    connections: {
      used: number(now, 'Threads_connected'),
      most: number(variables, 'max_connections'),
    },
    sizeBytes: size?.[0]?.bytes ?? null,
    cacheHitPercent:
      requests === null || reads === null || requests < 1000
        ? null
        : Math.round((1000 * (requests - reads)) / requests) / 10,
    xidAgePercent: null,
    deadlocks: number(now, 'Innodb_deadlocks'),
    statisticsSince: null,
  };
}

/** `SHOW VARIABLES` and `SHOW STATUS` by name. */
export async function valuesOf(
  { server }: Look,
  sql: string,
  values: readonly string[] = [],
): Promise<Map<string, string>> {
  const rows = await server.rows<{ Variable_name: string; Value: string }>(sql, values);
  return new Map(rows.map(({ Variable_name, Value }) => [Variable_name, String(Value)]));
}
