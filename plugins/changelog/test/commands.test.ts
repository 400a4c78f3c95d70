import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openChangelog, type Session, type Verification } from '@om-ops/kit/journal';
import { runCommand } from '@om-ops/test-support/command';
import { checkout, type RunResult, runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';
import ChangelogAdd from '../src/commands/changelog/add.ts';
import ChangelogClose from '../src/commands/changelog/close.ts';
import ChangelogList from '../src/commands/changelog/list.ts';
import ChangelogPrune from '../src/commands/changelog/prune.ts';
import ChangelogReport from '../src/commands/changelog/report.ts';
import ChangelogShow from '../src/commands/changelog/show.ts';
import ChangelogStart from '../src/commands/changelog/start.ts';
import ChangelogVerify from '../src/commands/changelog/verify.ts';
import { writeSampleState } from './sample-state.ts';

const commands = {
  add: ChangelogAdd,
  close: ChangelogClose,
  list: ChangelogList,
  prune: ChangelogPrune,
  report: ChangelogReport,
  show: ChangelogShow,
  start: ChangelogStart,
  verify: ChangelogVerify,
};

interface Shell {
  state: string;
  run(...argv: string[]): Promise<RunResult>;
  /** `run` with `--json`; fails unless the exit code is this. */
  json<R>(exit: number, ...argv: string[]): Promise<ReturnType<typeof asJson<R>>>;
}

const asJson = <R>(result: RunResult) => result.json<R>();

function shell(context: TestContext, options: { input?: string; cwd?: string } = {}): Shell {
  const state = temporaryFolder(context);
  const run = (name = '', ...argv: string[]): Promise<RunResult> =>
    runCommand(commands[name as keyof typeof commands], argv, { state, ...options });
  return {
    state,
    run,
    async json<R>(exit: number, ...argv: string[]) {
      const result = await run(...argv, '--json');
      assert.equal(result.code, exit, `${argv.join(' ')}: ${result.stdout}${result.stderr}`);
      return result.json<R>();
    },
  };
}

test('a work session from its start to its end', async (context) => {
  const { state, run, json } = shell(context);
  const started = await json<{ session: Session }>(
    0,
    ...[
      'start',
      '--title',
      'Record Table Config',
      '--scope',
      'server',
      '--tags',
      'records, config',
    ],
  );
  assert.deepEqual(started.result.session.tags, ['records', 'config']);
  await json(0, 'add', '--type', 'prompt', '--actor', 'user', '--text', 'Implement it');
  const shown = await run(
    'add',
    '--type',
    'result',
    '--actor',
    'cursor',
    '--text',
    'Done',
    '--outcome',
    'success',
  );
  assert.match(shown.stdout, /^Entry 2 of session [0-9a-f]{8}\.\n$/);
  assert.match((await run('show')).stdout, /result {2}cursor {2}success\n {2}Done/);
  const { result } = await json<{ session: Session; entries: { content: string }[] }>(0, 'show');
  assert.deepEqual(
    result.entries.map(({ content }) => content),
    ['Implement it', 'Done'],
  );
  assert.equal(
    (await json<{ entries: object[] }>(0, 'show', '--last', '1')).result.entries.length,
    1,
  );
  const closed = await json<{ session: Session }>(
    0,
    'close',
    '--summary',
    'Stable',
    '--outcome',
    'success',
  );
  assert.deepEqual(
    [closed.result.session.status, closed.result.session.summary, closed.result.session.outcome],
    ['CLOSED', 'Stable', 'success'],
  );
  const listed = await json<{ sessions: Session[]; active: null }>(0, 'list', '--days', '7');
  assert.deepEqual([listed.result.sessions.length, listed.result.active], [1, null]);
  assert.match(
    (await run('list')).stdout,
    /^SESSION .*\n.* CLOSED {2}success {2}server .* Record Table Config/,
  );
  assert.equal((await run('report')).code, 0);
  const report = join(state, 'changelog/report.html');
  assert.equal(statSync(report).mode & 0o777, 0o600);
  assert.match((await run('report', '--where')).stdout, new RegExp(`^${report}\n`));
  assert.match((await run('verify')).stdout, /\nok {6}[0-9a-f]{8} /);
});

test('says the same in a process of its own', async (context) => {
  const { state, run } = shell(context);
  writeSampleState(state, { sessions: 2, entriesPerSession: 1 });
  for (const argv of [
    ['list'],
    ['list', '--json'],
    ['show', 'nosuch'],
    ['list', '--dayz', '3', '--json'],
  ]) {
    const { code, stdout, stderr } = await run(...argv);
    const real = await runOmOps(['changelog', ...argv], { env: { OM_OPS_STATE: state } });
    assert.deepEqual(
      { code, stdout, stderr },
      { code: real.code, stdout: real.stdout, stderr: real.stderr },
    );
  }
});

test('the text comes from stdin, attachments from the current folder', async (context) => {
  const cwd = temporaryFolder(context);
  writeFileSync(join(cwd, 'one.txt'), '');
  writeFileSync(join(cwd, 'two.txt'), '');
  const { json } = shell(context, { cwd, input: 'several\nlines\n' });
  await json(0, 'start', '--title', 'x');
  const entry = ['add', '--type', 'note', '--actor', 'user', '--text', '-'];
  const { result } = await json<{ entry: { content: string; attachments: string[] } }>(
    0,
    ...[...entry, '--attach', 'one.txt', 'two.txt'],
  );
  assert.equal(result.entry.content, 'several\nlines');
  assert.deepEqual(result.entry.attachments, [join(cwd, 'one.txt'), join(cwd, 'two.txt')]);
  assert.equal((await json(2, ...entry, '--attach', 'three.txt')).error.code, 'E_NO_ATTACHMENT');
});

test('wrong use is one sentence and exit 2; without a session it is exit 1', async (context) => {
  const { state, json } = shell(context);
  const entry = ['--type', 'note', '--actor', 'user', '--text', 'x'];
  assert.equal((await json(1, 'add', ...entry)).error.code, 'E_NO_SESSION');
  assert.equal((await json(1, 'close')).error.code, 'E_NO_SESSION');
  assert.equal((await json(1, 'show')).error.code, 'E_NO_SESSION');
  assert.equal((await json(1, 'report', '--where')).error.code, 'E_NO_REPORT');
  assert.ok(!existsSync(join(state, 'changelog')));
  for (const argv of [
    ['add', '--type', 'idea', '--actor', 'user', '--text', 'x'],
    ['add', '--type', 'note', '--text', 'x'],
    ['add', '--type', 'note', '--actor', 'user', '--text', ' '],
    ['start'],
    ['start', '--title', '\n'],
    ['start', '--title', 'x', '--scope', 'moon'],
    ['list', '--days', '0'],
    ['prune'],
    ['show', 'nosuch'],
  ]) {
    const { error } = await json(2, ...argv);
    assert.ok(error.message.length > 10, argv.join(' '));
  }
});

test('a dry run changes nothing', async (context) => {
  const { state, json } = shell(context);
  await json(0, 'start', '--title', 'x', '--dry-run');
  await json(0, 'report', '--dry-run');
  assert.equal(existsSync(join(state, 'changelog')), false);
  writeSampleState(state, { sessions: 3, entriesPerSession: 2 });
  await json(0, 'list');
  const before = treeOf(state);
  await json(0, 'start', '--title', 'x', '--dry-run');
  await json(0, 'add', '--type', 'note', '--actor', 'user', '--text', 'x', '--dry-run');
  await json(0, 'close', '--dry-run');
  await json(0, 'report', '--dry-run');
  await json(0, 'prune', '--days', '1', '--dry-run');
  assert.deepEqual(treeOf(state), before);
});

function treeOf(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.log'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((path) => [path, readFileSync(path, 'utf8')]);
}

test('prune asks first, and deletes only what is old and closed', async (context) => {
  const { state, json, run } = shell(context);
  const now = new Date(Date.now() - 9 * 24 * 3600 * 1000);
  writeSampleState(state, { sessions: 4, entriesPerSession: 2, now });
  const refused = await json(3, 'prune', '--days', '5');
  assert.equal(refused.error.code, 'E_UNCONFIRMED');
  assert.equal((await run('prune', '--days', '5', '--confirm', 'yes')).code, 3);
  assert.equal(openChangelog(state).sessions().length, 4);
  const { result } = await json<{ sessions: Session[] }>(
    0,
    'prune',
    '--days',
    '5',
    '--confirm',
    'YES APPLY',
  );
  assert.equal(result.sessions.length, 3);
  assert.deepEqual(
    openChangelog(state)
      .sessions()
      .map(({ status }) => status),
    ['ACTIVE'],
  );
  assert.equal((await json(0, 'prune', '--days', '5')).ok, true);
});

test('verify names what was changed and exits 6', async (context) => {
  const { state, json, run } = shell(context);
  const [id = ''] = writeSampleState(state, { sessions: 2, entriesPerSession: 4 });
  const path = join(openChangelog(state).session(id).path, 'entries.jsonl');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"actor":"user"', '"actor":"system"'));
  const { ok, error, result } = await json<Verification>(6, 'verify');
  assert.deepEqual([ok, error.code, error.exit], [false, 'E_CHANGELOG_BROKEN', 6]);
  assert.deepEqual(
    result.sessions.map(({ status }) => status),
    ['broken', 'ok'],
  );
  const text = await run('verify', id);
  assert.match(text.stdout, /BROKEN/);
  assert.match(text.stdout, /The entry in line \d was altered/);
  assert.match(text.stderr, /1 session is not as om-ops wrote it: 1 problem/);
  const made = await json<{ made: { broken: number } }>(0, 'report');
  assert.equal(made.result.made.broken, 1);
});

test('verify exits 6 when headers are gone, disagree, or a session is removed whole', async (context) => {
  const { state, run, json } = shell(context);
  const add = ['add', '--type', 'note', '--actor', 'user', '--text', 'x'];
  const broken = async (message: RegExp): Promise<void> => {
    const { error, result } = await json<Verification>(6, 'verify');
    assert.equal(error.code, 'E_CHANGELOG_BROKEN');
    const messages = result.sessions.flatMap(({ problems }) => problems.map((one) => one.message));
    assert.match(messages.join('\n'), message);
  };
  await run('start', '--title', 'one');
  for (let count = 0; count < 3; count++) await run(...add);
  const { path } = openChangelog(state).activeSession() ?? { path: '' };
  const file = (name: string): string => join(path, name);
  // The audited commands between write entries of their own: all that tells of those is put back.
  const files = [
    ...['session.json', 'meta.json', 'entries.jsonl'].map(file),
    join(state, 'changelog/active_session.json'),
  ];
  const whole = files.map((name) => readFileSync(name));
  const restore = (): void =>
    files.forEach((name, at) => {
      writeFileSync(name, whole[at] ?? '');
    });
  const lines = readFileSync(file('entries.jsonl'), 'utf8').split('\n').slice(0, 2);
  const cut = (): void => writeFileSync(file('entries.jsonl'), `${lines.join('\n')}\n`);

  rmSync(file('session.json'));
  cut();
  await broken(
    /^session\.json is missing: .*\n1 entry is missing at the end: active_session\.json/,
  );
  restore();
  await json(0, 'verify');

  await run('close');
  for (const name of ['session.json', 'meta.json']) {
    const header = JSON.parse(readFileSync(file(name), 'utf8'));
    const { hash } = JSON.parse(lines[1] ?? '');
    writeFileSync(file(name), JSON.stringify({ ...header, entry_count: 2, head: hash }));
  }
  cut();
  await run('list');
  await broken(
    /session\.json and meta\.json count 2, index\.json counted 4 until .*entries\.jsonl 2/,
  );

  await run('start', '--title', 'two');
  await run(...add);
  rmSync(openChangelog(state).activeSession()?.path ?? '', { recursive: true });
  await run('list');
  await broken(/The whole session is gone, with at least 1 entry, and was not pruned/);
});

test('list heals a missing index and a wrong one', async (context) => {
  const { state, json } = shell(context);
  const [id] = writeSampleState(state, { sessions: 2, entriesPerSession: 1 });
  for (const content of [undefined, 'not json', '{"tool":"om-ops","sessions":[]}']) {
    if (content !== undefined) writeFileSync(join(state, 'changelog/index.json'), content);
    const { result } = await json<{ sessions: Session[]; active: string }>(0, 'list');
    assert.deepEqual([result.sessions.length, result.active], [2, id]);
    const index = JSON.parse(readFileSync(join(state, 'changelog/index.json'), 'utf8'));
    assert.equal(index.sessions.length, 2);
  }
});

test('a secret in a text is not kept', async (context) => {
  const canary = 'canary-4f9aXw2q';
  const { state, run } = shell(context, {
    input: `DB_PASSWORD=${canary}\nmysql://root:${canary}@host/db\n`,
  });
  await run('start', '--title', 'x');
  const added = await run('add', '--type', 'note', '--actor', 'user', '--text', '-', '--json');
  assert.match(added.json().warnings[0] ?? '', /looked like a secret/);
  await run('report');
  for (const [path, content] of treeOf(state)) assert.ok(!content.includes(canary), path);
  assert.ok(!added.stdout.includes(canary));
});

test('what is in a text cannot steer the terminal', async (context) => {
  const { run } = shell(context, { input: 'red \u001b[31m bell \u0007 turn \u202e end\n' });
  await run('start', '--title', 'a \u001b]0;title\u0007 b');
  await run('add', '--type', 'note', '--actor', 'user', '--text', '-');
  for (const argv of [['show'], ['list'], ['verify']]) {
    const { stdout } = await run(...argv);
    assert.ok(!/[\u001b\u0007\u202e]/.test(stdout), argv.join(' '));
  }
});

test('forty commands at once: every entry is there', async (context) => {
  const { state, run, json } = shell(context);
  const entry = ['changelog', 'add', '--type', 'note', '--actor', 'system', '--text'];
  await run('start', '--title', 'crowd');
  const codes = await Promise.all(
    Array.from({ length: 40 }, async (_, number) => {
      const { code } = await runOmOps([...entry, `entry ${number}`], {
        env: { OM_OPS_STATE: state },
      });
      return code;
    }),
  );
  assert.deepEqual([...new Set(codes)], [0]);
  const { result } = await json<{ entries: { content: string }[] }>(0, 'show');
  const numbers = result.entries
    .map(({ content }) => Number(content.slice(6)))
    .sort((a, b) => a - b);
  assert.deepEqual(numbers, [...Array(40).keys()]);
  assert.equal((await openChangelog(state).verify()).ok, true);
});

test('somebody who may only read can list, show and verify', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root, to become somebody else');
  const { state } = shell(context);
  writeSampleState(state, { sessions: 2, entriesPerSession: 1 });
  const { spawnSync } = await import('node:child_process');
  spawnSync('chmod', ['-R', 'a+rX', state]);
  for (const argv of [['list'], ['show'], ['verify']]) {
    const { code, stderr } = await runOmOps(['changelog', ...argv, '--json'], {
      env: { OM_OPS_STATE: state, HOME: '/tmp' },
      uid: 65534,
      gid: 65534,
    });
    assert.equal(code, 0, stderr);
  }
});

test('Ctrl-C while the text is being typed ends with 130 and adds nothing', async (context) => {
  const { state, run } = shell(context);
  await run('start', '--title', 'x');
  const argv = ['changelog', 'add', '--type', 'note', '--actor', 'user', '--text', '-'];
  const child = spawn(join(checkout, 'bin/om-ops'), argv, {
    env: { ...process.env, OM_OPS_STATE: state },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  context.after(() => child.kill('SIGKILL'));
  // More than a pipe holds: when all of it is written, om-ops is reading.
  await new Promise((resolve) => child.stdin.write('half '.repeat(180_000), resolve));
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 130);
  const changelog = openChangelog(state);
  assert.equal(changelog.activeSession()?.entry_count, 0);
});
