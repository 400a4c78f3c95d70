import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { isOpsError, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { planConfigArchive, writeConfigArchive } from '../src/config/archive.ts';
import type { ConfigSources } from '../src/config/collect.ts';

const canaries = [
  'c4nary-db',
  'c4nary-jwt',
  'c4nary-old',
  'c4nary-nginx',
  'c4nary-unit',
  'c4nary-pm2',
  'c4nary-pem-line',
];

function put(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode });
}

function site(folder: string): ConfigSources {
  const root = join(folder, 'site');
  const nginx = join(folder, 'etc/nginx');
  put(
    join(root, 'server/.env.production'),
    '# Database\nDB_PASSWORD="c4nary-db"\n#JWT_SECRET=c4nary-old\nexport JWT_SECRET=c4nary-jwt # rotate\nKEY="-----BEGIN\nc4nary-pem-line\nEND"\n',
    0o600,
  );
  put(join(root, 'server/.env.example'), 'DB_PASSWORD=\n');
  put(join(root, '.env'), 'PORT=3001\nNODE_ENV=production\n');
  put(
    join(root, 'server/ecosystem.config.cjs'),
    "module.exports = { apps: [{ name: 'x', env: { PORT: 3001, API_KEY: 'c4nary-pm2', COPY: 'c4nary-db' } }] };\n",
  );
  put(
    join(root, 'ecosystem.config.yaml'),
    'apps:\n  - name: y\n    env:\n      API_KEY: c4nary-yaml\n',
  );
  put(
    join(nginx, 'nginx.conf'),
    'user www-data;\n# production, port 3001, the password of the database is c4nary-db\nhttp { include sites-enabled/*; }\n',
  );
  put(
    join(nginx, 'sites-available/site'),
    'server { location /api/ { proxy_set_header Authorization "Basic c4nary-nginx"; proxy_pass http://127.0.0.1:3001; } }\n',
    0o640,
  );
  put(join(nginx, 'sites-available/old/deep'), Buffer.from('# caf\xe9 in latin1\n', 'latin1'));
  mkdirSync(join(nginx, 'sites-enabled'));
  symlinkSync('/etc/nginx/sites-available/site', join(nginx, 'sites-enabled/site'));
  symlinkSync('../sites-available/gone', join(nginx, 'sites-enabled/dangling'));
  put(
    join(folder, 'pm2-root.service'),
    '[Service]\nEnvironment=PM2_HOME=/root/.pm2\nEnvironment=SMTP_PASSWORD=c4nary-unit\n',
  );
  return {
    root,
    backendDir: 'server',
    envFiles: ['server/.env.production', 'server/.env', '.env.production'],
    nginxConf: join(nginx, 'nginx.conf'),
    systemdUnits: [join(folder, 'pm2-root.service')],
  };
}

async function write(folder: string, sources: ConfigSources) {
  const path = join(folder, 'config.tar.gz');
  await using output = await open(path, 'wx', 0o600);
  return {
    path,
    totals: await writeConfigArchive(sources, { output, progress: silentProgress() }),
  };
}

