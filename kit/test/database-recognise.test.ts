import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import {
  databaseDefaults,
  overlookedDatabases,
  type RecognisedDatabase,
  readDatabaseClues,
  recogniseDatabase,
} from '../src/database/index.ts';

function evidenceOf(
  settings: Record<string, string>,
  texts: Record<string, string> = {},
  sqliteFiles: string[] = [],
) {
  const values = new Map(Object.entries(settings));
  const origins = new Map(Object.keys(settings).map((key) => [key, '/srv/shop/.env']));
  return { env: { values, origins }, texts: new Map(Object.entries(texts)), sqliteFiles };
}

async function recognised(...given: Parameters<typeof evidenceOf>): Promise<RecognisedDatabase> {
  return await recogniseDatabase(evidenceOf(...given));
}

describe('recogniseDatabase', () => {
  const engines: [what: string, engine: string, settings: Record<string, string>, url?: string][] =
    [
      ['an address', 'postgres', { DATABASE_URL: 'postgres://u@127.0.0.1/shop' }],
      ['of SQLAlchemy', 'postgres', { DATABASE_URL: 'postgresql+psycopg2://u:p@h/shop' }],
      ['asyncpg', 'postgres', { DB_URI: 'postgresql+asyncpg://u:p@h/shop' }, 'DB_URI'],
      ['of mysql2', 'mysql', { DATABASE_URL: 'mysql2://u:p@h/shop' }],
      [
        'pymysql',
        'mysql',
        { SQLALCHEMY_DATABASE_URI: 'mysql+pymysql://u:p@h/s' },
        'SQLALCHEMY_DATABASE_URI',
      ],
      ['mariadb', 'mysql', { MARIADB_DSN: 'mariadb://u:p@h/s' }, 'MARIADB_DSN'],
      ['Go', 'mysql', { DB_DSN: 'u:p@tcp(127.0.0.1:3306)/s?parseTime=true' }, 'DB_DSN'],
      ['PHP', 'postgres', { SHOP_DSN: 'pgsql:host=h;dbname=s' }, 'SHOP_DSN'],
      ['libpq', 'postgres', { SHOP_DB: 'host=h user=u dbname=s' }, 'SHOP_DB'],
      ['sqlite', 'sqlite', { DATABASE_URL: 'sqlite:///data/app.db' }],
      ['Prisma', 'sqlite', { DATABASE_URL: 'file:./dev.db' }],
      ['any key', 'postgres', { BLOG_STORE_URL: 'postgres://h/blog' }, 'BLOG_STORE_URL'],
    ];
  for (const [what, engine, settings, key] of engines) {
    it(`knows ${what}`, async () => {
      const found = await recognised(settings);
      assert.equal(found.engine, engine);
      assert.equal(found.sure, true);
      assert.deepEqual(found.envKeys.url, key === undefined ? undefined : [key]);
    });
  }

  it('knows the settings of a Django project, plain and from the environment', async () => {
    const settings = (body: string) =>
      `import os\nDEBUG = False\n# DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql'}}\nDATABASES = {\n    "default": {${body}}\n}\nCACHES = {'default': {'HOST': 'elsewhere'}}\n`;
    const fromEnv = await recognised(
      { BLOG_DB: 'blog', BLOG_PW: 'x' },
      {
        'blog/settings.py': settings(
          `"ENGINE": "django.contrib.gis.db.backends.postgis", 'NAME': os.environ['BLOG_DB'], "USER": os.getenv("BLOG_USER", "me"), 'PASSWORD': env.str('BLOG_PW'), 'HOST': 'db.test', 'PORT': '5433'`,
        ),
      },
    );
    assert.deepEqual(
      [fromEnv.engine, fromEnv.sure, fromEnv.host, fromEnv.port, fromEnv.envKeys],
      [
        'postgres',
        true,
        'db.test',
        5433,
        { name: ['BLOG_DB'], user: ['BLOG_USER'], password: ['BLOG_PW'] },
      ],
    );
    const plain = await recognised(
      {},
      {
        'blog/settings/production.py': settings(
          `'ENGINE': 'django.db.backends.mysql', 'NAME': 'blog', 'USER': 'u', 'PASSWORD': 'p'`,
        ),
      },
    );
    assert.deepEqual([plain.engine, plain.databases, plain.user], ['mysql', ['blog'], 'u']);
    assert.match(plain.remarks.join(), /The password stands in blog\/settings\/production\.py/);
    const file = await recognised(
      {},
      {
        'api/blog/settings.py': settings(
          `'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'`,
        ),
      },
    );
    assert.deepEqual([file.engine, file.files], ['sqlite', ['api/db.sqlite3']]);
  });

  it('knows the configuration of Ghost', async () => {
    const text = JSON.stringify({
      database: {
        client: 'mysql',
        connection: { host: 'h', user: 'u', password: 'p', database: 'ghost_prod' },
      },
    });
    const found = await recognised({}, { 'config.production.json': text });
    assert.deepEqual(
      [found.engine, found.databases, found.user, found.host],
      ['mysql', ['ghost_prod'], 'u', 'h'],
    );
  });

  it('takes an address before a file that lies about, and before a test database', async () => {
    const found = await recognised(
      { TEST_DATABASE_URL: 'mysql://h/x', DATABASE_URL: 'postgres://u@h/shop' },
      {},
      ['dev.db'],
    );
    assert.equal(found.engine, 'postgres');
    assert.deepEqual(found.files, []);
    assert.deepEqual(found.evidence, ['DATABASE_URL in /srv/shop/.env']);
  });

  const families: [
    what: string,
    engine: string,
    keys: string[],
    settings: Record<string, string>,
  ][] = [
    [
      'Laravel',
      'mysql',
      ['DB_DATABASE', 'DB_USERNAME'],
      { DB_CONNECTION: 'mysql', DB_DATABASE: 'shop', DB_USERNAME: 'app' },
    ],
    [
      'Django',
      'postgres',
      [],
      { DB_ENGINE: 'django.db.backends.postgresql', DB_NAME: 's', DB_USER: 'u' },
    ],
    [
      'docker',
      'postgres',
      ['POSTGRES_DB', 'POSTGRES_USER'],
      { POSTGRES_DB: 'shop', POSTGRES_USER: 'u' },
    ],
    [
      'docker',
      'mysql',
      ['MYSQL_DATABASE', 'MYSQL_USER'],
      { MYSQL_DATABASE: 'shop', MYSQL_USER: 'u' },
    ],
    [
      'docker',
      'mysql',
      ['MARIADB_DATABASE', 'MARIADB_USER'],
      { MARIADB_DATABASE: 'shop', MARIADB_USER: 'u' },
    ],
    [
      'libpq',
      'postgres',
      ['PGDATABASE', 'PGUSER'],
      { PGDATABASE: 'shop', PGHOST: 'h', PGUSER: 'u' },
    ],
    [
      'TypeORM',
      'postgres',
      ['TYPEORM_DATABASE', 'TYPEORM_USERNAME'],
      { TYPEORM_CONNECTION: 'postgres', TYPEORM_DATABASE: 's', TYPEORM_USERNAME: 'u' },
    ],
    [
      'Strapi',
      'postgres',
      ['DATABASE_NAME', 'DATABASE_USERNAME'],
      {
        DATABASE_CLIENT: 'postgres',
        DATABASE_NAME: 's',
        DATABASE_USERNAME: 'u',
        DATABASE_FILENAME: '.tmp/data.db',
      },
    ],
    [
      'Ghost',
      'mysql',
      ['database__connection__database', 'database__connection__user'],
      {
        database__client: 'mysql',
        database__connection__database: 'ghost',
        database__connection__user: 'u',
      },
    ],
    [
      'WordPress',
      'mysql',
      ['WORDPRESS_DB_NAME', 'WORDPRESS_DB_USER'],
      { WORDPRESS_DB_NAME: 'w', WORDPRESS_DB_USER: 'u', WORDPRESS_DB_HOST: 'h' },
    ],
    [
      'Gitea',
      'postgres',
      ['GITEA__database__NAME', 'GITEA__database__USER'],
      {
        GITEA__database__DB_TYPE: 'postgres',
        GITEA__database__NAME: 'g',
        GITEA__database__USER: 'u',
      },
    ],
    [
      'n8n',
      'postgres',
      ['DB_POSTGRESDB_DATABASE', 'DB_POSTGRESDB_USER'],
      { DB_TYPE: 'postgresdb', DB_POSTGRESDB_DATABASE: 'n8n', DB_POSTGRESDB_USER: 'u' },
    ],
  ];
  for (const [what, engine, [name, user], settings] of families) {
    it(`knows the settings of ${what}: ${Object.keys(settings)[0]}`, async () => {
      const found = await recognised(settings);
      assert.equal(found.engine, engine);
      assert.equal(found.sure, true);
      assert.deepEqual(found.envKeys.name, name === undefined ? undefined : [name]);
      assert.deepEqual(found.envKeys.user, user === undefined ? undefined : [user]);
    });
  }

  it('reads what frameworks keep in files', async () => {
    const prisma =
      'datasource db {\n  provider = "postgresql"\n  url = env("APP_DB")\n  directUrl = env("DIRECT")\n}';
    const byPrisma = await recognised(
      { APP_DB: 'postgres://u@pooler/x', DIRECT: 'postgres://u@h/x' },
      { 'prisma/schema.prisma': prisma },
    );
    assert.deepEqual(byPrisma.envKeys.url, ['DIRECT']);
    const rails = `default: &default
  adapter: postgresql
  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
production:
  <<: *default
  database: shop_production
  username: shop
  password: <%= ENV["SHOP_DATABASE_PASSWORD"] %>
`;
    const byRails = await recognised({}, { 'config/database.yml': rails });
    assert.equal(byRails.engine, 'postgres');
    assert.deepEqual(byRails.databases, ['shop_production']);
    assert.equal(byRails.user, 'shop');
    assert.deepEqual(byRails.envKeys.password, ['SHOP_DATABASE_PASSWORD']);
    const compose = `services:
  pg:
    image: docker.io/library/postgres:16-alpine
    environment: {POSTGRES_DB: shop, POSTGRES_USER: app, POSTGRES_PASSWORD: "\${PGPW}"}
    ports: ["127.0.0.1:5433:5432"]
`;
    const byCompose = await recognised({}, { 'compose.yml': compose });
    assert.deepEqual(
      [byCompose.engine, byCompose.databases, byCompose.host, byCompose.port],
      ['postgres', ['shop'], '127.0.0.1', 5433],
    );
    assert.deepEqual(byCompose.envKeys.password, ['PGPW']);
    const sqlite = 'datasource db {\n provider = "sqlite"\n url = "file:./dev.db"\n}';
    assert.deepEqual((await recognised({}, { 'prisma/schema.prisma': sqlite })).files, [
      'prisma/dev.db',
    ]);
  });

  it('reaches a service of docker compose by the port it publishes', async () => {
    const compose = 'services:\n  db:\n    image: mysql:8\n    ports: ["127.0.0.1:3307:3306"]\n';
    const found = await recognised(
      { MYSQL_DATABASE: 'a', MYSQL_USER: 'u', MYSQL_HOST: 'db' },
      { 'docker-compose.yml': compose },
    );
    assert.deepEqual([found.host, found.port], ['127.0.0.1', 3307]);
  });

  it('is not sure without a word for the engine, unless a driver tells', async () => {
    const guessed = await recognised({ DB_NAME: 'shop', DB_USER: 'u' });
    assert.deepEqual([guessed.engine, guessed.sure], ['mysql', false]);
    const told = await recognised(
      { DB_NAME: 'shop', DB_USER: 'u' },
      { 'package.json': '{"dependencies":{"pg":"^8"}}' },
    );
    assert.deepEqual([told.engine, told.sure], ['postgres', true]);
  });

  it('names what it cannot back up', async () => {
    for (const [what, settings] of [
      ['MongoDB', { MONGODB_URI: 'mongodb+srv://u:p@h/x' }],
      ['Microsoft SQL Server', { DB_TYPE: 'mssql', DB_NAME: 'x', DB_USER: 'sa' }],
      ['Oracle', { DB_CONNECTION: 'oracle', DB_DATABASE: 'x', DB_USERNAME: 'u' }],
      ['Redis', { REDIS_URL: 'redis://h:6379' }],
    ] as const) {
      const found = await recognised(settings);
      assert.equal(found.engine, undefined);
      assert.equal(found.unsupported[0]?.what, what);
    }
  });

  it('names settings that look like one, and takes none for what is none', async () => {
    assert.deepEqual((await recognised({ DB_HOST: 'h', DB_PASS: 'x' })).looksLike, [
      'DB_HOST in /srv/shop/.env',
      'DB_PASS in /srv/shop/.env',
    ]);
    const other = await recognised({
      APP_NAME: 'x',
      SMTP_USER: 'u',
      SMTP_HOST: 'h',
      S3_BUCKET_NAME: 'b',
      NEXT_PUBLIC_API_URL: 'https://x',
      FILE_URL: 'file:///tmp/x.txt',
    });
    assert.deepEqual([other.engine, other.looksLike, other.unsupported], [undefined, [], []]);
  });

  it('says which databases it does not reach', async () => {
    const found = await recognised({
      DATABASE_URL: 'postgres://u@h/a',
      AUTH_DATABASE_URL: 'postgres://u@h/b',
      ANALYTICS_DB_URL: 'mysql://h2/c',
    });
    assert.deepEqual(found.envKeys.url, ['DATABASE_URL', 'AUTH_DATABASE_URL']);
    assert.deepEqual(found.further, [
      { what: 'MySQL or MariaDB', evidence: 'ANALYTICS_DB_URL in /srv/shop/.env' },
    ]);
  });
});

