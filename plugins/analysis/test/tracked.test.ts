import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { gitIgnoredPaths, gitTrackedPaths } from '../src/junk/tracked.ts';
import { writeFiles } from './tree-fixture.ts';

const { signal } = new AbortController();

function git(folder: string, ...args: string[]): void {
  execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' });
}

/** A repository which tracks `dist/a`. */
function repositoryIn(folder: string): string {
  writeFiles(folder, { 'dist/a': 'x' });
  git(folder, 'init', '-q');
  git(folder, 'add', 'dist');
  return folder;
}

async function trackedIn(repository: string): Promise<string[] | undefined> {
  const paths: string[] = [];
  return (await gitTrackedPaths(repository, (path) => paths.push(path), signal))
    ? paths
    : undefined;
}

test('git’s variables in the environment point it nowhere else', async (context) => {
  const folder = temporaryFolder(context);
  const repository = repositoryIn(join(folder, 'site'));
  mkdirSync(join(folder, 'other'));
  git(join(folder, 'other'), 'init', '-q');
  const variables = {
    GIT_DIR: join(folder, 'other/.git'),
    GIT_WORK_TREE: join(folder, 'other'),
    GIT_INDEX_FILE: join(folder, 'other/.git/index'),
    GIT_COMMON_DIR: join(folder, 'other/.git'),
    GIT_NAMESPACE: 'other',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.bare',
    GIT_CONFIG_VALUE_0: 'true',
    GIT_CONFIG_PARAMETERS: "'core.worktree'='/'",
    GIT_CEILING_DIRECTORIES: repository,
  };
  for (const [name, value] of Object.entries(variables)) {
    process.env[name] = value;
    try {
      assert.deepEqual(await trackedIn(repository), ['dist/a'], name);
    } finally {
      delete process.env[name];
    }
  }
});

test('a folder .git that is no repository does not have git answer for the one above', async (context) => {
  const folder = repositoryIn(temporaryFolder(context));
  mkdirSync(join(folder, 'dist/.git'));
  assert.equal(await trackedIn(join(folder, 'dist')), undefined);
});

test('a repository which says its files are elsewhere is asked for those beside it', async (context) => {
  const folder = repositoryIn(temporaryFolder(context));
  git(folder, 'config', 'core.worktree', '/');
  assert.deepEqual(await trackedIn(folder), ['dist/a']);
  git(folder, 'config', '--unset', 'core.worktree');
  git(folder, 'config', 'core.bare', 'true');
  assert.deepEqual(await trackedIn(folder), ['dist/a']);
});

test('root is told what another user’s repository tracks, and runs nothing of it', {
  skip: process.getuid?.() !== 0,
}, async (context) => {
  const folder = repositoryIn(temporaryFolder(context));
  git(folder, 'config', 'core.fsmonitor', `touch ${folder}/started; false`);
  chownSync(folder, 65534, 65534);
  chownSync(join(folder, '.git'), 65534, 65534);
  assert.throws(() => git(folder, 'ls-files'), /dubious ownership/);
  assert.deepEqual(await trackedIn(folder), ['dist/a']);
  assert.equal(existsSync(join(folder, 'started')), false);
});

test('without git nothing is known', async (context) => {
  const folder = repositoryIn(temporaryFolder(context));
  const { PATH } = process.env;
  process.env.PATH = folder;
  try {
    assert.equal(await trackedIn(folder), undefined);
    assert.equal(await gitIgnoredPaths(folder, ['dist/a'], signal), undefined);
  } finally {
    process.env.PATH = PATH;
  }
});

test('git says what it ignores, whatever the names', async (context) => {
  const folder = temporaryFolder(context);
  git(folder, 'init', '-q');
  writeFileSync(join(folder, '.gitignore'), 'dist\n/out/*\n*.log\n');
  writeFiles(folder, { 'inner/.gitignore': '*\n', 'dist/a': 'x' });
  const paths = ['dist/0', 'out/0', 'inner/0', 'build/0', 'caf\\xE9/dist/0', ':(top)dist/0'];
  assert.deepEqual(
    [...((await gitIgnoredPaths(folder, paths, signal)) ?? [])],
    ['dist/0', 'out/0', 'inner/0', 'caf\\xE9/dist/0'],
  );
  assert.deepEqual([...((await gitIgnoredPaths(folder, ['build/0'], signal)) ?? ['?'])], []);
});
