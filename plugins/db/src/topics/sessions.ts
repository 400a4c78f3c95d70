import { finding, levelOf } from '../finding.ts';
import { msOf } from '../site.ts';
import { attempt, type Look, shownStatement } from './look.ts';

/** One session of a client. */
export interface Session {
  id: number;
  /** When it began, as the server says: with the id, who it is. */
  startedAt: string | null;
  user: string;
  application: string;
  client: string;
  /** `active`, `idle`, `idle in transaction`. */
  state: string;
  /** How long the statement runs, or the session has been in its state. */
  ms: number | null;
  /** How old its transaction is; null: it has none. */
  transactionMs: number | null;
  waitsFor: string | null;
  /** Ids of the sessions that it waits for. */
  blockedBy: number[];
  /** Without what stands in quotes. */
  statement: string;
  /** Why it is never ended; null: it may be. */
  protected: string | null;
}

interface PostgresRow extends Record<string, unknown> {
  id: number;
  started: string;
  user: string | null;
  application: string;
  client: string;
  state: string | null;
  ms: number | null;
  transaction: number | null;
  waits: string | null;
  blockers: number[];
  query: string | null;
  kind: string;
}

/** Sessions of clients: never the server's own, nor replication, nor this one. */
export async function sessions(look: Look): Promise<Session[]> {
  return look.server.version.flavour === 'postgres' ? ofPostgres(look) : ofMysql(look);
}

