import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unprivilegedAccount } from '@om-ops/test-support/daemon';
import { serverSource, testPm2 } from '@om-ops/test-support/pm2';
import { waitFor } from '@om-ops/test-support/wait';
import type { SetupResult } from '../src/commands/pm2/setup.ts';
import Pm2Setup from '../src/commands/pm2/setup.ts';
import { inRoot, type Pm2Site, pm2Site, rewrite } from './support/site.ts';

interface Listed {
  name: string;
  pid: number;
  pm2_env: {
    status: string;
    pm_cwd: string;
    pm_exec_path: string;
    exec_mode: string;
    args?: string[];
    env: Record<string, string>;
  };
}

const list = async (site: Pm2Site): Promise<Listed[]> =>
  JSON.parse(await site.pm2.run(['jlist', '-s']));
const own = async (site: Pm2Site) => (await list(site)).filter(({ name }) => name === site.app);

function file(site: Pm2Site, app: object = {}, name = 'ecosystem.config.js'): void {
  const apps = [
    { name: site.app, script: 'server/app.js', ...app },
    { name: 'other', script: 'server/quiet.js' },
  ];
  rewrite(site, {
    'server/quiet.js': 'setInterval(() => {}, 1000);\n',
    [name]: `module.exports = ${JSON.stringify({ apps })};\n`,
  });
}

async function setup(site: Pm2Site, argv: string[] = [], env: Record<string, string> = {}) {
  const run = await site.command(Pm2Setup, ['--json', ...argv], env);
  const { ok, error, result, warnings } = run.json<SetupResult>();
  return { code: run.code, ok, error, result, warnings, stdout: run.stdout };
}

const dump = (site: Pm2Site) => join(site.pm2.home, 'dump.pm2');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

for (const node of ['system', 'own'] as const) {
  describe(`pm2 setup with PM2 on the ${node} Node`, () => {
    it('brings the app in, exactly as the file has it, and does nothing the second time', async (test) => {
      const site = await pm2Site(test, { node, pm2: 'env: production' });
      file(site, { env: { A: '1', B: 2 }, env_production: { NODE_ENV: 'production' } });
      const planned = await setup(site, ['--dry-run']);
      assert.equal(planned.code, 0);
      assert.equal(planned.result.outcome, 'planned');
      assert.equal(site.pm2.daemon(), undefined);
      assert.ok(!existsSync(site.pm2.home));

      const first = await setup(site, [], { OPERATOR_SECRET: 'nobody-elses', LS_COLORS: 'x' });
      assert.equal(first.code, 0, first.stdout);
      assert.equal(first.result.outcome, 'applied');
      assert.equal(first.result.saved, true);
      const [one, ...others] = await list(site);
      assert.equal(others.length, 0, '--only the app');
      assert.ok(one !== undefined);
      assert.equal(one.pm2_env.status, 'online');
      assert.equal(one.pm2_env.pm_cwd, site.root);
      const { env } = one.pm2_env;
      assert.deepEqual([env.A, env.B, env.NODE_ENV], ['1', 2, 'production']);
      assert.deepEqual(
        Object.keys(env)
          .filter((key) => !/^PM2_|^unique_id$|^demo-/.test(key))
          .sort(),
        ['A', 'B', 'HOME', 'LANG', 'NODE_ENV', 'PATH', 'USER'],
      );
      assert.ok(!env.PATH?.includes('node_modules'), env.PATH);
      const environment = readFileSync(`/proc/${one.pid}/environ`, 'utf8');
      assert.ok(!environment.includes('nobody-elses'));
      assert.equal(modeOf(dump(site)), '600');

      const second = await setup(site);
      assert.equal(second.result.outcome, 'unchanged', second.stdout);
      assert.deepEqual(second.result.changed, []);
      assert.equal(second.result.saved, true);
      assert.equal((await own(site))[0]?.pid, one.pid);
    });
  });
}

