import type { DatabaseEngineName } from './section.ts';

/** A database by the word that a setting, an address or a driver has for it. */
export type NamedEngine =
  | { engine: DatabaseEngineName; unsupported?: undefined }
  | { engine?: undefined; unsupported: string };

const words: readonly [pattern: RegExp, meaning: NamedEngine][] = [
  [
    /^prisma|accelerate|dataproxy/,
    { unsupported: 'Prisma Accelerate (its address names no database server)' },
  ],
  [/cockroach/, { unsupported: 'CockroachDB' }],
  [/redshift/, { unsupported: 'Amazon Redshift' }],
  [/mongo/, { unsupported: 'MongoDB' }],
  [/^(?:rediss?|valkeys?|ioredis|keydb)$/, { unsupported: 'Redis' }],
  [/mssql|sql-?server|sqlsrv|tedious|azuresql/, { unsupported: 'Microsoft SQL Server' }],
  [/oracle|oci8|godror/, { unsupported: 'Oracle' }],
  [/cassandra|scylla/, { unsupported: 'Cassandra' }],
  [/couchdb|couchbase|pouchdb/, { unsupported: 'CouchDB' }],
  [/clickhouse/, { unsupported: 'ClickHouse' }],
  [/^(?:neo4j(?:\+s(?:sc)?)?|bolt(?:\+s(?:sc)?)?)$/, { unsupported: 'Neo4j' }],
  [/^(?:libsql|turso)$/, { unsupported: 'libSQL (Turso)' }],
  [/firebird/, { unsupported: 'Firebird' }],
  [/^(?:db2|ibm_?db)/, { unsupported: 'IBM Db2' }],
  [/influx/, { unsupported: 'InfluxDB' }],
  [/elastic|opensearch/, { unsupported: 'Elasticsearch' }],
  [/mysql|maria|percona/, { engine: 'mysql' }],
  [/postgres|postgis|pgsql|psycopg|asyncpg|timescale|^(?:pg|psql|pgx|pq)$/, { engine: 'postgres' }],
  [/sqlite|spatialite/, { engine: 'sqlite' }],
];

/**
 * What `postgresql+psycopg2`, `pg`, `mysqli`, `better-sqlite3`, `django.db.backends.mysql` or `mongodb+srv`
 * stand for; undefined for a word that names no database.
 */
export function engineNamed(word: string): NamedEngine | undefined {
  const plain = word.trim().toLowerCase();
  return words.find(([pattern]) => pattern.test(plain))?.[1];
}