async function ofPostgres(look: Look): Promise<Session[]> {
  const { server, redact } = look;
  const rows = await server.rows<PostgresRow>(
    `SELECT pid AS id, backend_start::text AS started, usename AS "user", application_name AS application,
       coalesce(client_addr::text, CASE WHEN client_port = -1 THEN 'socket' END, '') AS client, state,
       (extract(epoch FROM clock_timestamp() - CASE WHEN state = 'active' THEN query_start ELSE state_change END) * 1000)::bigint AS ms,
       (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::bigint AS transaction,
       CASE WHEN wait_event_type = 'Lock' THEN 'lock: ' || wait_event WHEN state = 'active' THEN wait_event END AS waits,
       pg_blocking_pids(pid) AS blockers, query, backend_type AS kind
     FROM pg_stat_activity
     WHERE pid <> pg_backend_pid() AND (backend_type = 'client backend' OR backend_type IS NULL)
       AND datname = current_database() ORDER BY xact_start NULLS LAST, query_start`,
  );
  if (
    rows.some(
      ({ state, query }) =>
        state === null && query !== null && query.includes('insufficient privilege'),
    )
  )
    look.findings.push(
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
  return rows.map((row) => {
    const statement = shownStatement(row.query ?? '', redact);
    return {
      id: row.id,
      startedAt: row.started,
      user: row.user ?? '',
      application: row.application ?? '',
      client: row.client,
      state: row.state ?? 'not known',
      ms: row.ms,
      transactionMs: row.transaction,
      waitsFor: row.waits,
      blockedBy: row.blockers ?? [],
      statement,
      protected: protection(look, {
        user: row.user ?? '',
        application: row.application ?? '',
        statement: row.query ?? '',
      }),
    };
  });
}

interface MysqlRow extends Record<string, unknown> {
  ID: number;
  USER: string;
  HOST: string;
  COMMAND: string;
  TIME: number | null;
  TIME_MS?: number | null;
  STATE: string | null;
  INFO: string | null;
  started: string | null;
  trx_ms: number | null;
}

async function ofMysql(look: Look): Promise<Session[]> {
  const { server, redact } = look;
  const rows = await server.rows<MysqlRow>(
    `SELECT p.*, t.trx_started AS started, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) * 1000 AS trx_ms
     FROM information_schema.PROCESSLIST p LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID
     WHERE p.ID <> ? AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID', 'Slave_IO', 'Slave_SQL', 'Slave_worker')
       AND p.USER NOT IN ('system user', 'event_scheduler') ORDER BY p.TIME DESC`,
    [server.session],
  );
  const blockers = await blockersOfMysql(look);
  return rows.map((row) => {
    const inTransaction = row.trx_ms !== null;
    const state =
      row.COMMAND === 'Sleep' ? (inTransaction ? 'idle in transaction' : 'idle') : 'active';
    return {
      id: Number(row.ID),
      // The server keeps no start of a session; user, host and id are who it is.
      startedAt: null,
      user: row.USER,
      application: '',
      client: row.HOST,
      state,
      ms: row.TIME_MS ?? (row.TIME === null ? null : row.TIME * 1000),
      transactionMs: row.trx_ms,
      waitsFor: row.STATE?.toLowerCase().includes('lock') === true ? row.STATE : null,
      blockedBy: blockers.get(Number(row.ID)) ?? [],
      statement: shownStatement(row.INFO ?? '', redact),
      protected: protection(look, { user: row.USER, application: '', statement: row.INFO ?? '' }),
    };
  });
}

async function blockersOfMysql(look: Look): Promise<Map<number, number[]>> {
  const { flavour } = look.server.version;
  const sql =
    flavour === 'mariadb'
      ? `SELECT r.trx_mysql_thread_id AS waits, b.trx_mysql_thread_id AS holds FROM information_schema.INNODB_LOCK_WAITS w
         JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id`
      : `SELECT r.PROCESSLIST_ID AS waits, b.PROCESSLIST_ID AS holds FROM performance_schema.data_lock_waits w
         JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID`;
  const found = await attempt<{ waits: number; holds: number }>(look, 'Who waits for whom is', sql);
  const blockers = new Map<number, number[]>();
  for (const { waits, holds } of found ?? []) {
    const list = blockers.get(waits) ?? [];
    if (!list.includes(holds)) blockers.set(waits, [...list, holds]);
  }
  return blockers;
}

function protection(
  { section }: Look,
  one: { user: string; application: string; statement: string },
): string | null {
  const { applications, users } = section.protect;
  if (users.includes(one.user)) return `the profile protects the user ${one.user}`;
  const application = applications.find(
    (name) => one.application === name || one.application.startsWith(`${name} `),
  );
  if (application !== undefined) return `it is ${application}`;
  if (
    /^\s*(?:\/\*.*?\*\/\s*)?(?:COPY .* TO STDOUT|SELECT \/\*!40001 SQL_NO_CACHE)/is.test(
      one.statement,
    )
  )
    return 'it is a dump';
  if (/^\s*create\s+(?:unique\s+)?index\s+concurrently/i.test(one.statement))
    return 'it makes an index concurrently, which would be left invalid';
  return null;
}

export interface Connections {
  groups: {
    state: string;
    user: string;
    application: string;
    count: number;
    oldestMs: number | null;
  }[];
  total: number;
}

export function connectionsOf(all: readonly Session[]): Connections {
  const groups = new Map<string, Connections['groups'][number]>();
  for (const { state, user, application, ms } of all) {
    const key = JSON.stringify([state, user, application]);
    const group = groups.get(key) ?? { state, user, application, count: 0, oldestMs: null };
    group.count += 1;
    if (ms !== null) group.oldestMs = Math.max(group.oldestMs ?? 0, ms);
    groups.set(key, group);
  }
  return {
    groups: [...groups.values()].toSorted((one, other) => other.count - one.count),
    total: all.length,
  };
}

/** A session that others wait for, and they below it. */
export interface LockTree {
  session: Session;
  waiting: LockTree[];
}

/** The roots: they hold what others wait for, and wait for nobody. A circle is cut at its first. */
export function lockTrees(all: readonly Session[]): LockTree[] {
  const byId = new Map(all.map((one) => [one.id, one]));
  const waiters = all.filter(({ blockedBy }) => blockedBy.length > 0);
  const holders = new Set(waiters.flatMap(({ blockedBy }) => blockedBy));
  const roots = [...holders].filter((id) => (byId.get(id)?.blockedBy.length ?? 0) === 0);
  const seen = new Set<number>();
  const tree = (id: number): LockTree | undefined => {
    const session = byId.get(id);
    if (session === undefined || seen.has(id)) return undefined;
    seen.add(id);
    return {
      session,
      waiting: waiters
        .filter(({ blockedBy }) => blockedBy.includes(id))
        .flatMap((one) => tree(one.id) ?? []),
    };
  };
  const cut = waiters.map(({ id }) => id).filter((id) => !roots.includes(id));
  return [...roots, ...cut].flatMap((id) => tree(id) ?? []);
}

/** Says of the lock trees who is waited for, and how long. */
export function lockFindings({ section, findings }: Look, trees: readonly LockTree[]): void {
  const pair = section.thresholds.idleInTransaction.map(msOf) as [number, number];
  for (const { session, waiting } of trees) {
    if (waiting.length === 0) continue;
    const longest = Math.max(...waiting.map((one) => one.session.ms ?? 0));
    findings.push(
      finding(
        'blocked',
        levelOf(longest, pair) ?? 'warning',
        `session ${session.id}`,
        `${session.user} (${session.application || session.client}) holds what ${waiting.length === 1 ? 'one session waits' : `${waiting.length} sessions wait`} for, the longest for ${Math.round(longest / 1000)} s.`,
        {
          value: Math.round(longest / 1000),
          command:
            session.state === 'active'
              ? `om-ops db cancel ${session.id}`
              : `om-ops db terminate ${session.id}`,
        },
      ),
    );
  }
}
