import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { checkout, runOmOps } from '@om-ops/test-support/om-ops';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';

const isRoot = process.getuid?.() === 0;
const program = join(checkout, 'bin/om-ops');

function siteBelow(t: CleansUp, env = 'PORT=3001\n') {
  const folder = temporaryFolder(t);
  const file = join(folder, 'om-ops.yaml');
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  writeFileSync(join(folder, '.env.production'), env);
  writeFileSync(file, 'root: .\nstate: state\nenvFiles: [.env.production]\n');
  return { folder, file, state: join(folder, 'state') };
}

function isPlain(text: string): void {
  assert.equal(/\n\s+at |node:internal|node:fs/.test(text), false, text);
}

describe('a home that may not be searched', () => {
  it('stops no command', async (t) => {
    const home = temporaryFolder(t);
    mkdirSync(join(home, 'closed'), { mode: 0o000 });
    if (isRoot) chmodSync(home, 0o755);
    const options = {
      env: { HOME: join(home, 'closed'), OM_OPS_STATE: join(home, 'none') },
      ...(isRoot ? { uid: 65534, gid: 65534 } : {}),
    };
    for (const argv of [['--version'], ['config', 'show'], ['backup', 'list'], ['plugins']]) {
      const result = await runOmOps(argv, options);
      assert.equal(result.code, 0, `${argv.join(' ')}: ${result.stderr}`);
      isPlain(result.stderr);
    }
    assert.equal((await runOmOps(['backup', 'list', '--json'], options)).json().ok, true);
  });
});

describe('a working folder that was deleted', () => {
  const gone = async (folder: string, ...argv: string[]) => {
    const script = `mkdir -p "$1" && cd "$1" && rmdir "$1" && shift && exec "$@"`;
    return exec('sh', ['-c', script, 'sh', join(folder, 'gone'), program, ...argv], {
      accept: 'any',
    });
  };

  it('stops no command that does without it', async (t) => {
    const { folder, file } = siteBelow(t);
    for (const argv of [
      ['--version'],
      ['--help'],
      ['backup', 'list', '--site', file],
      ['config', 'path', '--site', file],
    ]) {
      const result = await gone(folder, ...argv);
      assert.equal(result.exitCode, 0, `${argv.join(' ')}: ${result.stderr}`);
      isPlain(result.stderr);
    }
  });

  it('is named in one sentence where it is needed', async (t) => {
    const { folder } = siteBelow(t);
    for (const argv of [
      ['config', 'show'],
      ['backup', 'list', '--site', 'om-ops.yaml'],
      ['init', '--yes'],
    ]) {
      const result = await gone(folder, ...argv);
      assert.equal(result.exitCode, 5, argv.join(' '));
      assert.match(result.stderr, /Error: The folder you are in does not exist any more/);
      isPlain(result.stderr);
    }
  });
});

