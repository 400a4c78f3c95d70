import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { envAssignments, parseEnvFile } from '@om-ops/kit/site';
import { runCommand } from '@om-ops/test-support/command';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { withVariable } from '../src/change/written-value.ts';
import EnvCheck from '../src/commands/env/check.ts';
import EnvDiff from '../src/commands/env/diff.ts';
import EnvExample from '../src/commands/env/example.ts';
import EnvFix from '../src/commands/env/fix.ts';
import EnvReport from '../src/commands/env/report.ts';
import EnvSecrets from '../src/commands/env/secrets.ts';
import EnvSet from '../src/commands/env/set.ts';
import EnvShow from '../src/commands/env/show.ts';

interface Found {
  result: { findings: { code: string; level: string; name: string | null; text: string }[] };
}

const yes = ['--confirm', 'YES APPLY'];
/** Random enough for every rule. */
const good = ['q8Wz3nRf1KbY7vTd', 'Xs5mHc2PjLg9aUe4', 'Fw6oZt1DyQk8iNb3'];

function envSite(test: CleansUp, files: Record<string, string>, env: object = {}) {
  const folder = temporaryFolder(test);
  const root = join(folder, 'site');
  mkdirSync(root);
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(root, name), text, { mode: 0o600 });
  const site = join(folder, 'om-ops.yaml');
  writeFileSync(
    site,
    JSON.stringify({
      site: 'demo',
      root,
      state: join(folder, 'state'),
      envFiles: ['.env', '.env.local'],
      database: { engine: 'none' },
      env,
    }),
  );
  return { folder, root, site, file: join(root, '.env'), state: join(folder, 'state') };
}

async function codesOf(site: string): Promise<string[]> {
  const result = await runCommand(EnvCheck, ['--json'], { site });
  return result
    .json<Found['result']>()
    .result.findings.map(({ code, name }) => (name === null ? code : `${code} ${name}`));
}