describe('pm2 setup of what runs already', () => {
  it('reloads for new values and arguments, and says them', async (test) => {
    const site = await pm2Site(test);
    file(site, { env: { A: '1', API_TOKEN: 'aaaa-bbbb-cccc' } });
    await setup(site);
    file(site, {
      env: { A: '2', API_TOKEN: 'dddd-eeee-ffff', NEW: 'x' },
      args: '--slow',
      max_memory_restart: '300M',
    });
    const { code, result, stdout } = await setup(site);
    assert.equal(code, 0, stdout);
    assert.equal(result.how, 'reload');
    assert.deepEqual(result.changed, [
      { what: 'args', from: null, to: '--slow' },
      { what: 'max_memory_restart', from: null, to: '314572800' },
      { what: 'env.A', from: '1', to: '2' },
      { what: 'env.API_TOKEN', from: '<REDACTED>', to: '<REDACTED>' },
      { what: 'env.NEW', from: null, to: 'x' },
    ]);
    assert.ok(!/aaaa-bbbb|dddd-eeee/.test(stdout));
    const [one] = await own(site);
    assert.deepEqual(one?.pm2_env.args, ['--slow']);
    assert.equal(one?.pm2_env.env.A, '2');
    assert.equal((await setup(site)).result.outcome, 'unchanged');
  });

  for (const [what, app] of [
    ['script', { script: 'server/main.js' }],
    ['cwd', { script: 'app.js', cwd: 'server' }],
    ['instances', { instances: 2, exec_mode: 'cluster' }],
    ['env.GONE', { env: {} }],
    ['wait_ready', { wait_ready: true, listen_timeout: 500 }],
  ] as const) {
    it(`deletes and starts it for ${what}, which a reload would leave`, async (test) => {
      const site = await pm2Site(test);
      rewrite(site, { 'server/main.js': serverSource(site.pm2.port) });
      file(site, { env: { GONE: 'x' } });
      await setup(site);
      file(site, { env: { GONE: 'x' }, ...app });
      const planned = await setup(site, ['--dry-run']);
      assert.ok(
        planned.result.changed.some((one) => one.what === what),
        planned.stdout,
      );
      const { code, result, stdout } = await setup(site);
      assert.equal(code, 0, stdout);
      assert.equal(result.how, 'replace');
      const again = await setup(site);
      assert.equal(again.result.outcome, 'unchanged', again.stdout);
      const processes = await own(site);
      assert.ok(processes.every(({ pm2_env }) => pm2_env.status === 'online'));
      assert.equal(processes.length, what === 'instances' ? 2 : 1);
      if (what === 'env.GONE') assert.equal(processes[0]?.pm2_env.env.GONE, undefined);
    });
  }

  it('starts it anew when somebody has put their own environment into it', async (test) => {
    const site = await pm2Site(test);
    file(site);
    const { env } = site.pm2;
    Object.assign(env, { SSH_CLIENT: '10.0.0.1', AWS_SECRET_ACCESS_KEY: 'not-for-the-app' });
    await site.pm2.run(
      ['start', inRoot(site, 'ecosystem.config.js'), '--only', site.app, '-s'],
      site.root,
    );
    const { result, stdout } = await setup(site);
    assert.equal(result.how, 'replace');
    assert.ok(result.changed.some(({ what }) => what === 'env.AWS_SECRET_ACCESS_KEY'));
    assert.ok(!stdout.includes('not-for-the-app'));
    assert.equal((await own(site))[0]?.pm2_env.env.SSH_CLIENT, undefined);
    assert.ok(!readFileSync(dump(site), 'utf8').includes('not-for-the-app'));
  });

  it('takes for the app what the file loads into the environment by itself', async (test) => {
    const site = await pm2Site(test);
    file(site);
    const text = readFileSync(inRoot(site, 'ecosystem.config.js'), 'utf8');
    rewrite(site, { 'ecosystem.config.js': `process.env.LOADED = 'by the file';\n${text}` });
    assert.equal((await setup(site)).code, 0);
    assert.equal((await setup(site)).result.outcome, 'unchanged');
    assert.equal((await own(site))[0]?.pm2_env.env.LOADED, 'by the file');
  });

  it('saves what runs as it is to, closes saved lists that others may read, and leaves the other apps in them', async (test) => {
    const site = await pm2Site(test);
    file(site);
    await site.pm2.run(['start', inRoot(site, 'server/quiet.js'), '--name', 'boots', '-s']);
    await site.pm2.run(['save', '-s']);
    await site.pm2.run(['delete', 'boots', '-s']);
    await site.pm2.run(['start', inRoot(site, 'server/quiet.js'), '--name', 'unsaved', '-s']);
    assert.equal(modeOf(dump(site)), '644');
    const { code, result, stdout } = await setup(site);
    assert.equal(code, 0, stdout);
    assert.ok(
      result.changed.some(
        ({ what, from, to }) => what.endsWith('dump.pm2') && from === '0644' && to === '0600',
      ),
    );
    const names = (JSON.parse(readFileSync(dump(site), 'utf8')) as { name: string }[]).map(
      ({ name }) => name,
    );
    assert.deepEqual(names, ['boots', site.app]);
    assert.equal(modeOf(dump(site)), '600');
    assert.equal(modeOf(`${dump(site)}.bak`), '600');
    chmodSync(`${dump(site)}.bak`, 0o644);
    const only = await setup(site);
    assert.equal(only.result.how, 'none');
    assert.equal(only.result.outcome, 'applied');
    assert.equal(modeOf(`${dump(site)}.bak`), '600');
  });

  it('writes what pm2 resurrect brings back', async (test) => {
    const site = await pm2Site(test);
    file(site, { env: { A: 'ä "quoted"' } });
    await setup(site);
    await site.pm2.run(['kill', '-s']);
    await site.pm2.run(['resurrect', '-s']);
    const [one, ...others] = await list(site);
    assert.equal(others.length, 0);
    assert.equal(one?.pm2_env.env.A, 'ä "quoted"');
    assert.equal(one?.pm2_env.status, 'online');
    assert.equal((await setup(site)).result.outcome, 'unchanged');
  });

  it('starts one that is stopped', async (test) => {
    const site = await pm2Site(test);
    file(site);
    await setup(site);
    await site.pm2.run(['stop', site.app, '-s']);
    const { result } = await setup(site);
    assert.deepEqual(result.changed, [{ what: 'status', from: 'stopped', to: 'online' }]);
    assert.equal((await own(site))[0]?.pm2_env.status, 'online');
  });
});

