import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { Manifests } from '../src/junk/manifest.ts';
import { writeFiles } from './tree-fixture.ts';

const json = JSON.stringify;

test('a build is promised only where a script of package.json makes one', async (context) => {
  const folder = temporaryFolder(context);
  const build = (script: unknown, more = {}) => json({ scripts: { build: script }, ...more });
  const manifests: Record<
    string,
    [text: string, dist: string | undefined, build?: string | undefined]
  > = {
    plain: [build('vite build'), 'npm run build', 'npm run build'],
    marked: [`\ufeff${build('vite build')}`, 'npm run build', 'npm run build'],
    pnpm: [build('x', { packageManager: 'pnpm@9.1.0' }), 'pnpm run build', 'pnpm run build'],
    uses: [build('node build/build.js'), 'npm run build', undefined],
    configured: [build('webpack --config ./build/webpack.prod.js'), 'npm run build', undefined],
    writes: [build('esbuild a.ts --outfile=dist/a.js'), 'npm run build', 'npm run build'],
    empty: [build(' '), undefined],
    odd: [build(['vite']), undefined],
    none: ['{"scripts":{"start":"node ."}}', undefined],
    broken: ['{"scripts":{"build":', undefined],
    list: ['[]', undefined],
    null: ['null', undefined],
    large: [build(`x${' '.repeat(1_000_000)}`), undefined],
  };
  for (const [name, [text]] of Object.entries(manifests))
    writeFiles(folder, { [`${name}/package.json`]: text });
  const known = new Manifests();
  for (const [name, [, ...expected]] of Object.entries(manifests))
    assert.deepEqual(
      [
        known.buildIn(join(folder, name), 'dist')?.command,
        known.buildIn(join(folder, name), 'build')?.command,
      ],
      [expected[0], expected[1]],
      name,
    );
  execFileSync('mkfifo', [join(folder, 'package.json')]);
  assert.equal(known.buildIn(folder, 'dist'), undefined);
  assert.equal(known.buildIn(join(folder, 'nowhere'), 'dist'), undefined);
});

test('dependencies come back where a lockfile or package.json names them, by its package manager', (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'locked/package.json': '{}',
    'locked/package-lock.json': '{}',
    'two/package.json': '{"packageManager":"yarn@4.1.0"}',
    'two/package-lock.json': '{}',
    'two/yarn.lock': '#',
    'asks/package.json': '{"devDependencies":{"a":"1"}}',
    'asks-pnpm/package.json': '{"packageManager":"pnpm@9","dependencies":{"a":"1"}}',
    'asks-pnpm/package-lock.json': '{}',
    'nothing/package.json': '{"name":"n","dependencies":{}}',
    'nothing/yarn.lock': '',
    'orphan/package-lock.json': '{}',
    'broken/package.json': '{',
    'broken/package-lock.json': '{}',
    'space/package.json': '{"workspaces":["packages/*"]}',
    'space/pnpm-lock.yaml': 'x',
    'space/packages/a/package.json': '{"name":"a"}',
    'pnpm/package.json': '{}',
    'pnpm/pnpm-workspace.yaml': 'x',
    'pnpm/pnpm-lock.yaml': 'x',
    'pnpm/a/package.json': '{"name":"a"}',
    'unlocked/package.json': '{"workspaces":["a"]}',
  });
  const known = new Manifests();
  const said = (name: string) => known.installIn(join(folder, name));
  assert.deepEqual(said('locked'), { command: 'npm ci' });
  assert.deepEqual(said('two'), { command: 'yarn install' });
  assert.deepEqual(said('asks'), { command: 'npm install', isExact: false });
  assert.deepEqual(said('asks-pnpm'), { command: 'pnpm install', isExact: false });
  for (const name of ['nothing', 'orphan', 'broken', 'nowhere'])
    assert.equal(said(name), undefined, name);
  const install = 'pnpm install --frozen-lockfile';
  assert.deepEqual(said('space'), { command: install });
  assert.deepEqual(said('space/packages/a'), { command: install, folder: join(folder, 'space') });
  assert.deepEqual(said('pnpm/a'), { command: install, folder: join(folder, 'pnpm') });
  assert.deepEqual(said('unlocked'), { command: 'npm install', isExact: false });
});
