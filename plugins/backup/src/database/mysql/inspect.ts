import { exec } from '@om-ops/kit';
import {
  type DatabaseConnection,
  explainMysql,
  findQueryProgram,
  mysqlArguments,
  mysqlEnvironment,
  optionFile,
  type PlannedDatabase,
  withSecretFile,
} from '@om-ops/kit/database';
import type { DatabaseFacts } from '../engine.ts';

export interface MysqlFacts {
  server: string;
  databases: Map<string, DatabaseFacts>;
  /** Tables whose engine has no transactions, by database. */
  withoutTransactions: Map<string, string[]>;
  /** Databases with system-versioned tables. */
  versioned: Map<string, 'by-time' | 'by-transaction'>;
  /** `'app'@'localhost'`. */
  account: string;
  /** Lines of SHOW GRANTS. */
  grants: string[];
}

/** Undefined when there is no client that runs queries. @throws OpsError when the server cannot be reached or refuses */
export async function inspectMysql(
  connection: DatabaseConnection,
  folder: string,
  databases: readonly PlannedDatabase[],
  signal: AbortSignal,
): Promise<MysqlFacts | undefined> {
  const program = findQueryProgram();
  if (program === undefined) return undefined;
  const { host = 'localhost', port, socket } = connection;
  const where = socket ?? `${host}:${port ?? 3306}`;
  const result = await withSecretFile(folder, optionFile(connection), (fd) =>
    exec(
      program,
      [
        ...mysqlArguments(connection),
        '--batch',
        '--skip-column-names',
        '--connect-timeout=15',
        '--default-character-set=utf8mb4',
      ],
      {
        inherit: [fd],
        env: mysqlEnvironment(connection, folder),
        input: queries(databases),
        signal,
        accept: 'any',
        timeoutMs: 60_000,
      },
    ),
  ).catch((error: unknown) => {
    throw explainMysql({ error }, { program, connection, where });
  });
  if (result.exitCode !== 0) throw explainMysql(result, { program, connection, where });
  return parse(result.stdout);
}

/**
 * Every answer starts with its kind. Names come back in hex, so that none can break a line. What stands
 * in a comment starting with M! is read by MariaDB alone: MySQL has no versioned tables.
 */
function queries(databases: readonly PlannedDatabase[]): string {
  const list = databases
    .map(({ name }) => `CONVERT(0x${Buffer.from(name).toString('hex')} USING utf8mb4)`)
    .join(', ');
  return `SET NAMES utf8mb4;
SELECT 'server', VERSION();
SELECT 'account', CURRENT_USER();
SELECT 'database', HEX(CONVERT(schema_name USING utf8mb4)), default_character_set_name, default_collation_name
  FROM information_schema.schemata WHERE schema_name IN (${list});
SELECT 'tables', HEX(CONVERT(table_schema USING utf8mb4)), COUNT(*), COALESCE(SUM(data_length), 0)
  FROM information_schema.tables WHERE table_schema IN (${list}) AND table_type NOT LIKE '%VIEW' GROUP BY table_schema;
SELECT 'unsafe', HEX(CONVERT(table_schema USING utf8mb4)), HEX(CONVERT(table_name USING utf8mb4))
  FROM information_schema.tables WHERE table_schema IN (${list})
  AND engine IN ('MyISAM', 'Aria', 'MRG_MYISAM', 'MERGE', 'CSV', 'ARCHIVE', 'FEDERATED') AND table_type <> 'SEQUENCE' ORDER BY table_name;
SELECT 'end', '', 0 /*M!100300 UNION ALL
  SELECT 'versioned', HEX(CONVERT(t.table_schema USING utf8mb4)),
    MAX(EXISTS (SELECT 1 FROM information_schema.columns c WHERE c.table_schema = t.table_schema
      AND c.table_name = t.table_name AND c.data_type = 'bigint' AND c.generation_expression = 'ROW START'))
  FROM information_schema.tables t WHERE t.table_schema IN (${list}) AND t.table_type = 'SYSTEM VERSIONED' GROUP BY t.table_schema */;
SHOW GRANTS;
`;
}

function parse(text: string): MysqlFacts {
  const facts: MysqlFacts = {
    server: '',
    databases: new Map(),
    withoutTransactions: new Map(),
    versioned: new Map(),
    account: '',
    grants: [],
  };
  const { databases, withoutTransactions, versioned } = facts;
  for (const line of text.split('\n')) {
    const [kind, first = '', second = '', third = ''] = line.split('\t');
    const name = Buffer.from(first, 'hex').toString();
    if (kind === 'server') facts.server = first;
    if (kind === 'account') facts.account = first;
    if (line.startsWith('GRANT ')) facts.grants.push(line.replaceAll('\\\\', '\\'));
    if (kind === 'database') {
      databases.set(name, { characterSet: second, collation: third, tables: 0, bytes: 0 });
    }
    if (kind === 'tables') {
      databases.set(name, {
        ...databases.get(name),
        tables: Number(second),
        bytes: Number(third),
      });
    }
    if (kind === 'unsafe') {
      const table = Buffer.from(second, 'hex').toString();
      withoutTransactions.set(name, [...(withoutTransactions.get(name) ?? []), table]);
    }
    if (kind === 'versioned') versioned.set(name, second === '1' ? 'by-transaction' : 'by-time');
  }
  return facts;
}
