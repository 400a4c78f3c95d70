// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { isOpsError } from '@om-ops/kit';
import {
  conninfo,
  type DatabasePlan,
  type DatabaseSection,
  databaseDefaults,
  mysqlArguments,
  optionFile,
  parseDatabaseUrl,
  parseVersion,
  passfile,
  planDatabases,
  serverArguments,
} from '@om-ops/kit/database';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { hasClosingLine, TailKeeper } from '../src/database/closing-line.ts';
import { databaseRequirements } from '../src/database/requirements.ts';

function options(
  section: Partial<DatabaseSection>,
  env: Record<string, string> = {},
  root = '/srv/site',
) {
  const values = new Map(Object.entries(env));
  const origins = new Map(Object.keys(env).map((key) => [key, join(root, 'server/.env')]));
  return { section: { ...databaseDefaults, ...section }, root, env: { values, origins } };
}

function planned(
  section: Partial<DatabaseSection>,
  env: Record<string, string> = {},
): DatabasePlan {
  const plan = planDatabases(options(section, env));
  assert.ok(plan);
  return plan;
}

const names = (plan: DatabasePlan) => plan.databases.map(({ name }) => name);

describe('planDatabases', () => {
  const env = {
    DB_NAME: 'orthodoxmetrics_db',
    DB_AUTH_NAME: 'orthodoxmetrics_auth_db',
    DB_USER: 'app',
    DB_PASSWORD: 'pw',
    DB_HOST: 'db.internal',
    DB_PORT: '3307',
  };

  it('finds names and server in the env files', () => {
    const plan = planned({}, env);
    assert.deepEqual(names(plan), ['orthodoxmetrics_db', 'orthodoxmetrics_auth_db']);
    assert.deepEqual(plan.databases[0], {
      name: 'orthodoxmetrics_db',
      member: 'orthodoxmetrics_db.sql.gz',
    });
    assert.deepEqual(
      plan.databases.map(({ optional }) => optional),
      [undefined, true],
    );
    assert.deepEqual(plan.connection, {
      host: 'db.internal',
      port: 3307,
      user: 'app',
      password: 'pw',
    });
  });

  it('lets the profile come first', () => {
    const plan = planned(
      { databases: ['one', 'one', 'two'], host: '10.0.0.1', port: 1, user: 'backup' },
      env,
    );
    assert.deepEqual(names(plan), ['one', 'two']);
    assert.ok(plan.databases.every(({ optional }) => optional === undefined));
    assert.deepEqual(plan.connection, {
      host: '10.0.0.1',
      port: 1,
      user: 'backup',
      password: 'pw',
    });
    const bySocket = planned({ socket: '/run/x.sock' }, env);
    assert.deepEqual(bySocket.connection, {
      socket: '/run/x.sock',
      port: 3307,
      user: 'app',
      password: 'pw',
    });
    const isSet = (key: string) => key === 'host';
    assert.equal(planDatabases({ ...options({}, env), isSet })?.connection.host, '127.0.0.1');
  });

  it('has nothing to ask the env files for', () => {
    assert.deepEqual(planned({ databases: ['x'] }).connection, { host: '127.0.0.1' });
  });

  it('takes an address apart', () => {
    const url = { DATABASE_URL: 'postgres://u%40x:p%3Aw%2F@db:6432/shop?sslmode=require' };
    const plan = planned({ engine: 'postgres' }, url);
    assert.deepEqual(plan.connection, { host: 'db', port: 6432, user: 'u@x', password: 'p:w/' });
    assert.deepEqual(names(plan), ['shop']);
    assert.deepEqual(names(planned({ engine: 'mysql' }, { ...url, DB_NAME: 'other' })), ['other']);
    assert.deepEqual(parseDatabaseUrl('postgresql://u@localhost/shop?host=/run/postgresql'), {
      engine: 'postgres',
      name: 'shop',
      host: 'localhost',
      socket: '/run/postgresql',
      user: 'u',
    });
    assert.deepEqual(parseDatabaseUrl('file:./data/app.db?x=1'), {
      engine: 'sqlite',
      name: './data/app.db',
      paths: ['./data/app.db'],
    });
    assert.deepEqual(parseDatabaseUrl('sqlite:////var/app.db')?.paths, ['/var/app.db']);
    assert.deepEqual(parseDatabaseUrl('sqlite://data/app.db')?.paths, ['data/app.db']);
    // Relative in Python, absolute elsewhere.
    assert.deepEqual(parseDatabaseUrl('sqlite:///var/app.db')?.paths, [
      'var/app.db',
      '/var/app.db',
    ]);
    for (const [password, written] of [
      ['p@ss', 'p%40ss'],
      ['p@ss', 'p@ss'],
      ['a/b', 'a/b'],
      ['12/34?x#y', '12/34?x#y'],
    ]) {
      const url = parseDatabaseUrl(
        `postgresql+psycopg2://u:${written}@[::1]:5433/shop?sslmode=require`,
      );
      assert.deepEqual(url, {
        engine: 'postgres',
        name: 'shop',
        host: '::1',
        port: 5433,
        user: 'u',
        password,
      });
    }
    for (const text of [
      '',
      'mongodb://x/y',
      'nonsense',
      'mysql://',
      'sqlite::memory:',
      'redis://x',
    ]) {
      assert.ok(parseDatabaseUrl(text)?.name === undefined, text);
    }
  });

  it('finds SQLite files', (t) => {
    const root = temporaryFolder(t);
    mkdirSync(join(root, 'server/data'), { recursive: true });
    writeFileSync(join(root, 'server/data/app.sqlite3'), '');
    const listed = planDatabases(
      options({ engine: 'sqlite', files: ['data/app.db', '/abs/app.db'] }, {}, root),
    );
    assert.deepEqual(listed?.databases, [
      { name: 'app', member: 'app.sql.gz', file: join(root, 'data/app.db') },
      { name: 'app', member: 'app-2.sql.gz', file: '/abs/app.db' },
    ]);
    const found = planDatabases(
      options({ engine: 'sqlite' }, { DB_NAME: './data/app.sqlite3' }, root),
    );
    const [file] = found?.databases ?? [];
    assert.equal(file?.file, join(root, 'server/data/app.sqlite3'));
  });

  it('finds a SQLite file wherever an application may have meant', (t) => {
    const root = temporaryFolder(t);
    const fileOf = (value: string, key = 'DATABASE_URL') =>
      planDatabases(options({ engine: 'sqlite' }, { [key]: value }, root))?.databases.map(
        ({ file }) => file,
      );
    for (const [place, value] of [
      ['server/data/a.db', 'file:./data/a.db'],
      ['data/b.db', 'sqlite:///data/b.db'],
      ['prisma/c.db', 'file:./c.db'],
      ['server/prisma/d.db', 'file:d.db'],
    ] as const) {
      mkdirSync(dirname(join(root, place)), { recursive: true });
      writeFileSync(join(root, place), 'x');
      assert.deepEqual(fileOf(value), [join(root, place)], value);
    }
    // Nobody can say which of two is meant: both are dumped.
    writeFileSync(join(root, 'c.db'), 'x');
    assert.deepEqual(fileOf('file:./c.db'), [join(root, 'c.db'), join(root, 'prisma/c.db')]);
    const [missing] =
      planDatabases(options({ engine: 'sqlite' }, { DATABASE_URL: 'file:./none.db' }, root))
        ?.databases ?? [];
    assert.deepEqual(missing?.tried, [
      join(root, 'server/none.db'),
      join(root, 'none.db'),
      join(root, 'server/prisma/none.db'),
      join(root, 'prisma/none.db'),
    ]);
  });

  it('takes apart what stands where a host belongs', () => {
    const connection = (host: string, more: Record<string, string> = {}) =>
      planned({}, { DB_NAME: 'shop', DB_HOST: host, ...more }).connection;
    assert.deepEqual(connection('127.0.0.1:3307'), { host: '127.0.0.1', port: 3307 });
    assert.deepEqual(connection('[::1]'), { host: '::1' });
    assert.deepEqual(connection('[::1]:3307', { DB_PORT: '3306' }), { host: '::1', port: 3307 });
    assert.deepEqual(connection('::1'), { host: '::1' });
    for (const socket of ['/run/mysqld/mysqld.sock', ':/run/mysqld/mysqld.sock']) {
      assert.deepEqual(connection(socket), { socket: '/run/mysqld/mysqld.sock' });
      assert.deepEqual(connection(`localhost${socket}`.replace('localhost/', 'localhost:/')), {
        socket: '/run/mysqld/mysqld.sock',
      });
    }
    assert.deepEqual(planned({ host: 'db:3310', databases: ['x'] }).connection, {
      host: 'db',
      port: 3310,
    });
  });

  it('takes every database that addresses of one server name', () => {
    const plan = planned(
      {
        engine: 'postgres',
        envKeys: { ...databaseDefaults.envKeys, url: ['DATABASE_URL', 'AUTH_URL', 'FAR_URL'] },
      },
      {
        DATABASE_URL: 'postgres://u:p@h/a',
        AUTH_URL: 'postgres://u:p@h/b',
        FAR_URL: 'postgres://u:p@elsewhere/c',
      },
    );
    assert.deepEqual(names(plan), ['a', 'b']);
  });

  it('refuses a setting that takes a part from what nothing sets', () => {
    const given = options({}, { DB_NAME: '${BASE}_prod' });
    const env = { ...given.env, unresolved: new Map([['DB_NAME', 'BASE']]) };
    assert.throws(
      () => planDatabases({ ...given, env }),
      (error) =>
        isOpsError(error) &&
        error.code === 'E_DATABASE_SETTING' &&
        /\$\{BASE\}/.test(error.message),
    );
  });

  it('makes file names of any name', () => {
    const plan = planned({ databases: ['a/b', '..', 'ü %', 'A', 'a', 'a\\b', 'x:y'] });
    assert.deepEqual(
      plan.databases.map(({ member }) => member),
      [
        'a%2Fb.sql.gz',
        '%2E..sql.gz',
        'ü %25.sql.gz',
        'A.sql.gz',
        'a-2.sql.gz',
        'a%5Cb.sql.gz',
        'x%3Ay.sql.gz',
      ],
    );
  });

  it('has no plan without a database', () => {
    assert.equal(planDatabases(options({ engine: 'none' })), undefined);
  });

  it('takes no part for the whole when an env file may not be read', () => {
    const withUnreadable = (section: Partial<DatabaseSection>, given: Record<string, string>) => {
      const { env, ...rest } = options(section, given);
      return { ...rest, env: { ...env, unreadable: ['/srv/site/server/.env.local'] } };
    };
    for (const given of [{}, { DB_NAME: 'one' }, { DATABASE_URL: 'mysql://u@h/one' }]) {
      assert.throws(
        () => planDatabases(withUnreadable({}, given)),
        (error) =>
          isOpsError(error) &&
          error.code === 'E_PERMISSION' &&
          error.exit === 5 &&
          error.message.includes('/srv/site/server/.env.local'),
      );
    }
    const [requirement] = databaseRequirements(withUnreadable({}, {})).slice(-1);
    assert.deepEqual([requirement?.kind, requirement?.state], ['permission', 'missing']);
    assert.ok(planDatabases(withUnreadable({ databases: ['x'] }, {})));
    assert.ok(planDatabases(withUnreadable({}, { DB_NAME: 'x', DB_AUTH_NAME: 'y' })));
  });

  it('says what is missing or makes no sense', () => {
    assert.throws(
      () => planned({}),
      (error) =>
        isOpsError(error) && error.exit === 5 && /DB_NAME, DB_AUTH_NAME/.test(error.message),
    );
    assert.throws(
      () => planned({}, { DB_NAME: 'x', DB_PORT: 'many' }),
      (error) => isOpsError(error) && error.exit === 2 && /DB_PORT in .*\.env/.test(error.message),
    );
  });
});

