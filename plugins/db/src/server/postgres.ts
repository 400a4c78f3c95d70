import { userInfo } from 'node:os';
import {
  networkStage,
  type OpenOptions,
  type Row,
  type Server,
  ServerError,
  type Stage,
} from './server.ts';
import type { Target } from './target.ts';

const connectMs = 10_000;

/** @throws ServerError */
export async function openPostgres(target: Target, options: OpenOptions): Promise<Server> {
  const { default: pg } = await import('pg');
  const { connection } = target;
  const { signal, statementMs = 5000, lockMs = 2000, readOnly = true } = options;
  signal.throwIfAborted();
  const client = new pg.Client({
    host: connection.socket ?? connection.host ?? '127.0.0.1',
    ...(connection.port === undefined ? {} : { port: connection.port }),
    user: connection.user ?? userInfo().username,
    // An empty one keeps pg from asking the environment and the operator's own files.
    password: connection.password ?? '',
    database: options.database ?? target.database,
    connectionTimeoutMillis: connectMs,
    application_name: 'om-ops',
    types: { getTypeParser: parserOf },
  });
  // What ends the session later is told by the statement that meets it.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    signal.throwIfAborted();
    throw serverError(error, true);
  }
  const stop = () => void client.end().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  const rows = async <R extends Row>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<R[]> => {
    signal.throwIfAborted();
    try {
      const result = await client.query(sql, [...values]);
      return result.rows as R[];
    } catch (error) {
      signal.throwIfAborted();
      throw serverError(error, false);
    }
  };
  try {
    await client.query(
      `SET statement_timeout = ${Math.round(statementMs)}; SET lock_timeout = ${Math.round(lockMs)}; SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}; SET client_min_messages = warning; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'`,
    );
    const [known] = await rows<{ number: number; text: string; pid: number }>(
      "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text, pg_backend_pid() AS pid",
    );
    return {
      target,
      version: { flavour: 'postgres', text: known?.text ?? '', number: known?.number ?? 0 },
      session: known?.pid ?? 0,
      rows,
      async close() {
        signal.removeEventListener('abort', stop);
        await client.end().catch(() => {});
      },
    };
  } catch (error) {
    await client.end().catch(() => {});
    signal.throwIfAborted();
    throw error instanceof ServerError ? error : serverError(error, true);
  }
}

/** bigint and numeric as numbers: nothing that is looked at here has more than 2^53. */
function parserOf(oid: number, format?: string): (text: string) => unknown {
  if (format === 'binary') return (value) => value;
  if ([20, 21, 23, 26, 700, 701, 1700].includes(oid)) return Number;
  if (oid === 16) return (text) => text === 't';
  if (oid === 114 || oid === 3802) return (text) => JSON.parse(text) as unknown;
  // Arrays of integers, as pg_blocking_pids gives them.
  if ([1007, 1016, 1021].includes(oid))
    return (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number));
  return (text) => text;
}

function serverError(error: unknown, connecting: boolean): ServerError {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  return new ServerError(message, code ?? 'E_UNKNOWN', stageOf(code, message, connecting), error);
}

function stageOf(code: string | undefined, message: string, connecting: boolean): Stage {
  const stage = networkStage(code);
  if (stage !== undefined) return stage;
  if (/timeout expired|Connection terminated/i.test(message)) return 'connect';
  if (/SSL|TLS|certificate/i.test(message) && connecting) return 'tls';
  if (code === '28P01' || code === '28000') return 'authentication';
  if (code === '3D000') return 'database';
  if (code === '42501') return 'privilege';
  if (connecting && /password|SASL|SCRAM/i.test(message)) return 'authentication';
  if (connecting && code?.startsWith('53')) return 'connect';
  return 'statement';
}
