import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentProgress, Turns } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { type ProcessUses, processPaths } from '../src/junk/in-use.ts';
import { standingFolders } from '../src/settings.ts';
import { adviceFor, commandsBelow } from './advice-fixture.ts';
import { noUses } from './junk-fixture.ts';
import { writeFiles } from './tree-fixture.ts';

const manifest = JSON.stringify({ scripts: { build: 'vite build' }, dependencies: { a: '1' } });

function siteAt(
  root: string,
  changes: { backend?: string; frontend?: string; dist?: string } = {},
) {
  return standingFolders({
    root,
    state: '/var/backups/site',
    backend: {
      dir: changes.backend ?? 'server',
      dist: changes.dist ?? 'dist',
      port: 3001,
      health: [],
      required: [],
      service: { manager: 'auto', name: null },
    },
    frontend: { dir: changes.frontend ?? 'front-end', dist: 'dist' },
    below: (path) => resolve(root, path),
  });
}

/** A release with everything in it that can be made again. */
function writeRelease(folder: string): void {
  for (const part of ['server', 'front-end'])
    writeFiles(join(folder, part), {
      'package.json': manifest,
      'package-lock.json': '{}',
      'src/a.ts': 'x',
      'dist/index.js': 'x',
      'node_modules/a/index.js': 'x',
    });
}

test('what the profile serves and runs stays, with absolute values as well', () => {
  assert.deepEqual(siteAt('/srv/site'), {
    deployed: [
      '/srv/site/server/dist',
      '/srv/site/front-end/dist',
      '/srv/site/server/node_modules',
      '/srv/site/node_modules',
    ],
    kept: ['/srv/site', '/srv/site/server', '/srv/site/front-end', '/var/backups/site'],
  });
  const { deployed } = siteAt('/srv/site', { backend: '/opt/api', dist: '/opt/run' });
  assert.deepEqual([deployed[0], deployed[2]], ['/opt/run', '/opt/api/node_modules']);
});

test('a release that is served through a symlink stays, by whichever name it is analysed', async (context) => {
  const folder = temporaryFolder(context);
  writeRelease(join(folder, 'releases/1'));
  writeRelease(join(folder, 'releases/2'));
  symlinkSync('releases/1', join(folder, 'now'));
  const stays = ['front-end/dist', 'server/dist', 'server/node_modules'];
  const removed = async (path: string, root: string) =>
    Object.entries(
      commandsBelow(
        join(folder, path),
        await adviceFor(join(folder, path), siteAt(join(folder, root))),
      ),
    )
      .filter(([, command]) => command.startsWith('rm '))
      .map(([name]) => name)
      .sort();
  const all = ['front-end/dist', 'front-end/node_modules', 'server/dist', 'server/node_modules'];
  const left = all.filter((name) => !stays.includes(name));
  assert.deepEqual(await removed('releases/1', 'now'), left);
  assert.deepEqual(await removed('now', 'now'), left);
  assert.deepEqual(await removed('now', 'releases/1'), left);
  assert.deepEqual(await removed('releases/2', 'now'), all);
  assert.deepEqual(
    await removed('.', 'now'),
    [
      ...left.map((name) => `releases/1/${name}`),
      ...all.map((name) => `releases/2/${name}`),
    ].sort(),
  );
});

test('a folder around the site or in what is served stays', async (context) => {
  const folder = temporaryFolder(context);
  writeRelease(join(folder, 'build/site'));
  writeFiles(folder, { 'package.json': manifest, 'src/a.ts': 'x' });
  assert.deepEqual(
    commandsBelow(folder, await adviceFor(folder, siteAt(join(folder, 'build/site')))),
    { build: "ls -la -- '/build'" },
  );
  const inside = join(folder, 'build/site/server/dist');
  writeFiles(inside, { '.cache/a': 'x' });
  assert.deepEqual(
    commandsBelow(inside, await adviceFor(inside, siteAt(join(folder, 'build/site')))),
    { '.cache': "ls -la -- '/.cache'" },
  );
});

