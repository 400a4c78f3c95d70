// Sets up, then runs every check and every test. Starts on the system's Node 20.
// `npm test -- unit` runs one step, `npm test -- from unit` that one and what follows, `npm test -- unit pm2` the
// unit tests of one plugin (or of `kit`), `npm test -- e2e backup` the end-to-end tests with that in their name.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, installPackages, installPrograms } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules/.bin');
const node = join(bin, 'node');
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' };
delete env.FORCE_COLOR;
// Within a test of the test runner itself Node would print nothing for people.
delete env.NODE_TEST_CONTEXT;

function testFiles(...folders) {
  return folders.flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true })
          .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
          .map((name) => join(folder, name))
          .sort()
      : [],
  );
}

const totals = { pass: 0, fail: 0, skipped: 0 };

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      for (const [, name, count] of String(chunk).matchAll(
        /^(?:ℹ|#) (pass|fail|skipped) (\d+)$/gm,
      )) {
        totals[name] += Number(count);
      }
    });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.on('exit', (code) => resolve(code === 0));
  });
}

function nodeTest(files, concurrency) {
  if (files.length === 0) {
    console.error(`No test file is named ${only.join(' or ')}.`);
    return false;
  }
  return run(node, [
    '--test',
    `--test-concurrency=${concurrency}`,
    '--test-timeout=300000',
    ...files,
  ]);
}

const plugins = readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}/test`);
const unitFolders = ['kit/test', ...plugins];
/** What comes after the name of a step: of which plugins, of which files. */
const only = [];
const isAsked = (file) => only.length === 0 || only.some((word) => file.includes(word));
const steps = {
  types: async () =>
    (await run(join(bin, 'tsc'), ['-p', 'tsconfig.test.json'])) &&
    (await run(join(bin, 'tsc'), ['-p', 'tsconfig.page.json'])),
  lint: () => run(join(bin, 'biome'), ['ci', '--diagnostic-level=warn', '.']),
  unused: () => run(join(bin, 'knip'), []),
  imports: () =>
    run(join(bin, 'depcruise'), [
      '--config',
      '.dependency-cruiser.mjs',
      'dist',
      'kit/dist',
      ...plugins.map((folder) => folder.replace(/test$/, 'dist')),
    ]),
  manifest: async () => {
    const manifests = await run(node, ['scripts/manifests.mjs', '--check']);
    return (await run(node, ['scripts/lockfile.mjs'])) && manifests;
  },
  readme: () => run(node, ['scripts/readme.mjs', '--check']),
  results: () => run(node, ['scripts/results.mjs', '--check']),
  unit: () =>
    nodeTest(testFiles(...unitFolders.filter((folder) => isAsked(folder.split('/').at(-2)))), 2),
  faults: () => nodeTest(testFiles('test/faults'), 2),
  e2e: async () => {
    // Packed and installed once for all tests that want it.
    env.OM_OPS_PACKED = mkdtempSync(join(tmpdir(), 'om-ops-packed-'));
    try {
      return await nodeTest(testFiles('test/e2e').filter(isAsked), 2);
    } finally {
      rmSync(env.OM_OPS_PACKED, { recursive: true, force: true });
    }
  },
};

const startsPrograms = new Set(['unit', 'e2e', 'faults']);

const asked = process.argv.slice(2);
const names = Object.keys(steps);
if (asked[0] === 'unit' || asked[0] === 'e2e')
  while (asked.length > 1 && steps[asked[1]] === undefined) only.push(asked.splice(1, 1)[0]);
const chosen =
  asked.length === 0 ? names : asked[0] === 'from' ? names.slice(names.indexOf(asked[1])) : asked;
const unknown = chosen.find((name) => steps[name] === undefined);
if (unknown !== undefined) {
  console.error(`There is no step ${unknown}: ${names.join(', ')}`);
  process.exit(2);
}

installPackages();
// The others read sources only.
if (chosen.some((name) => startsPrograms.has(name))) installPrograms();
build();

const failed = [];
for (const name of chosen) {
  const step = steps[name];
  console.log(`\n== ${name}`);
  const started = Date.now();
  const ok = await step();
  console.log(
    `== ${name}: ${ok ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(0)} s)`,
  );
  if (!ok) failed.push(name);
}
console.log(failed.length === 0 ? '\nEverything passed.' : `\nFailed: ${failed.join(', ')}`);
console.log(`${totals.pass} passed, ${totals.fail} failed, ${totals.skipped} skipped`);
process.exitCode = failed.length === 0 ? 0 : 1;
