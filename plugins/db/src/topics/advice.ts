import type { Look } from './look.ts';
import { valuesOf } from './status.ts';

/** What is worth a thought, as sentences; each names the setting. */
export async function advice(look: Look): Promise<string[]> {
  return look.server.version.flavour === 'postgres' ? ofPostgres(look) : ofMysql(look);
}

async function ofPostgres({ server }: Look): Promise<string[]> {
  const rows = await server.rows<{ name: string; setting: string; bytes: number | null }>(
    `SELECT name, setting, CASE unit WHEN '8kB' THEN setting::bigint * 8192 WHEN 'kB' THEN setting::bigint * 1024 END AS bytes FROM pg_settings
     WHERE name IN ('shared_buffers', 'max_connections', 'statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout',
       'log_min_duration_statement', 'shared_preload_libraries', 'work_mem', 'log_lock_waits', 'track_io_timing')`,
  );
  const of = new Map(rows.map((row) => [row.name, row]));
  const [reset] = await server.rows<{ statement: string; idle: string }>(
    `SELECT (SELECT reset_val FROM pg_settings WHERE name = 'statement_timeout') AS statement,
       (SELECT reset_val FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout') AS idle`,
  );
  const said: string[] = [];
  if (of.get('shared_buffers')?.bytes === 128 * 1024 ** 2)
    said.push(
      'shared_buffers is 128 MB, as it comes: a quarter of the memory is usual where the server has the machine to itself (counts after a restart).',
    );
  if (reset?.idle === '0')
    said.push(
      'idle_in_transaction_session_timeout is 0: a client that forgets a transaction keeps vacuum from cleaning up for ever.',
    );
  if (reset?.statement === '0')
    said.push(
      'statement_timeout is 0: set it for the user of the application (ALTER ROLE … SET statement_timeout), not for all.',
    );
  if (of.get('log_min_duration_statement')?.setting === '-1')
    said.push('log_min_duration_statement is -1: slow statements leave no trace in the log.');
  if (of.get('log_lock_waits')?.setting === 'off')
    said.push('log_lock_waits is off: who waited for whom leaves no trace in the log.');
  if (of.get('shared_preload_libraries')?.setting.includes('pg_stat_statements') !== true)
    said.push(
      'pg_stat_statements is not loaded: om-ops db slow has nothing to show (counts after a restart).',
    );
  const most = Number(of.get('max_connections')?.setting ?? 0);
  const memory = ((of.get('work_mem')?.bytes ?? 0) * most) / 1024 ** 3;
  if (memory > 8)
    said.push(
      `work_mem × max_connections is ${Math.round(memory)} GiB: each sort of each session may take as much.`,
    );
  return said;
}

async function ofMysql(look: Look): Promise<string[]> {
  const values = await valuesOf(look, 'SHOW GLOBAL VARIABLES WHERE Variable_name IN (?, ?, ?, ?)', [
    'innodb_buffer_pool_size',
    'slow_query_log',
    'performance_schema',
    'wait_timeout',
  ]);
  const said: string[] = [];
  if (Number(values.get('innodb_buffer_pool_size')) === 128 * 1024 ** 2)
    said.push(
      'innodb_buffer_pool_size is 128 MB, as it comes: half of the memory is usual where the server has the machine to itself.',
    );
  if (values.get('slow_query_log') === 'OFF')
    said.push('slow_query_log is off: slow statements leave no trace.');
  if (/^(?:0|OFF)$/.test(values.get('performance_schema') ?? ''))
    said.push(
      'performance_schema is off: om-ops db slow has nothing to show (counts after a restart, costs some memory).',
    );
  if (Number(values.get('wait_timeout')) >= 28_800)
    said.push('wait_timeout is eight hours: connections that nobody uses stay as long.');
  return said;
}