describe('what clients are told', () => {
  it('quotes the option file', () => {
    assert.equal(
      optionFile({ host: 'h', port: 1, user: 'u', password: 'a"b\\c#d\n' }),
      '[client]\npassword="a\\"b\\\\c#d\\n"\n',
    );
    assert.equal(optionFile({ host: 'localhost' }), '[client]\n');
  });

  it('says on the command line where the server is, and never the password', () => {
    const [first, ...rest] = mysqlArguments({ host: 'h', user: 'u', password: 'secret' });
    assert.equal(first, '--defaults-extra-file=/dev/fd/3');
    assert.deepEqual(rest, ['--protocol=tcp', '--host=h', '--port=3306', '--user=u']);
    assert.deepEqual(mysqlArguments({ host: 'localhost' }).slice(1), [
      '--protocol=socket',
      '--host=localhost',
    ]);
    assert.ok(mysqlArguments({ host: 'localhost', port: 3307 }).includes('--protocol=tcp'));
    assert.deepEqual(mysqlArguments({ socket: '/s' }).slice(1), [
      '--protocol=socket',
      '--socket=/s',
    ]);
  });

  it('escapes what PostgreSQL reads', () => {
    assert.equal(passfile('a:b\\c'), '*:*:*:*:a\\:b\\\\c\n');
    assert.equal(conninfo(`it's=\\x`), `dbname='it\\'s=\\\\x'`);
    assert.deepEqual(serverArguments({ socket: '/run/pg/.s.PGSQL.6000', port: 5432, user: 'u' }), [
      '--host=/run/pg',
      '--port=6000',
      '--username=u',
    ]);
  });

  it('reads the versions of dump programs', () => {
    const mysql = ['--set-gtid-purged=OFF'];
    const cases: [string, string, boolean, boolean, string[]][] = [
      [
        'mysqldump  Ver 10.19 Distrib 10.3.39-MariaDB, for Linux (x86_64)',
        '10.3.39-MariaDB',
        true,
        false,
        [],
      ],
      [
        'mariadb-dump from 11.4.2-MariaDB, client 10.19 for Linux (x86_64)',
        '11.4.2-MariaDB',
        true,
        true,
        [],
      ],
      [
        'mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)',
        '8.0.36',
        false,
        false,
        [...mysql, '--column-statistics=0'],
      ],
      ['mysqldump  Ver 10.13 Distrib 5.7.44, for Linux (x86_64)', '5.7.44', false, false, mysql],
      ['mysqldump  Ver 10.13 Distrib 5.5.62, for Linux (x86_64)', '5.5.62', false, false, []],
    ];
    for (const [text, version, isMariaDb, dumpsHistory, options] of cases) {
      assert.deepEqual(parseVersion(text), { version, isMariaDb, dumpsHistory, options });
    }
  });
});

