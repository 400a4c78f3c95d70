import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startDaemon } from '@om-ops/test-support/daemon';
import { checkout } from '@om-ops/test-support/om-ops';
import { serverSource, type TestPm2, testPm2, writeFiles } from '@om-ops/test-support/pm2';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import type { CleansUp } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

interface Site {
  pm2: TestPm2;
  site: SmallSite;
  app: string;
  run: SmallSite['run'];
}

async function pm2Site(test: CleansUp): Promise<Site> {
  const pm2 = await testPm2(test);
  const app = `demo-${pm2.port}`;
  const site = smallSite(
    pm2.folder,
    { 'server/app.js': serverSource(pm2.port), 'ecosystem.config.js': ecosystem(app, {}) },
    {
      profile: [
        'database: {engine: none}',
        `backend: {port: ${pm2.port}, health: [/health]}`,
        `pm2: {app: ${app}, bin: ${pm2.bin}, home: ${pm2.home}, boot: elsewhere}`,
      ].join('\n'),
    },
  );
  // The operator's environment, with om-ops' own Node first.
  const PATH = `${join(checkout, 'node_modules/.bin')}:${pm2.env.PATH}`;
  return {
    pm2,
    site,
    app,
    run: (argv) => site.run(argv, { env: { PATH, OPERATOR: 'secret-of-mine' } }),
  };
}

const ecosystem = (name: string, more: object) =>
  `module.exports = ${JSON.stringify({ apps: [{ name, script: 'server/app.js', ...more }] })};\n`;

describe('om-ops pm2', () => {
  it('sets up, tells, restarts, shows and stops, and writes down what it did', async (test) => {
    const { pm2, site, app, run } = await pm2Site(test);
    assert.equal((await run(['pm2', 'status', '--json'])).code, 6);
    assert.ok(!existsSync(pm2.home), 'looking makes nothing');
    assert.equal((await run(['pm2', 'setup', '--dry-run'])).code, 0);
    assert.equal(pm2.daemon(), undefined);

    const setup = await run(['pm2', 'setup', '--json']);
    assert.equal(setup.code, 0, setup.stdout + setup.stderr);
    const status = await run(['pm2', 'status', '--json']);
    assert.equal(status.code, 0, status.stdout);
    const { result } = status.json<{ pid: number; status: string }>();
    assert.equal(result.status, 'online');
    const environment = readFileSync(`/proc/${result.pid}/environ`, 'utf8');
    assert.ok(!environment.includes('secret-of-mine'));
    assert.ok(!environment.includes('node_modules/.bin'));
    assert.equal(statSync(join(pm2.home, 'dump.pm2')).mode & 0o777, 0o600);

    const restart = await run(['pm2', 'restart']);
    assert.equal(restart.code, 0, restart.stderr);
    assert.match(restart.stdout, new RegExp(`${app} is up as pid \\d+; http.*/health answers 200`));
    assert.match((await run(['pm2', 'logs', '--lines', '1'])).stdout, /ready/);
    assert.equal((await run(['pm2', 'stop'])).code, 0);
    assert.equal((await run(['pm2', 'status'])).code, 6);

    const log = readFileSync(join(site.state, 'om-ops.log'), 'utf8');
    for (const command of ['pm2:setup', 'pm2:restart', 'pm2:stop'])
      assert.ok(log.includes(command), log);
  });

  it('puts the old app back at Ctrl-C, and ends with 130', async (test) => {
    const { pm2, site, app, run } = await pm2Site(test);
    assert.equal((await run(['pm2', 'setup'])).code, 0);
    const saved = readFileSync(join(pm2.home, 'dump.pm2'));
    // It never listens, so that it is waited for.
    writeFiles(site.root, {
      'server/mute.js': 'setInterval(() => {}, 1000);\n',
      'ecosystem.config.js': ecosystem(app, { script: 'server/mute.js' }),
    });
    const list = async () =>
      JSON.parse(await pm2.run(['jlist', '-s'])) as {
        pm2_env: { pm_exec_path: string; status: string };
      }[];
    const setup = await startDaemon(
      join(checkout, 'bin/om-ops'),
      ['pm2', 'setup', '--json'],
      /Apply/,
      {
        cwd: '/',
        env: { ...pm2.env, OM_OPS_SITE: site.profile },
      },
    );
    await waitFor('the new app', async () =>
      (await list())[0]?.pm2_env.pm_exec_path.endsWith('mute.js'),
    );
    process.kill(setup.pid, 'SIGINT');
    await setup.ended;
    assert.match(setup.output(), /"exit": 130/);
    assert.match(setup.output(), /"outcome": "undone"/);
    const [one, ...others] = await list();
    assert.equal(others.length, 0);
    assert.equal(one?.pm2_env.pm_exec_path, join(site.root, 'server/app.js'));
    assert.equal(one?.pm2_env.status, 'online');
    assert.deepEqual(readFileSync(join(pm2.home, 'dump.pm2')), saved);
    await waitFor('the old app', async () => (await fetch(`http://127.0.0.1:${pm2.port}/`)).ok);
  });

  it('tells each way it can end by its exit code', async (test) => {
    const { site, app, run } = await pm2Site(test);
    assert.equal((await run(['pm2', 'restart'])).code, 5, 'no PM2');
    assert.equal((await run(['pm2', 'logs', '--lines', 'many'])).code, 2);
    writeFiles(site.root, { 'ecosystem.config.js': ecosystem('shop', {}) });
    assert.equal((await run(['pm2', 'setup'])).code, 5, 'another app');
    writeFiles(site.root, {
      'ecosystem.config.js': ecosystem(app, {}),
      'server/app.js': 'process.exit(1);\n',
    });
    assert.equal((await run(['pm2', 'setup'])).code, 1, 'it dies');
    const profile = readFileSync(site.profile, 'utf8');
    writeFileSync(site.profile, profile.replace('boot: elsewhere', 'boot: never'));
    assert.equal((await run(['pm2', 'status'])).code, 2, 'bad profile');
    writeFileSync(site.profile, profile.replace(/bin: [^,]+/, 'bin: /nowhere/pm2'));
    assert.equal((await run(['pm2', 'status'])).code, 5, 'no program');
  });
});