describe('files of settings that are none', () => {
  it('hold up no command', async (t) => {
    const { folder, file } = siteBelow(t);
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    writeFileSync(file, 'root: .\nstate: state\nenvFiles: [fifo]\n');
    const listed = await runOmOps(['backup', 'list', '--site', file, '--json']);
    assert.equal(listed.code, 0);
    assert.deepEqual(listed.json().warnings, [
      `Cannot read the env file ${fifo}: it is a FIFO, no file.`,
    ]);
    writeFileSync(file, 'root: .\nstate: state\nenvFiles: [large]\n');
    writeFileSync(join(folder, 'large'), Buffer.alloc(1024 * 1024 + 1, 'x'));
    assert.match((await runOmOps(['backup', 'list', '--site', file])).stderr, /larger than 1 MiB/);
  });

  it('are no site profile: exit 2', async (t) => {
    const { folder } = siteBelow(t);
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    writeFileSync(join(folder, 'large'), Buffer.alloc(1024 * 1024 + 1, '#'));
    const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 9; at++)
      laughs.push(
        `a${at}: &a${at} [${Array(9)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      );
    writeFileSync(join(folder, 'laughs'), laughs.join('\n'));
    writeFileSync(join(folder, 'deep'), `root: ${'['.repeat(50_000)}`);
    for (const [name, why] of [
      ['.', 'it is a folder'],
      ['fifo', 'it is a FIFO'],
      ['large', 'larger than 1 MiB'],
      ['laughs', 'alias count'],
      ['deep', ''],
    ] as const) {
      for (const command of ['show', 'validate']) {
        const result = await runOmOps(['config', command, '--site', join(folder, name), '--json']);
        assert.equal(result.code, 2, `${name}: ${result.stdout}`);
        const { error } = result.json();
        assert.equal(error.code, 'E_SITE_INVALID');
        assert.ok(error.message.includes(why), error.message);
      }
    }
  });
});

describe('a secret that is an ordinary word', () => {
  it('breaks neither paths nor states', async (t) => {
    const { folder, file, state } = siteBelow(t);
    const now = new Date();
    const two = (number: number) => String(number).padStart(2, '0');
    const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    writeFileSync(
      join(folder, '.env.production'),
      `BUILD_DATE=${day}\nREV=${day}_1011\nPIN=${now.getFullYear()}\nADMIN_PASSWORD=complete\nDATE_PASSWORD=${day}\nJWT_SECRET=kx83jd92lsCANARY\n`,
    );
    const made = await runOmOps(['backup', 'run', 'config', '--site', file, '--json']);
    const { backups } = made.json<{ backups: { path: string }[] }>().result;
    assert.match(backups[0]?.path ?? '', new RegExp(`/config/config-${day}_\\d{4}\\.tar\\.gz$`));
    const listed = await runOmOps(['backup', 'list', '--site', file, '--json']);
    assert.ok(listed.stdout.includes(backups[0]?.path ?? 'no path'));
    assert.equal(listed.stdout.includes('REDACTED'), false, listed.stdout);
    await runOmOps(['backup', 'run', 'kx83jd92lsCANARY', '--site', file]);
    const log = readFileSync(join(state, 'om-ops.log'), 'utf8');
    assert.ok(log.includes(`config-${day}_`), log);
    assert.equal(log.includes('CANARY'), false);
  });
});

describe('a torn operations log', () => {
  it('is mended before the next line, and that is said', async (t) => {
    const { file, state } = siteBelow(t);
    const log = join(state, 'om-ops.log');
    appendFileSync(log, 'whole\n2026-11-22T10:20:29.6');
    const result = await runOmOps(['backup', 'list', '--site', file]);
    assert.equal(result.code, 0);
    assert.match(result.stderr, /Warning: The last line of .*om-ops\.log was torn/);
    const lines = readFileSync(log, 'utf8').split('\n');
    assert.deepEqual(lines.slice(0, 2), ['whole', '2026-11-22T10:20:29.6']);
    assert.match(lines[2] ?? '', /^\S+ INFO +backup:list /);
    assert.equal((await runOmOps(['backup', 'list', '--site', file])).stderr, '');
  });
});

describe('no site profile', () => {
  it('is said first, with what to do, and a command that fails makes nothing below STATE', async (t) => {
    const folder = temporaryFolder(t);
    const state = join(folder, 'state');
    const options = {
      cwd: folder,
      env: { OM_OPS_STATE: state, HOME: folder, XDG_CONFIG_HOME: folder },
    };
    const said = 'There is no site profile; these are built-in defaults. Write one: om-ops init';
    const doctor = await runOmOps(['doctor'], options);
    assert.ok(doctor.stdout.startsWith(`${said}\n`), doctor.stdout);
    for (const argv of [
      ['analysis', 'run', 'prod'],
      ['backup', 'run', 'server'],
    ]) {
      const { code, stderr } = await runOmOps(argv, options);
      assert.equal(code, 5, stderr);
      const lines = stderr.split('\n');
      const at = lines.indexOf(`Warning: ${said}`);
      assert.ok(at >= 0 && lines[at + 1]?.startsWith('Error: '), stderr);
    }
    assert.equal(
      (
        await runOmOps(
          ['changelog', 'add', '--type', 'note', '--actor', 'user', '--text', 'x'],
          options,
        )
      ).code,
      1,
    );
    assert.equal(existsSync(state), false);
  });
});