describe('hasClosingLine', () => {
  const cases: [text: string, engine: 'mysql' | 'postgres' | 'sqlite', whole: boolean][] = [
    ['x\n\n-- Dump completed on 2026-11-22  6:50:45\n', 'mysql', true],
    ['x\n-- Dump completed\n', 'sqlite', true],
    ["INSERT INTO t VALUES ('\n-- Dump completed\n');\n", 'mysql', false],
    ['x\n-- Dump comp', 'mysql', false],
    ['', 'mysql', false],
    ['--\n-- PostgreSQL database dump complete\n--\n\n', 'postgres', true],
    ['--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n', 'postgres', true],
    ['--\n-- PostgreSQL database dump complete\n--\n\nSELECT 1;\n', 'postgres', false],
    ['-- Dump completed\n', 'postgres', false],
  ];
  for (const [text, engine, whole] of cases) {
    it(`${whole ? 'accepts' : 'refuses'} ${JSON.stringify(text.slice(-50))} of ${engine}`, () => {
      for (const size of [1, 7, 5000]) {
        const tail = new TailKeeper();
        const bytes = Buffer.from(`${'.'.repeat(6000)}\n${text}`);
        for (let at = 0; at < bytes.length; at += size) tail.add(bytes.subarray(at, at + size));
        assert.equal(hasClosingLine(tail.tail, engine), whole);
      }
    });
  }
});

describe('databaseRequirements', () => {
  it('names programs, names and files', (t) => {
    const root = temporaryFolder(t);
    const sqlite = databaseRequirements(options({ engine: 'sqlite', files: ['a.db'] }, {}, root));
    assert.deepEqual(
      sqlite.map(({ kind, state }) => [kind, state]),
      [['path', 'missing']],
    );
    const mysql = databaseRequirements(options({}));
    assert.deepEqual(
      mysql.map(({ name, state }) => [name, state]),
      [
        ['mariadb-dump or mysqldump', 'ok'],
        ['mariadb or mysql', 'ok'],
        ['database names', 'missing'],
      ],
    );
    assert.deepEqual(databaseRequirements(options({ engine: 'none' })), []);
  });
});
