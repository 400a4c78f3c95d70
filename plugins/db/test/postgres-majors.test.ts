import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { postgresOfNpm, startPostgres } from '@om-ops/test-support/postgres';
import DbAnalyze from '../src/commands/db/analyze.ts';
import DbBloat from '../src/commands/db/bloat.ts';
import DbCleanup from '../src/commands/db/cleanup.ts';
import DbConnections from '../src/commands/db/connections.ts';
import DbIndexes from '../src/commands/db/indexes.ts';
import DbIntegrity from '../src/commands/db/integrity.ts';
import DbLocks from '../src/commands/db/locks.ts';
import DbQueries from '../src/commands/db/queries.ts';
import DbReplication from '../src/commands/db/replication.ts';
import DbSettings from '../src/commands/db/settings.ts';
import DbSizes from '../src/commands/db/sizes.ts';
import DbSlow from '../src/commands/db/slow.ts';
import DbStatus from '../src/commands/db/status.ts';
import DbVacuum from '../src/commands/db/vacuum.ts';
import type { Finding } from '../src/finding.ts';
import { dbSite } from './site.ts';

// The version of Debian is that of the other files; these are the oldest and the newest that is known.
for (const major of [12, 18] as const) {
  const programs = postgresOfNpm(major);
  describe(`db on PostgreSQL ${major}`, {
    skip: programs === undefined ? 'npm has none for this machine' : false,
  }, () => {
    it('asks every question in words that it knows', async (test) => {
      await using server = await startPostgres({
        ...(programs === undefined ? {} : { programs }),
        settings: ['shared_preload_libraries=pg_stat_statements'],
      });
      await server.sql('CREATE DATABASE shop');
      await server.sql(
        `CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgstattuple; CREATE EXTENSION amcheck;
         CREATE TABLE parents (id serial PRIMARY KEY, made timestamptz DEFAULT now() - interval '1 day');
         CREATE TABLE children (parent int REFERENCES parents ON DELETE CASCADE);
         INSERT INTO parents SELECT FROM generate_series(1, 500); INSERT INTO children SELECT id FROM parents; ANALYZE;
         SELECT count(*) FROM parents WHERE id > 7`,
        'shop',
      );
      const cleanup = { old: { table: 'parents', column: 'made', olderThan: '1h', pause: '1ms' } };
      const { site } = dbSite(
        test,
        { engine: 'postgres', port: server.port, user: 'postgres' },
        { db: { cleanup } },
      );
      const yes = ['--confirm', 'YES APPLY'];
      for (const [command, argv, code] of [
        [DbStatus, [], 0],
        [DbSizes, ['--tables'], 0],
        [DbConnections, [], 0],
        [DbQueries, [], 0],
        [DbSlow, ['--by', 'io'], 0],
        [DbLocks, [], 0],
        [DbBloat, [], 0],
        [DbBloat, ['parents', '--exact'], 0],
        [DbIndexes, [], 6],
        [DbIntegrity, ['--deep'], 0],
        [DbReplication, [], 0],
        [DbSettings, ['--advice'], 6],
        [DbVacuum, ['parents', '--full', ...yes], 0],
        [DbAnalyze, ['--all'], 0],
        [DbCleanup, ['old', ...yes], 0],
      ] as const) {
        const result = await runCommand(command, [...argv, '--json'], { site });
        assert.equal(result.code, code, `${command.name} ${argv.join(' ')}: ${result.stdout}`);
        const { findings = [] } = result.json<{ findings?: Finding[] }>().result;
        assert.deepEqual(
          findings.filter(({ level }) => level === 'unknown'),
          [],
          command.name,
        );
      }
      assert.equal((await server.sql('SELECT count(*) FROM children', 'shop')).trim(), '0');
    });
  });
}
