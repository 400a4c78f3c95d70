import { finding, levelOf } from '../finding.ts';
import { bytesOf } from '../site.ts';
import { attempt, type Look } from './look.ts';

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