describe('pm2 setup by root in the home of another user', {
  skip: process.getuid?.() !== 0,
}, () => {
  it('is done as that user, daemon, app and saved list', async (test) => {
    const site = await pm2Site(test);
    const { uid, gid } = unprivilegedAccount(['www-data']) ?? { uid: 0, gid: 0 };
    chmodSync(site.pm2.folder, 0o755);
    mkdirSync(site.pm2.home);
    chownSync(site.pm2.home, uid, gid);
    file(site);
    const { code, stdout } = await setup(site);
    assert.equal(code, 0, stdout);
    const [one] = await own(site);
    for (const path of [`/proc/${site.pm2.daemon()}`, `/proc/${one?.pid}`, dump(site)])
      assert.equal(statSync(path).uid, uid, path);
    assert.equal(modeOf(dump(site)), '600');
    const { code: again, json } = await site.command(Pm2Setup);
    assert.equal(again, 0);
    assert.equal(json<SetupResult>().result.outcome, 'unchanged');
  });
});

describe('the user that an ecosystem file names', () => {
  it('is compared as PM2 keeps it, and taken over', async (test) => {
    if (process.getuid?.() !== 0) return test.skip('needs root, to run an app as another user');
    const site = await pm2Site(test);
    chmodSync(site.pm2.folder, 0o755);
    file(site, { uid: 'nobody' });
    assert.equal((await setup(site)).code, 0);
    const uidOf = async () => statSync(`/proc/${(await own(site))[0]?.pid}`).uid;
    assert.equal(await uidOf(), 65534);
    assert.equal((await setup(site)).result.outcome, 'unchanged');
    file(site, { user: 'daemon', gid: 'nogroup' });
    const { result } = await setup(site);
    assert.deepEqual(
      result.changed.map(({ what, from, to }) => [what, from, to]),
      [['uid', '65534', '1']],
    );
    assert.equal(await uidOf(), 1);
    file(site);
    assert.deepEqual(
      (await setup(site)).result.changed.map(({ what, to }) => [what, to]),
      [
        ['gid', null],
        ['uid', null],
      ],
    );
    assert.equal(await uidOf(), 0);
  });
});

