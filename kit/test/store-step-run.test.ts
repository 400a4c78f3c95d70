import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '@om-ops/test-support/wait';
import type { OpsError } from '../src/errors.ts';
import { Redactor } from '../src/redact.ts';
import {
  pruneStepRuns,
  readStepRuns,
  removeLeftovers,
  StepRun,
  type StepRunHead,
} from '../src/store/index.ts';
import { StepOutput } from '../src/store/step-output.ts';
import { temporaryFolder, tinyDisk } from './store/processes.ts';

const redactor = new Redactor({ sparing: true });
redactor.add('hunter2-Secret');

const head = (more: Partial<StepRunHead> = {}): StepRunHead => ({
  command: 'build:backend',
  argv: ['--token', 'hunter2-Secret'],
  redact: redactor,
  warn: (message) => assert.fail(message),
  ...more,
});

/** Every file below a folder. */
function textBelow(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

test('keeps each step with its output, its exit code and how it went, without secrets', async (context) => {
  const folder = join(temporaryFolder(context), 'build/runs');
  const date = new Date(2026, 10, 25, 13, 5, 9);
  const run = await StepRun.open(folder, head({ date }));
  assert.equal(run.name, '2026-11-25_130509');
  const shell = 'echo "token hunter2-Secret"; echo oops >&2';
  const value = await run.step('npm ci (hunter2-Secret)', async (step) => {
    const { exitCode } = await step.exec('sh', ['-c', `${shell}; exit 3`], { accept: [0, 3] });
    step.note('took hunter2-Secret');
    return exitCode;
  });
  assert.equal(value, 3);
  await run.step('Quiet', async (step) => step.ends('skipped', 'nothing to do'));
  await assert.rejects(
    run.step('npm run build', (step) => step.exec('sh', ['-c', `${shell}; exit 1`])),
    (error: OpsError) => {
      assert.equal(error.code, 'E_PROGRAM_FAILED');
      assert.equal(error.message, '`sh` failed with exit code 1: token <REDACTED>\noops');
      assert.match(error.suggestions.join(), /output\/03-npm-run-build\.log/);
      return true;
    },
  );
  await run.close('failed', { reason: 'because of hunter2-Secret', state: 'mine' });
  const [read, ...others] = await readStepRuns(folder);
  assert.ok(read !== undefined && others.length === 0);
  assert.deepEqual(
    [read.name, read.state, read.problems, read.unfinished],
    [run.name, 'failed', [], []],
  );
  assert.deepEqual(read.meta?.argv, ['--token', '<REDACTED>']);
  assert.equal(read.meta?.reason, 'because of <REDACTED>');
  assert.deepEqual(
    read.steps.map(({ startedAt, seconds, ...rest }) => {
      assert.ok(seconds >= 0 && !Number.isNaN(Date.parse(startedAt)));
      return rest;
    }),
    [
      {
        number: 1,
        title: 'npm ci (<REDACTED>)',
        outcome: 'ok',
        exitCode: 3,
        notes: ['took <REDACTED>'],
        output: { file: 'output/01-npm-ci-redacted.log', lines: 2, cut: false },
      },
      { number: 2, title: 'Quiet', outcome: 'skipped', notes: ['nothing to do'] },
      {
        number: 3,
        title: 'npm run build',
        outcome: 'failed',
        exitCode: 1,
        output: { file: 'output/03-npm-run-build.log', lines: 2, cut: false },
        error: {
          code: 'E_PROGRAM_FAILED',
          message: '`sh` failed with exit code 1: token <REDACTED>\noops',
        },
      },
    ],
  );
  assert.equal(
    readFileSync(join(run.path, 'output/03-npm-run-build.log'), 'utf8'),
    'token <REDACTED>\noops\n',
  );
  assert.ok(!textBelow(run.path).includes('hunter2-Secret'));
  assert.ok(!readdirSync(join(run.path, 'output')).join().includes('hunter2-Secret'));
  for (const file of ['meta.json', 'steps.jsonl', 'output/03-npm-run-build.log'])
    assert.equal(statSync(join(run.path, file)).mode & 0o777, 0o600, file);
});

test('hides secrets that stretch over several lines of output', async (context) => {
  const run = await StepRun.open(temporaryFolder(context), head());
  const key = [
    '-----BEGIN PRIVATE KEY-----',
    'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
    '-----END PRIVATE KEY-----',
  ];
  await run.step('key', (step) => step.exec('printf', ['%s\\n', ...key, 'after']));
  await run.close('done');
  const text = textBelow(run.path);
  assert.ok(!text.includes('MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'), text);
  assert.match(text, /after\n/);
});

test('steps side by side, and several runs in one second', async (context) => {
  const folder = temporaryFolder(context);
  const date = new Date(2026, 0, 2, 3, 4, 5);
  const runs = await Promise.all([1, 2, 3].map(() => StepRun.open(folder, head({ date }))));
  assert.deepEqual(runs.map(({ name }) => name).sort(), [
    '2026-01-02_030405',
    '2026-01-02_030405-2',
    '2026-01-02_030405-3',
  ]);
  const [run] = runs as [StepRun, ...StepRun[]];
  await Promise.all(
    ['backend', 'frontend'].map((title) =>
      run.step(title, (step) => step.exec('sh', ['-c', `for i in 1 2 3; do echo ${title}; done`])),
    ),
  );
  await Promise.all(runs.map((one) => one.close('done')));
  const read = (await readStepRuns(folder)).find(({ name }) => name === run.name);
  assert.deepEqual(read?.steps.map(({ number, output }) => [number, output?.lines]).sort(), [
    [1, 3],
    [2, 3],
  ]);
  assert.equal(
    readFileSync(join(run.path, 'output/02-frontend.log'), 'utf8'),
    'frontend\n'.repeat(3),
  );
});

test('one that nobody closed has failed', async (context) => {
  const folder = temporaryFolder(context);
  {
    await using run = await StepRun.open(folder, head());
    assert.equal((await readStepRuns(folder))[0]?.state, 'running');
    await run.step('a', async () => {});
  }
  assert.equal((await readStepRuns(folder))[0]?.state, 'failed');
});

test('keeps the begin and the end of long output, and says how much is missing', (context) => {
  const folder = temporaryFolder(context);
  for (const [count, cut] of [
    [100, false],
    [1900, false],
    [2100, true],
    [50_000, true],
  ] as const) {
    const path = join(folder, `${count}.log`);
    const output = new StepOutput(path, 10_000);
    for (let number = 1; number <= count; number++) output.line(String(number).padStart(9, '0'));
    assert.deepEqual(output.close(), { lines: count, cut });
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(lines[0], '000000001');
    assert.equal(lines.at(-1), String(count).padStart(9, '0'));
    assert.deepEqual(readdirSync(folder), [`${count}.log`]);
    if (cut) {
      const at = lines.findIndex((line) => line.startsWith('[om-ops:'));
      const before = Number(lines[at - 2]);
      const after = Number(lines[at + 2]);
      assert.match(lines[at] ?? '', new RegExp(`^\\[om-ops: ${after - before - 1} lines left out`));
      assert.ok(before >= 1000 && count - after >= 900, `${before} ${after}`);
      assert.ok(statSync(path).size < 21_000);
    } else assert.equal(lines.length, count);
    rmSync(path);
  }
});

const killed = (folder: string, work: string) => `
  import { StepRun } from ${JSON.stringify(new URL('../src/store/index.ts', import.meta.url).href)};
  const run = await StepRun.open(${JSON.stringify(folder)}, { command: 'x', argv: [], redact: { foreign: (text) => text, foreignLines: () => (line) => line }, warn: console.error });
  await run.step('First', (step) => step.exec('echo', ['hello']));
  await run.step('Second', async (step) => {
    ${work}
    console.log('ready');
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  });
`;

test('survives SIGKILL: the steps until then, the one it was in, and its last lines', async (context) => {
  const folder = temporaryFolder(context);
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      killed(
        folder,
        "for (let i = 0; i < 1_200_000; i++) step.output({ text: 'line ' + String(i).padStart(10), from: 'stdout' });",
      ),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  context.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const log = (name: string) => join(folder, readdirSync(folder)[0] ?? '', 'output', name);
  const tails = () =>
    [1, 2].map((part) => log(`02-second.log.tail-${part}`)).filter((path) => existsSync(path));
  await waitFor('the last line', () =>
    tails().some((path) => readFileSync(path, 'utf8').endsWith('line    1199999\n')),
  );
  const [running] = await readStepRuns(folder);
  assert.equal(running?.state, 'running');
  child.kill('SIGKILL');
  await once(child, 'exit');
  removeLeftovers(folder);
  const [run] = await readStepRuns(folder);
  assert.equal(run?.state, 'cut-off');
  assert.deepEqual(
    run?.steps.map(({ title, outcome }) => [title, outcome]),
    [['First', 'ok']],
  );
  assert.deepEqual(
    run?.unfinished.map(({ title, file }) => [title, file]),
    [['Second', 'output/02-second.log']],
  );
  assert.match(readFileSync(log('02-second.log'), 'utf8'), /^line {10}0\n/);
});

test('a full disk stops no step, and is said', async (context) => {
  const disk = tinyDisk(context, 256 * 1024);
  if (disk === undefined) return context.skip('needs root, to mount a small file system');
  const warnings: string[] = [];
  const run = await StepRun.open(disk, head({ warn: (message) => warnings.push(message) }));
  const done = await run.step('Long', async (step) => {
    for (let number = 0; number < 20_000; number++)
      step.output({ text: 'x'.repeat(100), from: 'stdout' });
    return 'done';
  });
  assert.equal(done, 'done');
  await run.step('After', async () => {});
  await run.close('done');
  assert.match(
    warnings.join('\n'),
    /The record of this run is not whole .*: Cannot write .*no space left on the disk/,
  );
  const [read] = await readStepRuns(disk);
  for (const { output } of read?.steps ?? []) assert.ok(output === undefined || output.cut);
  // What it could not finish writing is never taken for done.
  assert.ok(read?.state === 'done' || read?.state === 'running', read?.state);
  writeFileSync(join(disk, 'filler'), '');
  await assert.rejects(
    (async () => {
      for (;;) await StepRun.open(disk, head());
    })(),
    { code: 'E_DISK_FULL' },
  );
});

test('a damaged record is read as far as it goes', async (context) => {
  const folder = temporaryFolder(context);
  const run = await StepRun.open(folder, head());
  await run.step('a', async () => {});
  await run.close('done');
  writeFileSync(
    join(run.path, 'steps.jsonl'),
    `${readFileSync(join(run.path, 'steps.jsonl'), 'utf8')}{"num`,
  );
  writeFileSync(join(run.path, 'meta.json'), '');
  const [read] = await readStepRuns(folder);
  assert.deepEqual([read?.state, read?.steps.length, read?.problems.length], ['cut-off', 1, 2]);
  assert.deepEqual(await readStepRuns(join(folder, 'none')), []);
});

test('prunes by count, and never one that is going on', async (context) => {
  const folder = temporaryFolder(context);
  const going = await StepRun.open(folder, head({ date: new Date(2026, 0, 1) }));
  for (let day = 2; day <= 5; day++) {
    const run = await StepRun.open(folder, head({ date: new Date(2026, 0, day) }));
    await run.close(day === 3 ? 'failed' : 'done');
  }
  assert.deepEqual(await pruneStepRuns(folder, 2), ['2026-01-03_000000', '2026-01-02_000000']);
  assert.deepEqual(
    (await readStepRuns(folder)).map(({ name }) => name),
    ['2026-01-05_000000', '2026-01-04_000000', going.name],
  );
  await going.close('done');
});