describe('overlookedDatabases', () => {
  const none = { ...databaseDefaults, engine: 'none' as const };
  it('says that a site whose env files name a database is set to none', async () => {
    const [found] = await overlookedDatabases(
      none,
      evidenceOf({ DATABASE_URL: 'postgres://u:secret-pw@h/shop' }),
    );
    assert.equal(found?.sure, true);
    assert.match(found.sentence, /engine: none.*DATABASE_URL in \/srv\/shop\/\.env.*PostgreSQL/);
    assert.doesNotMatch(JSON.stringify(found), /secret-pw/);
    const silenced = await overlookedDatabases(
      { ...none, elsewhere: true },
      evidenceOf({ DATABASE_URL: 'postgres://u@h/shop' }),
    );
    assert.deepEqual(silenced, []);
  });

  it('has nothing to say of a profile that fits, of a cache, of a file that lies about', async () => {
    const postgres = { ...databaseDefaults, engine: 'postgres' as const };
    const evidence = evidenceOf(
      { DATABASE_URL: 'postgres://u@h/shop', REDIS_URL: 'redis://h' },
      {},
      ['dev.db'],
    );
    assert.deepEqual(await overlookedDatabases(postgres, evidence), []);
    assert.deepEqual(await overlookedDatabases(none, evidenceOf({ APP_NAME: 'x' })), []);
    const [stray] = await overlookedDatabases(none, evidenceOf({}, {}, ['dev.db']));
    assert.equal(stray?.sure, false);
    const [wrong] = await overlookedDatabases(databaseDefaults, evidence);
    assert.equal(wrong?.sure, true);
  });
});

describe('readDatabaseClues', () => {
  it('reads the first bytes of a database, however long it is', (t) => {
    const root = temporaryFolder(t);
    mkdirSync(join(root, 'data'));
    new DatabaseSync(join(root, 'data/real.db')).exec('CREATE TABLE t(a)');
    writeFileSync(join(root, 'data/huge.db'), 'SQLite format 3\0');
    truncateSync(join(root, 'data/huge.db'), 3 * 1024 ** 3);
    writeFileSync(join(root, 'data/text.db'), 'no database');
    const before = process.memoryUsage().rss;
    const clues = readDatabaseClues(root, ['.']);
    assert.deepEqual(clues.sqliteFiles, ['data/huge.db', 'data/real.db']);
    assert.ok(process.memoryUsage().rss - before < 100 * 1024 ** 2);
  });

  it('passes over what it cannot look at, and says so', (t) => {
    const root = temporaryFolder(t);
    symlinkSync('data', join(root, 'data'));
    const { passedOver } = readDatabaseClues(root, ['.']);
    assert.equal(passedOver.length, 1);
    assert.match(passedOver[0]!, /data was passed over: .*ELOOP/);
  });
});