function started(context: TestContext, script: string, ...more: string[]): Promise<number> {
  const child = spawn(process.execPath, [script, ...more], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => {
    child.kill('SIGKILL');
  });
  return new Promise((done) => child.stdout.once('data', () => done(child.pid!)));
}

test('packages of a running Node program are in use by node, whatever it calls itself', async (context) => {
  const folder = realpathSync(temporaryFolder(context));
  const wait = 'console.log("up"); setInterval(() => {}, 1000);';
  writeFiles(folder, {
    'plain/index.js': wait,
    'titled/index.js': wait,
    'start.js': `process.title = "node ${folder}/titled/index.js"; ${wait}`,
  });
  for (const app of ['plain', 'titled'])
    writeFiles(join(folder, app), {
      'package.json': manifest,
      'package-lock.json': '{}',
      'node_modules/a/index.js': 'x',
    });
  const options = { openPaths: processPaths };
  // What others' programs use, only root knows.
  if (process.getuid?.() === 0)
    assert.match((await adviceFor(folder, options))[0]!.command, /^rm -rf/);
  const plain = await started(context, join(folder, 'plain/index.js'));
  // As PM2 does; the title takes the place of the arguments.
  const titled = await started(context, join(folder, 'start.js'), 'x'.repeat(200));
  const advice = await adviceFor(folder, options);
  for (const [app, pid] of [
    ['plain', plain],
    ['titled', titled],
  ] as const) {
    const { command, why } = advice.find(({ path }) => path.endsWith(`${app}/node_modules`))!;
    assert.match(command, /^ls -la/, app);
    assert.ok(why.includes(`in use by node (pid ${pid})`), why);
  }
});

test('how a process writes is known', async (context) => {
  const folder = realpathSync(temporaryFolder(context));
  writeFiles(folder, {
    'a.js': `const fs = require('node:fs');
      for (const [name, flags] of [['end', 'a'], ['any', 'w'], ['read', 'r']])
        fs.openSync('${folder}/' + name + '.log', flags);
      console.log('up'); setInterval(() => {}, 1000);`,
    'read.log': 'x',
  });
  const pid = await started(context, join(folder, 'a.js'));
  const { paths } = await processPaths(folder, new Turns(silentProgress()));
  const writes = paths.filter((open) => open.pid === pid && open.path.endsWith('.log'));
  assert.deepEqual(
    writes.map((open) => [open.path.slice(folder.length + 1), open.writes]),
    [
      ['end.log', 'end'],
      ['any.log', 'anywhere'],
      ['read.log', undefined],
    ],
  );
});

test('what programs of other users may run from is not removed unseen', async (context) => {
  const folder = temporaryFolder(context);
  writeRelease(folder);
  writeFiles(folder, { 'app.log': 'x' });
  mkdirSync(join(folder, '.cache'));
  const advice = async (uses: Partial<ProcessUses>) =>
    adviceFor(folder, { openPaths: async () => ({ ...noUses, ...uses }) });
  const commands = async (uses: Partial<ProcessUses>) => {
    const all = commandsBelow(folder, await advice(uses));
    return ['server/dist', 'server/node_modules', '.cache', 'app.log'].map(
      (path) => all[path]!.split(' --')[0],
    );
  };
  assert.deepEqual(await commands({}), ['rm -rf', 'rm -rf', 'rm -rf', 'rm']);
  const hidden = (program: string) => ({ hidden: [{ pid: 7, program }] });
  assert.deepEqual(await commands(hidden('cron')), ['rm -rf', 'rm -rf', 'rm -rf', 'rm -i']);
  assert.deepEqual(await commands(hidden('node')), ['ls -la', 'ls -la', 'rm -rf', 'rm -i']);
  assert.deepEqual(await commands({ isComplete: false }), ['ls -la', 'ls -la', 'rm -rf', 'rm -i']);
  assert.ok(
    (await advice(hidden('node'))).every(({ why }) =>
      why.includes('what node (pid 7) of another user uses is not known'),
    ),
  );
});