describe('env check', () => {
  it('finds nothing in good files, with 0', async (test) => {
    const { site } = envSite(
      test,
      { '.env': `NODE_ENV=production\nAUTH_SECRET=${good[0]}\nPORT=3001\n` },
      { required: ['AUTH_SECRET'] },
    );
    const result = await runCommand(EnvCheck, [], { site });
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.match(result.stdout, /Nothing is wrong/);
  });

  it('names each kind of fault, and no value in text, JSON or log', async (test) => {
    const { site, root, state } = envSite(
      test,
      {
        '.env': [
          'NODE_ENV=production',
          'DEBUG=true',
          'AUTH_SECRET=<your secret here>',
          'EMPTY=',
          'ADMIN_PASSWORD=password123',
          'API_TOKEN=aaaaaaaaaaaaaaaaaaaaaaaa',
          `ONE_SECRET=${good[0]}`,
          `TWO_SECRET="${good[0]}"`,
          'DATABASE_URL=postgres://app:elsewhere-77@db:5433/x',
          'DB_PASSWORD=elsewhere-78-long',
          'SHORT_SECRET=Zk3!q',
          'PASS=abc#Q9wTz4kLmN2p',
          'WORKERS=many',
          'G_ID=x1',
          'STRIPE_KEY=sk_test_A8s7d6f5g4h3j2k1l0',
          'TWICE=1',
          'TWICE=2',
          'OPEN="never closed',
          'no assignment at all',
        ].join('\n'),
        '.env.bak': 'OLD=1\n',
        '.env.example': `AUTH_SECRET=\nNEVER_SET=\nONE_SECRET=${good[0]}\n`,
      },
      {
        required: ['AUTH_SECRET', 'EMPTY', 'ABSENT'],
        types: { WORKERS: 'integer' },
        oneOf: [['NOPE_A', 'NOPE_B']],
        integrations: { google: ['G_ID', 'G_SECRET'] },
        agree: [['DATABASE_URL.password', 'DB_PASSWORD']],
      },
    );
    chmodSync(join(root, '.env'), 0o644);
    // A command that looks makes no STATE of its own.
    mkdirSync(state, { mode: 0o700 });
    const result = await runCommand(EnvCheck, ['--json'], { site });
    assert.equal(result.code, 6);
    const { findings } = result.json<Found['result']>().result;
    const has = (code: string, level: string, name: string | null = null) =>
      assert.ok(
        findings.some(
          (one) => one.code === code && one.level === level && (name === null || one.name === name),
        ),
        `${code} ${level} ${name}: ${JSON.stringify(findings, null, 1)}`,
      );
    has('mode', 'critical');
    has('copy', 'warning');
    has('placeholder', 'critical', 'AUTH_SECRET');
    has('empty', 'critical', 'EMPTY');
    has('missing', 'critical', 'ABSENT');
    has('default', 'critical', 'ADMIN_PASSWORD');
    has('weak', 'critical', 'API_TOKEN');
    has('reused', 'warning', 'TWO_SECRET');
    has('short', 'warning', 'SHORT_SECRET');
    has('cut', 'warning', 'PASS');
    has('type', 'warning', 'WORKERS');
    has('one-of', 'critical');
    has('half-set', 'warning', 'G_SECRET');
    has('disagree', 'critical', 'DB_PASSWORD');
    has('debug', 'warning', 'DEBUG');
    has('test-key', 'warning', 'STRIPE_KEY');
    has('duplicate', 'warning', 'TWICE');
    has('open-quote', 'critical', 'OPEN');
    has('malformed', 'warning');
    has('not-set', 'warning', 'NEVER_SET');
    has('example-secret', 'critical', 'ONE_SECRET');
    const text = await runCommand(EnvCheck, ['--notes'], { site });
    const weak = await runCommand(EnvSecrets, ['--json'], { site });
    assert.equal(weak.code, 6);
    const log = readFileSync(join(state, 'om-ops.log'), 'utf8');
    for (const value of [
      good[0] as string,
      'elsewhere-77',
      'elsewhere-78',
      'password123',
      'Zk3!q',
      'Q9wTz4kLmN2p',
      'A8s7d6f5g4',
    ])
      for (const said of [result.stdout, text.stdout, text.stderr, weak.stdout, log])
        assert.ok(!said.includes(value), value);
  });

  it('knows what git has of it, and whether an image takes it', async (test) => {
    const { site, root } = envSite(test, {
      '.env': `A_SECRET=${good[0]}\n`,
      Dockerfile: 'FROM scratch\nCOPY . /app\n',
    });
    const git = (...args: string[]) =>
      assert.equal(
        spawnSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]).status,
        0,
        args.join(' '),
      );
    git('init', '-q');
    assert.deepEqual((await codesOf(site)).sort(), ['image', 'not-ignored']);
    git('add', '.env');
    git('commit', '-qm', 'x');
    assert.ok((await codesOf(site)).includes('tracked'));
    git('rm', '-q', '--cached', '.env');
    git('commit', '-qm', 'y');
    writeFileSync(join(root, '.gitignore'), '.env\n');
    writeFileSync(join(root, '.dockerignore'), '# x\n.env*\n');
    assert.deepEqual(await codesOf(site), ['committed']);
  });

  it('says that it could not look, with 7, and what is not there', async (test) => {
    const { site, file, root } = envSite(test, {}, { files: ['.env'] });
    assert.deepEqual(await codesOf(site), ['no-file']);
    mkdirSync(file);
    const result = await runCommand(EnvCheck, ['--json'], { site });
    assert.equal(result.code, 7, result.stdout);
    const absent = await runCommand(EnvCheck, [join(root, 'nope')], { site });
    assert.equal(absent.code, 2);
  });
});

describe('env show, report, example, diff', () => {
  it('tell names, places and readers, never values', async (test) => {
    const { site, root } = envSite(test, {
      '.env': `A_SECRET=${good[1]}\nMODE_X=production\nPORT=3001\n`,
      '.env.example': 'PORT=3000\nGONE=\n',
      'app.js':
        'const { A_SECRET, B = 3 } = process.env;\nconsole.log(process.env.NOBODY, process.env.PORT || 1)\n',
      'job.py': "os.environ['A_SECRET']; os.getenv('PY_KEY', 'x')\n",
      'compose.yml': ['x: $', '{DB_NAME:-shop} $', '{A_SECRET}\n'].join(''),
    });
    const report = await runCommand(EnvReport, ['--json'], { site });
    assert.equal(report.code, 0, report.stderr);
    const { keys } = report.json<{
      keys: { name: string; state: string; usedIn: { file: string; hasDefault: boolean }[] }[];
    }>().result;
    const uses = (name: string) =>
      keys
        .find((one) => one.name === name)
        ?.usedIn.map(({ file, hasDefault }) => `${file}${hasDefault ? '?' : ''}`)
        .sort();
    assert.deepEqual(uses('A_SECRET'), ['app.js', 'compose.yml', 'job.py']);
    assert.deepEqual(uses('B'), ['app.js?']);
    assert.deepEqual(uses('NOBODY'), ['app.js']);
    assert.deepEqual(uses('PY_KEY'), ['job.py?']);
    assert.deepEqual(uses('DB_NAME'), ['compose.yml?']);
    assert.equal(keys.find(({ name }) => name === 'NOBODY')?.state, 'missing');
    const show = await runCommand(EnvShow, [], { site });
    const example = await runCommand(EnvExample, [], { site });
    assert.match(example.stdout, /^\+A_SECRET=$/m);
    assert.match(example.stdout, /^\+MODE_X=production$/m);
    const diff = await runCommand(EnvDiff, ['--json'], { site });
    assert.equal(diff.code, 6);
    for (const { stdout } of [report, show, example, diff])
      assert.ok(!stdout.includes(good[1] as string));
    assert.ok(existsSync(root));
  });
});

