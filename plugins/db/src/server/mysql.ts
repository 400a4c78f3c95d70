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

/** @throws ServerError */
export async function openMysql(target: Target, options: OpenOptions): Promise<Server> {
  const { createConnection } = await import('mysql2/promise');
  const { connection } = target;
  const { signal, statementMs = 5000, lockMs = 2000, readOnly = true } = options;
  signal.throwIfAborted();
  const client = await createConnection({
    ...(connection.socket === undefined
      ? { host: connection.host ?? '127.0.0.1', port: connection.port ?? 3306 }
      : { socketPath: connection.socket }),
    user: connection.user ?? userInfo().username,
    ...(connection.password === undefined ? {} : { password: connection.password }),
    database: options.database ?? target.database,
    connectTimeout: 10_000,
    supportBigNumbers: true,
    decimalNumbers: true,
    dateStrings: true,
    connectAttributes: { program_name: 'om-ops' },
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw serverError(error, true);
  });
  client.on('error', () => {});
  const stop = () => client.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const rows = async <R extends Row>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<R[]> => {
    signal.throwIfAborted();
    try {
      const [found] = await client.query(sql, [...values]);
      return Array.isArray(found) ? (found as R[]) : ([found] as unknown as R[]);
    } catch (error) {
      signal.throwIfAborted();
      throw serverError(error, false);
    }
  };
  try {
    const [known] = await rows<{ text: string; id: number }>(
      'SELECT VERSION() AS text, CONNECTION_ID() AS id',
    );
    const text = known?.text ?? '';
    const isMariaDb = /mariadb/i.test(text);
    const seconds = statementMs / 1000;
    await rows(
      isMariaDb
        ? `SET SESSION max_statement_time = ${seconds}`
        : `SET SESSION max_execution_time = ${Math.round(statementMs)}`,
    );
    await rows(`SET SESSION lock_wait_timeout = ${Math.max(1, Math.round(lockMs / 1000))}`);
    await rows(`SET SESSION innodb_lock_wait_timeout = ${Math.max(1, Math.round(lockMs / 1000))}`);
    if (readOnly) await rows('SET SESSION TRANSACTION READ ONLY');
    const [major = 0, minor = 0, patch = 0] = (/^(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [])
      .slice(1)
      .map(Number);
    return {
      target,
      version: {
        flavour: isMariaDb ? 'mariadb' : 'mysql',
        text,
        number: major * 10_000 + minor * 100 + patch,
      },
      session: known?.id ?? 0,
      rows,
      async close() {
        signal.removeEventListener('abort', stop);
        await client.end().catch(() => {});
      },
    };
  } catch (error) {
    client.destroy();
    signal.throwIfAborted();
    throw error;
  }
}

function serverError(error: unknown, connecting: boolean): ServerError {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  return new ServerError(message, code ?? 'E_UNKNOWN', stageOf(code, connecting), error);
}

const denied = new Set([
  ...[
    'ER_TABLEACCESS_DENIED_ERROR',
    'ER_COLUMNACCESS_DENIED_ERROR',
    'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  ],
  ...['ER_PROCACCESS_DENIED_ERROR', 'ER_KILL_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR'],
]);

function stageOf(code: string | undefined, connecting: boolean): Stage {
  const stage = networkStage(code);
  if (stage !== undefined) return stage;
  if (
    code === 'PROTOCOL_CONNECTION_LOST' ||
    code === 'ER_CON_COUNT_ERROR' ||
    code === 'ER_USER_LIMIT_REACHED'
  )
    return 'connect';
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT' || code === 'HANDSHAKE_SSL_ERROR') return 'tls';
  if (
    code === 'ER_ACCESS_DENIED_ERROR' ||
    code === 'ER_HOST_NOT_PRIVILEGED' ||
    code === 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR'
  )
    return connecting ? 'authentication' : 'privilege';
  if (code === 'ER_BAD_DB_ERROR' || (connecting && code === 'ER_DBACCESS_DENIED_ERROR'))
    return 'database';
  if (denied.has(code ?? '')) return 'privilege';
  return 'statement';
}
