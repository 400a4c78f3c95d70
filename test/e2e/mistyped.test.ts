import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

const isRoot = process.getuid?.() === 0;

describe('what is typed wrongly', () => {
  const answers: [argv: string[], exit: number, says: RegExp][] = [
    [
      ['changelog', 'start', 'My title'],
      2,
      /`changelog start` takes no argument 'My title'\.[\s\S]*→ The title goes behind a flag: --title "My title"/,
    ],
    [['changelog', 'add', 'hello'], 2, /takes no argument hello\.[\s\S]*--text "hello"/],
    [
      ['changelog', 'add', '--type', 'note'],
      2,
      /^Error: --actor \(user, cursor, assistant or system\) and --text are missing\. \(E_USAGE\)/,
    ],
    [['analysis', 'rnu', 'prod'], 2, /Did you mean: om-ops analysis run\n/],
    [['analyse', 'run', 'prod'], 2, /Did you mean: om-ops analysis run\n/],
    [['config', 'set'], 2, /`om-ops config` has: path, schema, show, validate/],
    [['-v'], 2, /om-ops --version/],
    [['log', 'show', '--level', 'warning'], 2, /Did you mean --level warn\?/],
    [['analysis', 'run', 'prod', '--dedupe', 'full'], 2, /Did you mean --dedupe-mode\?/],
    [
      ['changelog', 'add', '--type', 'note', '--actor', 'user', '--text', '--dry-run'],
      2,
      /through stdin: --text -/,
    ],
    [
      ['changelog', 'add', '--type', 'note', '--actor', 'user', '--text', '-h'],
      2,
      /--text expects a value, not -h\.[\s\S]*through stdin: --text -/,
    ],
    [['backup', 'list', '--site', '--help'], 2, /write it together: --site=--help/],
    [['config', 'path', '--site=~/om.yaml'], 2, /write: --site ~\/om\.yaml/],
  ];
  for (const [argv, exit, says] of answers)
    it(`says what to type instead: ${argv.join(' ')}`, async () => {
      const result = await runOmOps(argv);
      assert.equal(result.code, exit);
      assert.match(result.stderr, says);
      assert.doesNotMatch(result.stderr, /\n\s+at /);
    });

  it('is told at once of a plugin file that is not there, and of a folder', async (test) => {
    const folder = temporaryFolder(test);
    mkdirSync(join(folder, 'plugin'));
    for (const [word, says] of [
      ['./missing.tgz', /There is no file .*missing\.tgz\./],
      ['./plugin', /npm pack /],
    ] as const) {
      const started = performance.now();
      const result = await runOmOps(['plugins', 'install', word], { cwd: folder });
      assert.equal(result.code, 2);
      assert.match(result.stderr, says);
      assert.doesNotMatch(result.stderr, /\n\s+at /);
      assert.ok(performance.now() - started < 30_000);
    }
  });
});

describe('the folder for what is kept', () => {
  it('is not made by a command that fails before its work', async (test) => {
    const folder = temporaryFolder(test);
    const state = join(folder, 'a/state');
    const env = { OM_OPS_STATE: state };
    const result = await runOmOps(['analysis', 'run', '--path', join(folder, 'none')], {
      env,
    });
    assert.notEqual(result.code, 0);
    assert.equal(existsSync(join(folder, 'a')), false);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    await runOmOps(['analysis', 'run', '--path', join(folder, 'none')], { env });
    assert.equal(readdirSync(state).includes('analysis'), false);
  });

  it('is refused when others may write to it, and doctor says so', async (test) => {
    const folder = temporaryFolder(test);
    chmodSync(folder, 0o777);
    const env = { OM_OPS_STATE: folder };
    const result = await runOmOps(['changelog', 'start', '--title', 'x', '--json'], { env });
    assert.equal(result.code, 5);
    assert.equal(result.json().error.code, 'E_UNSAFE_STATE');
    assert.deepEqual(readdirSync(folder), []);
    const doctor = await runOmOps(['doctor', '--json'], { env });
    assert.equal(doctor.code, 6);
    assert.match(doctor.stdout, /may be written to by everybody/);
  });

  it('is not taken for empty by a user who may not look into it', {
    skip: !isRoot,
  }, async (test) => {
    const folder = temporaryFolder(test);
    const state = join(folder, 'state');
    const env = { OM_OPS_STATE: state };
    assert.equal((await runOmOps(['changelog', 'start', '--title', 'x'], { env })).code, 0);
    const { openChangelog } = await import('@om-ops/kit/journal');
    process.seteuid!(65534);
    try {
      await assert.rejects(
        openChangelog(state).append({
          actor: 'user',
          type: 'note',
          content: 'x',
          attachments: [],
          outcome: null,
        }),
        { code: 'E_PERMISSION', exit: 5 },
      );
      await assert.rejects(openChangelog(state).closeSession(), { code: 'E_PERMISSION', exit: 5 });
    } finally {
      process.seteuid!(0);
    }
  });

  it('keeps its log in sight although the clock was set back', async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(
      join(folder, 'om-ops.log'),
      [
        '2026-11-25T09:00:00+00:00 INFO  a exit=0',
        '2026-11-25T09:30:00+00:00 ERROR b exit=1',
        '1970-01-01T00:00:00+00:00 INFO  c exit=0',
        '2026-11-25T10:30:00+00:00 INFO  d exit=0',
        '',
      ].join('\n'),
    );
    const env = { OM_OPS_STATE: folder };
    const shown = async (...more: string[]) =>
      (await runOmOps(['log', 'show', '--since', '2026-11-25', ...more, '--json'], { env })).json()
        .result.lines as { command: string }[];
    assert.deepEqual(
      (await shown()).map(({ command }) => command),
      ['a', 'b', 'd'],
    );
    assert.deepEqual(
      (await shown('--level', 'error')).map(({ command }) => command),
      ['b'],
    );
  });
});

describe('a user whom the system does not know', () => {
  it('gets an answer all the same', { skip: !isRoot }, async (test) => {
    const folder = temporaryFolder(test);
    const { execFileSync } = await import('node:child_process');
    const { checkout } = await import('@om-ops/test-support/om-ops');
    chownSync(folder, 4321, 4321);
    const out = execFileSync(
      'setpriv',
      [
        '--reuid',
        '4321',
        '--clear-groups',
        process.execPath,
        join(checkout, 'dist/main.js'),
        '--version',
      ],
      { env: { PATH: process.env.PATH }, encoding: 'utf8' },
    );
    assert.match(out, /^om-ops\//);
  });
});