describe('env set', () => {
  it('sets what stands there and what is new, keeps comments, owner, mode and links, and what was there', async (test) => {
    const { site, file, root, state } = envSite(test, {});
    writeFileSync(join(root, 'real.env'), '# head\nexport A=1 # why\r\nB="x\ny"\nC=3', {
      mode: 0o640,
    });
    symlinkSync('real.env', file);
    const first = await runCommand(EnvSet, ['A=-', ...yes, '--json'], {
      site,
      input: "it's $new\n",
    });
    assert.equal(first.code, 0, first.stdout);
    assert.equal(readFileSync(file, 'utf8'), `# head\nexport A="it's $new" # why\r\nB="x\ny"\nC=3`);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    const second = await runCommand(EnvSet, ['NEW', ...yes], { site, input: 'plain' });
    assert.equal(second.code, 0, second.stderr);
    assert.ok(readFileSync(file, 'utf8').endsWith('C=3\r\nNEW=plain\r\n'));
    const kept = readdirSync(join(state, 'env/backups'));
    assert.equal(kept.length, 2);
    assert.equal(statSync(join(state, 'env/backups', kept[0] as string)).mode & 0o777, 0o600);
    const again = await runCommand(EnvSet, ['NEW', ...yes, '--json'], { site, input: 'plain' });
    assert.equal(again.json<{ outcome: string }>().result.outcome, 'unchanged');
    for (const { stdout, stderr } of [first, second, again])
      assert.ok(!`${stdout}${stderr}`.includes("it's $new"));
  });

  it('refuses a value on the command line, an empty one, and what is not confirmed', async (test) => {
    const { site, file } = envSite(test, { '.env': 'A=1\n' });
    const given = await runCommand(EnvSet, ['A=hunter22', ...yes], { site });
    assert.equal(given.code, 2);
    assert.ok(!given.stderr.includes('hunter22'), given.stderr);
    assert.equal((await runCommand(EnvSet, ['A', ...yes], { site, input: '' })).code, 2);
    assert.equal((await runCommand(EnvSet, ['A B', ...yes], { site, input: 'x' })).code, 2);
    assert.equal((await runCommand(EnvSet, ['A'], { site, input: '2' })).code, 3);
    assert.equal((await runCommand(EnvSet, ['A', '--dry-run'], { site, input: '2' })).code, 0);
    assert.equal(readFileSync(file, 'utf8'), 'A=1\n');
  });

  it('writes every value so that it is read back as it is', () => {
    for (const value of [
      'x',
      'a b',
      "it's",
      'say "x"',
      '#start',
      'a#b',
      '$HOME',
      'two\nlines',
      ' edge ',
      'back\\slash',
      'é✓',
      'a\'b"c',
      '`t`',
    ])
      for (const before of ['', 'K=old\n', "K='old' # c\nZ=1\n", 'Z=1']) {
        const text = withVariable(before, 'K', value);
        const keys = envAssignments(parseEnvFile(text));
        assert.equal(keys.get('K')?.value, value, JSON.stringify([before, value, text]));
        assert.equal(keys.get('Z')?.value, before.includes('Z') ? '1' : undefined);
      }
  });
});

describe('env fix', { skip: process.geteuid?.() === 0 ? false : 'needs root' }, () => {
  it('leaves alone what it cannot judge, with 7, and says why', async (test) => {
    const { site, file } = envSite(test, { '.env': 'A=1\n' });
    chmodSync(file, 0o644);
    chownSync(file, 65534, 65534);
    const result = await runCommand(EnvFix, [...yes, '--json'], { site });
    assert.equal(result.code, 7, result.stdout);
    assert.equal(statSync(file).mode & 0o777, 0o644);
  });
});
