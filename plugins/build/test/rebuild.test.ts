import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { confirmed, makeApp, type TestApp } from './app.ts';

const kept = (app: TestApp) =>
  readdirSync(app.at('.om-ops-build')).filter((name) => name !== '.gitignore');
const records = (app: TestApp) => join(app.state, 'build/runs');
const steps = (path: string) =>
  readFileSync(join(path, 'steps.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { title: string; outcome: string });

describe('a rebuild of the backend', () => {
  it('is only planned in a dry run, and names what would be run', async (t) => {
    const app = await makeApp(t);
    const before = await app.snapshot();
    const run = await app.backend('--dry-run', '--json');
    assert.equal(run.code, 0);
    const { outcome, changes } = run.result();
    assert.equal(outcome, 'planned');
    assert.deepEqual(
      changes.map(({ kind, what }) => [kind, what]),
      [
        ['run', 'npm run build'],
        ['edit', app.at('dist')],
        ['run', 'restart demo (test)'],
      ],
    );
    assert.equal(await app.snapshot(), before);
    assert.equal(existsSync(app.at('.om-ops-build')), false);
    assert.equal(existsSync(records(app)), false);
    rmSync(app.at('node_modules'), { recursive: true });
    const text = await app.backend('--dry-run');
    assert.match(
      text.stdout,
      /run {2}npm ci --include=dev .*\n.*because there are no node_modules/,
    );
    const unconfirmed = await app.backend('--json');
    assert.deepEqual([unconfirmed.code, app.service.orders], [3, ['start']]);
  });

  it('builds, proves, restarts and waits until it is healthy', async (t) => {
    const app = await makeApp(t);
    app.version('two');
    const run = await app.backend(...confirmed);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const result = run.result();
    assert.equal(result.outcome, 'applied');
    assert.deepEqual(
      [result.install, result.restartedBy, result.health?.status],
      ['skipped', 'om-ops', 200],
    );
    assert.equal(await app.answer(), 'two');
    assert.notEqual(result.pid, result.service?.pid);
    assert.deepEqual(kept(app), []);
    assert.deepEqual(
      steps(result.run?.path ?? '').map(({ title, outcome }) => [title, outcome]),
      [
        ['keep what is there', 'ok'],
        ['npm ci', 'skipped'],
        ['npm run build', 'ok'],
        ['verify', 'ok'],
        ['restart demo', 'ok'],
        ['health', 'ok'],
      ],
    );
    const [output] = readdirSync(join(result.run?.path ?? '', 'output')).filter((name) =>
      name.includes('run-build'),
    );
    const printed = readFileSync(join(result.run?.path ?? '', 'output', output ?? ''), 'utf8');
    assert.match(printed, /OM_OPS_STATE undefined/);
    assert.doesNotMatch(printed, new RegExp(process.version.replaceAll('.', '\\.')));
  });

  it('installs what the lock file says, also what only the build needs', async (t) => {
    const app = await makeApp(t);
    rmSync(app.at('node_modules/colours'), { recursive: true });
    process.env.NODE_ENV = 'production';
    t.after(() => delete process.env.NODE_ENV);
    const run = await app.backend(...confirmed);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.equal(run.result().install, 'done');
    assert.ok(existsSync(app.at('node_modules/colours/index.js')));
  });

  for (const [mode, why, version] of [
    ['stops', /failed with exit code 3/, 'two'],
    ['modules', /failed with exit code 5/, 'two'],
    ['in-place', /failed with exit code 4/, 'two'],
    ['broken', /config\/db\.js:1 {2}Unexpected token/, 'two'],
    ['lost', /config\/db\.js:1 {2}It requires \.\/gone/, 'two'],
    ['good', /demo does not come up/, 'crashes'],
  ] as const)
    it(`puts everything back, byte for byte, when it ${mode === 'good' ? version : mode}`, async (t) => {
      const app = await makeApp(t);
      app.mode(mode);
      app.version(version);
      const before = await app.snapshot();
      const run = await app.backend(...confirmed);
      const { error, result } = run.json<ReturnType<typeof run.result>>();
      assert.deepEqual(
        [run.code, error.code, result.outcome],
        [1, 'E_UNDONE', 'undone'],
        run.stdout,
      );
      assert.match(error.message, why);
      assert.match(error.message, /Everything is as it was before/);
      assert.equal(await app.snapshot(), before);
      assert.deepEqual(kept(app), []);
      assert.equal(await app.answer(), 'one');
      const { run: record, failedDist } = result;
      assert.ok(
        existsSync(join(failedDist ?? '', 'index.js')),
        `what failed is kept: ${run.stdout}`,
      );
      assert.ok(failedDist?.startsWith(record?.path ?? '?'));
      const meta = JSON.parse(readFileSync(join(record?.path ?? '', 'meta.json'), 'utf8')) as {
        state: string;
        problem: string;
      };
      assert.equal(meta.state, 'undone');
      assert.match(meta.problem, why);
      if (version === 'crashes') {
        assert.match(result.appErrors.join('\n'), /it crashes/);
        assert.deepEqual(app.service.orders, ['start', 'restart', 'restart']);
      } else assert.deepEqual(app.service.orders, ['start']);
      assert.equal(run.stdout.includes('hunter2-very-secret'), false);
      for (const name of readdirSync(join(record?.path ?? '', 'output')))
        assert.equal(
          readFileSync(join(record?.path ?? '', 'output', name), 'utf8').includes(
            'hunter2-very-secret',
          ),
          false,
        );
    });

  it('puts the packages back when their install fails', async (t) => {
    const app = await makeApp(t);
    rmSync(app.at('node_modules/.package-lock.json'));
    const manifest = JSON.parse(app.read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    manifest.devDependencies.other = 'file:./packages/other';
    app.write('package.json', JSON.stringify(manifest));
    const before = await app.snapshot();
    const run = await app.backend(...confirmed);
    assert.deepEqual([run.code, run.json().error.code], [1, 'E_UNDONE'], run.stdout);
    assert.match(run.json().error.message, /npm/);
    assert.equal(await app.snapshot(), before);
  });

  it('does not restart what the build has restarted after its last file', async (t) => {
    const app = await makeApp(t);
    const control = createServer((_request, response) => {
      app.service.restart().then(() => response.end());
    });
    await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
    t.after(() => control.close());
    app.write('control-port', String((control.address() as { port: number }).port));
    app.mode('restarts');
    app.version('two');
    const run = await app.backend(...confirmed);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.equal(run.result().restartedBy, 'build');
    assert.deepEqual(app.service.orders, ['start', 'restart']);
    assert.equal(await app.answer(), 'two');
  });

  it('takes a maintenance flag away that was not there before', async (t) => {
    const app = await makeApp(t, 'build: {maintenanceFlag: server/maintenance}\n');
    app.mode('flag');
    assert.equal((await app.backend(...confirmed)).code, 0);
    assert.equal(existsSync(app.at('maintenance')), false);
    app.write('maintenance', 'of the operator');
    assert.equal((await app.backend(...confirmed)).code, 0);
    assert.equal(existsSync(app.at('maintenance')), true);
  });

  it('is left out when nothing has changed since the last good one', async (t) => {
    const app = await makeApp(t);
    assert.equal(
      (await app.backend(...confirmed, '--no-restart', '--if-changed')).result().outcome,
      'applied',
    );
    const again = await app.backend(...confirmed, '--no-restart', '--if-changed');
    assert.deepEqual([again.code, again.result().outcome], [0, 'unchanged']);
    for (const change of [
      () => app.version('two'),
      () => app.write('.env', 'A=1'),
      () => app.write('dist/index.js', '1'),
    ]) {
      change();
      assert.equal(
        (await app.backend(...confirmed, '--no-restart', '--if-changed', '--dry-run')).result()
          .outcome,
        'planned',
      );
      assert.equal((await app.backend(...confirmed, '--no-restart')).code, 0);
      assert.equal(
        (await app.backend(...confirmed, '--no-restart', '--if-changed')).result().outcome,
        'unchanged',
      );
    }
    const git = (...args: string[]) =>
      exec('git', [
        '-C',
        app.folder,
        '-c',
        'user.name=T',
        '-c',
        'user.email=t@example.org',
        ...args,
      ]);
    await git('init', '-qb', 'main');
    app.write('.gitignore', 'dist\nnode_modules\napp.log\n');
    await git('add', '.');
    await git('commit', '-qm', 'one');
    assert.equal((await app.backend(...confirmed, '--no-restart')).code, 0);
    const later = new Date(Date.now() + 5000);
    utimesSync(app.at('src/index.js'), later, later);
    assert.equal(
      (await app.backend(...confirmed, '--no-restart', '--if-changed')).result().outcome,
      'unchanged',
      'times are not sources',
    );
    app.version('three');
    const dirty = await app.backend('--dry-run', '--json', '--if-changed');
    assert.equal(dirty.result().outcome, 'planned');
    assert.deepEqual([dirty.result().git?.branch, dirty.result().git?.dirty], ['main', 1]);
    assert.match(
      (await app.backend('--confirm', 'YES APPLY', '--no-restart')).stderr,
      /1 uncommitted change \(branch main, HEAD [0-9a-f]{10}\)/,
    );
  });

  it('says what is missing: exit 5, and two lock files: exit 6', async (t) => {
    const app = await makeApp(t);
    app.write('yarn.lock', '');
    const two = await app.backend('--dry-run', '--json');
    assert.deepEqual([two.code, two.json().error.code], [6, 'E_TWO_LOCK_FILES']);
    rmSync(app.at('package-lock.json'));
    const missing = await app.backend('--dry-run', '--json');
    assert.deepEqual([missing.code, missing.json().error.code], [5, 'E_PROGRAM_MISSING']);
    assert.match(missing.json().error.suggestions.join(), /corepack enable yarn/);
    rmSync(app.at('yarn.lock'));
    app.write('package.json', '{"scripts": {}}');
    const none = await app.backend('--dry-run', '--json');
    assert.deepEqual([none.code, none.json().error.code], [5, 'E_NO_SCRIPT']);
  });
});

describe('a build that is told to write beside dist', () => {
  for (const out of ['{flag: --outDir}', '{env: OUT}'])
    it(`never touches the live one until it is whole: ${out}`, async (t) => {
      const app = await makeApp(t, `build: {out: ${out}}\n`);
      app.version('two');
      let misses = 0;
      let reads = 0;
      const timer = setInterval(() => {
        for (let at = 0; at < 20; at += 1) {
          reads += 1;
          if (!existsSync(app.at('dist/index.js'))) misses += 1;
        }
      }, 1);
      const run = await app.backend(...confirmed);
      clearInterval(timer);
      assert.equal(run.code, 0, run.stdout + run.stderr);
      assert.equal(await app.answer(), 'two');
      assert.equal(misses, 0);
      assert.ok(reads > 100);
      assert.deepEqual(kept(app), []);
      if (out.includes('env')) return;
      const before = await app.snapshot();
      for (const mode of ['broken', 'stops']) {
        app.mode(mode);
        const bad = await app.backend(...confirmed);
        assert.deepEqual([bad.code, bad.json().error.code], [1, 'E_UNDONE'], bad.stdout);
        assert.equal(await app.snapshot(), before);
        assert.ok(existsSync(bad.result().failedDist ?? ''));
        assert.equal(bad.result().putBack.length, 0);
      }
      app.mode('good');
      app.version('unhealthy');
      const ill = await app.backend(...confirmed);
      assert.deepEqual([ill.code, ill.json().error.code], [1, 'E_UNDONE'], ill.stdout);
      assert.equal(await app.answer(), 'two');
      assert.deepEqual(
        readdirSync(app.folder).filter((name) => name.startsWith('.om-ops-next')),
        [],
      );
    });
});

describe('a rebuild of the front end', () => {
  it('keeps the chunks that open pages ask for, for a week', async (t) => {
    const app = await makeApp(t);
    const at = (name: string) => join(app.root, 'front-end', name);
    const rename = (from: string, to: string) => {
      rmSync(at(`src/${from}`));
      writeFileSync(at(`src/${to}`), '1');
      writeFileSync(at('src/index.html'), `<script src="/${to}"></script>`);
    };
    rename('app-11111111.js', 'app-22222222.js');
    const run = await app.frontend(...confirmed);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.equal(run.result().oldAssets, 1);
    assert.ok(existsSync(at('dist/app-11111111.js')));
    rename('app-22222222.js', 'app-33333333.js');
    assert.equal((await app.frontend(...confirmed)).result().oldAssets, 2);
    const record = join(app.state, 'build/old-assets.json');
    const known = JSON.parse(readFileSync(record, 'utf8')) as Record<string, string>;
    writeFileSync(
      record,
      JSON.stringify({ ...known, 'app-11111111.js': '2020-01-01T00:00:00.000+00:00' }),
    );
    assert.equal((await app.frontend(...confirmed)).result().oldAssets, 1);
    assert.deepEqual(
      readdirSync(at('dist')).filter((name) => name.endsWith('.js')),
      ['app-22222222.js', 'app-33333333.js'],
    );
  });
});