describe('the configuration archive', () => {
  it('holds what the server needs and no secret', async (t) => {
    const folder = temporaryFolder(t);
    const sources = site(folder);
    const { path, totals } = await write(folder, sources);
    const names = execFileSync('tar', ['tf', path], { encoding: 'utf8' }).trimEnd().split('\n');
    assert.deepEqual(names, [
      'nginx/nginx.conf',
      'nginx/sites-available/old/deep',
      'nginx/sites-available/site',
      'nginx/sites-enabled/dangling',
      'nginx/sites-enabled/site',
      'systemd/pm2-root.service',
      'pm2/ecosystem.config.yaml',
      'pm2/server/ecosystem.config.cjs',
      'env/.env.template',
      'env/server/.env.example.template',
      'env/server/.env.production.template',
    ]);
    assert.equal(totals.files, names.length);
    assert.deepEqual(totals.skipped, []);
    assert.deepEqual(
      totals.absent.map((absent) => absent.slice(folder.length)),
      ['/site/.env.production', '/site/server/.env'],
    );
    const out = join(folder, 'out');
    mkdirSync(out);
    execFileSync('tar', ['xpf', path, '-C', out]);
    const read = (name: string) => readFileSync(join(out, name), 'latin1');
    assert.equal(
      readlinkSync(join(out, 'nginx/sites-enabled/site')),
      '/etc/nginx/sites-available/site',
    );
    assert.equal(
      readlinkSync(join(out, 'nginx/sites-enabled/dangling')),
      '../sites-available/gone',
    );
    assert.equal(read('nginx/sites-available/old/deep'), '# caf\xe9 in latin1\n');
    assert.equal(
      read('env/server/.env.production.template'),
      '# Database\nDB_PASSWORD=<REDACTED>\n#JWT_SECRET=<REDACTED>\nexport JWT_SECRET=<REDACTED> # rotate\nKEY=<REDACTED>\n',
    );
    assert.match(
      read('nginx/nginx.conf'),
      /# production, port 3001, the password of the database is <REDACTED>/,
    );
    assert.match(
      read('pm2/server/ecosystem.config.cjs'),
      /PORT: 3001, API_KEY: "<REDACTED>", COPY: "<REDACTED>"/,
    );
    const everything = names
      .filter((name) => !name.startsWith('nginx/sites-enabled/'))
      .map(read)
      .join('\n');
    for (const canary of canaries) assert.ok(!everything.includes(canary), canary);
    const listed = execFileSync('tar', ['tvf', path], { encoding: 'utf8' });
    assert.match(listed, /-rw-r----- .* nginx\/sites-available\/site/);
    assert.match(listed, /-rw------- .* env\/server\/\.env\.production\.template/);
  });

  it('is the same for the same files', async (t) => {
    const folder = temporaryFolder(t);
    const sources = site(folder);
    const first = await write(temporaryFolder(t), sources);
    const second = await write(temporaryFolder(t), sources);
    assert.equal(first.totals.sha256, second.totals.sha256);
  });

  it('names what cannot be read, and goes on', async (t) => {
    const folder = temporaryFolder(t);
    const sources = site(folder);
    execFileSync('mkfifo', [join(folder, 'etc/nginx/sites-available/pipe')]);
    if (process.getuid?.() !== 0) chmodSync(join(sources.root, 'server/.env.production'), 0);
    mkdirSync(join(sources.root, '.env.production'));
    const { totals } = await write(folder, sources);
    const reasons = totals.skipped.map(({ path, reason }) => [path.slice(folder.length), reason]);
    assert.ok(
      reasons.some(
        ([path, reason]) => path === '/etc/nginx/sites-available/pipe' && reason === 'fifo',
      ),
    );
    if (process.getuid?.() !== 0) {
      assert.ok(
        reasons.some(
          ([path, reason]) => path === '/site/server/.env.production' && reason === 'unreadable',
        ),
      );
    }
    assert.ok(totals.files >= 9);
  });

  it('keeps env files from outside the site apart', async (t) => {
    const folder = temporaryFolder(t);
    const sources = site(folder);
    put(join(folder, 'shared/.env'), 'A=1\n');
    const { path } = await write(folder, { ...sources, envFiles: ['../shared/.env'] });
    assert.match(
      execFileSync('tar', ['tf', path], { encoding: 'utf8' }),
      new RegExp(`env/outside${folder}/shared/\\.env\\.template`),
    );
  });

  it('says in a dry run what is there', async (t) => {
    const folder = temporaryFolder(t);
    const planned = await planConfigArchive(site(folder));
    assert.deepEqual(
      planned.included.map(({ path, files }) => [path, files]),
      [
        ['nginx', 5],
        ['systemd', 1],
        ['pm2', 2],
        ['env', 3],
      ],
    );
    assert.match(planned.notes.join('\n'), /server\/\.env is not there/);
    assert.deepEqual(readdirSync(folder).sort(), ['etc', 'pm2-root.service', 'site']);
  });

  it('is an error when there is nothing at all', async (t) => {
    const folder = temporaryFolder(t);
    const nowhere = join(folder, 'nowhere');
    const sources = {
      root: nowhere,
      backendDir: 'server',
      envFiles: ['.env'],
      nginxConf: join(nowhere, 'nginx.conf'),
      systemdUnits: [join(nowhere, 'x')],
    };
    await assert.rejects(write(folder, sources), (error) => isOpsError(error) && error.exit === 5);
  });
});