describe('pm2 setup that does not work', () => {
  const before = async (test: Parameters<typeof pm2Site>[0]) => {
    const site = await pm2Site(test);
    file(site, { env: { A: '1' }, args: ['--old'] });
    assert.equal((await setup(site)).code, 0);
    return { site, saved: readFileSync(dump(site)) };
  };
  const asBefore = async (site: Pm2Site, saved: Buffer) => {
    const [one, ...others] = await own(site);
    assert.equal(others.length, 0);
    assert.equal(one?.pm2_env.status, 'online');
    assert.equal(one?.pm2_env.pm_exec_path, inRoot(site, 'server/app.js'));
    assert.deepEqual(one?.pm2_env.args, ['--old']);
    assert.equal(one?.pm2_env.env.A, '1');
    // PM2 calls an app online before it listens.
    await waitFor('an answer of the app', async () => {
      return (await fetch(`http://127.0.0.1:${site.pm2.port}/`)).status === 200;
    });
    assert.deepEqual(readFileSync(dump(site)), saved);
  };

  it('puts the old definition back when the new one dies, with what it said', async (test) => {
    const { site, saved } = await before(test);
    rewrite(site, { 'server/main.js': `throw new Error('no such table: users');\n` });
    file(site, { script: 'server/main.js' });
    const { code, error, result } = await setup(site);
    assert.equal(code, 1);
    assert.equal(error.code, 'E_UNDONE');
    assert.match(error.message, /no such table: users.*Everything is as it was before/);
    assert.equal(result.outcome, 'undone');
    assert.equal(result.saved, false);
    assert.ok(result.errorLines.some((line) => line.includes('no such table')));
    await asBefore(site, saved);
  });

  it('puts it back after a reload too', async (test) => {
    const { site, saved } = await before(test);
    rewrite(site, {
      'server/app.js': `if (process.env.A === '2') throw new Error('A is too much');\n${serverSource(site.pm2.port)}`,
    });
    file(site, { env: { A: '2' }, args: ['--old'] });
    const { code, result } = await setup(site);
    assert.equal(code, 1);
    assert.equal(result.how, 'reload');
    await asBefore(site, saved);
  });

  it('puts it back when PM2 refuses the new one', async (test) => {
    const { site, saved } = await before(test);
    file(site, { script: 'server/nowhere.js' });
    const { code, error } = await setup(site);
    assert.equal(code, 1);
    assert.match(error.message, /Script not found.*nowhere\.js/);
    await asBefore(site, saved);
  });

  it('puts it back when it cannot be saved', async (test) => {
    const { site, saved } = await before(test);
    mkdirSync(`${dump(site)}.new`);
    file(site, { env: { A: '1', B: '2' }, args: ['--old'] });
    const { code, error } = await setup(site);
    assert.equal(code, 1);
    assert.equal(error.code, 'E_UNDONE');
    await asBefore(site, saved);
    assert.equal((await own(site))[0]?.pm2_env.env.B, undefined);
  });

  it('leaves nothing of a first one: no app, no daemon, nothing saved', async (test) => {
    const site = await pm2Site(test, { files: { 'server/app.js': 'process.exit(4);\n' } });
    rewrite(site, { 'server/app.js': 'process.exit(4);\n' });
    file(site);
    const { code, error, result } = await setup(site);
    assert.equal(code, 1);
    assert.equal(error.code, 'E_UNDONE');
    assert.equal(result.outcome, 'undone');
    assert.equal(site.pm2.daemon(), undefined);
    assert.ok(!existsSync(dump(site)));
  });

  it('makes no second app beside the one of another PM2', async (test) => {
    const site = await pm2Site(test);
    const other = await testPm2(test);
    file(site);
    await other.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
    const { code, error } = await setup(site);
    assert.equal(code, 5);
    assert.equal(error.code, 'E_APP_ELSEWHERE');
    assert.equal(site.pm2.daemon(), undefined);
  });
});
