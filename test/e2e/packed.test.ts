import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { type DemoSite, makeDemoSite } from '@om-ops/test-support/demo-site';
import { checkout, runOmOps } from '@om-ops/test-support/om-ops';
import { installPacked } from '@om-ops/test-support/packed';

/** What a user installs: the packed tarballs, in a folder of their own, away from the checkout. */
describe('the packed program', () => {
  let folder = '';
  let program = '';
  let tarballs = '';
  let site: DemoSite;
  let env: Record<string, string>;

  after(() => rmSync(folder, { recursive: true, force: true }));

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'om-ops-packed-')));
    ({ program, tarballs } = await installPacked(join(folder, 'app')));
    mkdirSync(join(folder, 'site'));
    site = makeDemoSite(join(folder, 'site'));
    env = { OM_OPS_SITE: site.profile, HOME: join(folder, 'home') };
    mkdirSync(env.HOME ?? '');
  });

  it('has a manifest in every tarball, and no build leftovers', async () => {
    for (const name of readdirSync(tarballs)) {
      const { stdout } = await exec('tar', ['-tzf', join(tarballs, name)]);
      if (!name.startsWith('om-ops-kit'))
        assert.match(stdout, /^package\/oclif\.manifest\.json$/m, name);
      // The kit's page components, and what they share with the terminal, are bundled from their source.
      const source = name.startsWith('om-ops-kit')
        ? /\/src\/(?!report\/|text\/format\.ts|hidden-characters\.ts)/
        : /\/src\//;
      assert.equal(/tsbuildinfo|\/test\//.test(stdout) || source.test(stdout), false, name);
    }
  });

  it('runs on the Node it ships with', async () => {
    const { stdout } = await runOmOps(['version'], { program, env });
    assert.match(stdout, /^om-ops\/\d+\.\d+\.\d+ linux-\w+ node-v24\./);
  });

  it('has the quick entry of the tick in it', async () => {
    const options = { program, env: { ...env, OM_OPS_NOW: '2026-01-14T00:00:30Z', TZ: 'UTC' } };
    const tick = () => runOmOps(['schedule', 'tick', '--json'], options);
    assert.equal((await runOmOps(['schedule', 'pause', '--for', '1h'], options)).code, 0);
    await tick();
    const { code, json } = await tick();
    assert.equal(code, 0);
    assert.deepEqual(json<{ ran: unknown[] }>().result.ran, []);
    const [record = ''] = readdirSync(join(folder, 'home/.cache/om-ops')).filter((name) =>
      name.startsWith('tick-'),
    );
    const { key } = JSON.parse(
      readFileSync(join(folder, 'home/.cache/om-ops', record), 'utf8'),
    ) as { key: string };
    assert.ok(key.includes(join(folder, 'app/node_modules/om-ops')), key);
  });

  it('says what is missing, with exit 5, when there is no Node for it', async () => {
    const bare = join(folder, 'bare');
    cpSync(join(folder, 'app/node_modules/om-ops/bin'), join(bare, 'bin'), { recursive: true });
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    for (const tool of ['sh', 'uname', 'readlink', 'dirname']) {
      const { stdout } = await exec('sh', ['-c', `command -v ${tool}`]);
      symlinkSync(stdout.trim(), join(tools, tool));
    }
    const result = await runOmOps(['version'], {
      program: join(bare, 'bin/om-ops'),
      env: { PATH: tools },
    });
    assert.equal(result.code, 5);
    assert.match(result.stderr, /needs Node 22\.15 or newer/);
  });

  it('does the main job: back up, verify, lose a file, restore, and writes all of it down', async () => {
    const run = (...argv: string[]) => runOmOps([...argv, '--json'], { program, env });
    assert.equal((await run('changelog', 'start', '--title', 'Night shift')).code, 0);
    const made = await run('backup', 'run', '--all');
    assert.equal(made.code, 0, made.stderr + made.stdout);
    const { backups } = made.json<{
      backups: { category: string; path: string; files: number; sha256: string }[];
    }>().result;
    assert.deepEqual(
      backups.map(({ category }) => category),
      ['prod', 'server', 'front-end', 'images', 'nginx', 'config', 'database'],
    );
    for (const { path, sha256 } of backups) {
      assert.equal(createHash('sha256').update(readFileSync(path)).digest('hex'), sha256);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }
    const verified = await run('backup', 'verify');
    assert.equal(verified.code, 0, verified.stdout);
    const lost = join(site.root, 'server/src/routes/records.js');
    const content = readFileSync(lost, 'utf8');
    rmSync(lost);
    const target = join(folder, 'restored');
    const restored = await run(
      'backup',
      'restore',
      'server',
      '--to',
      target,
      '--only',
      'src/routes/records.js',
    );
    assert.equal(restored.code, 0, restored.stdout);
    assert.equal(readFileSync(join(target, 'src/routes/records.js'), 'utf8'), content);
    const unasked = await run(
      'backup',
      'restore',
      'server',
      '--in-place',
      '--only',
      'src/routes/records.js',
    );
    assert.equal(unasked.code, 3);
    assert.equal(existsSync(lost), false);
    const inPlace = await run(
      'backup',
      'restore',
      'server',
      '--in-place',
      '--only',
      'src/routes/records.js',
      '--confirm',
      'YES APPLY',
    );
    assert.equal(inPlace.code, 0, inPlace.stdout);
    assert.equal(readFileSync(lost, 'utf8'), content);

    const log = readFileSync(join(site.state, 'om-ops.log'), 'utf8');
    for (const command of ['backup:run', 'backup:verify', 'backup:restore'])
      assert.match(log, new RegExp(` INFO  ${command} exit=0 `));
    assert.match(log, / WARN {2}backup:restore exit=3 /);
    assert.match(readFileSync(join(site.state, 'om-recovery.log'), 'utf8'), /backup:run/);
    const shown = await run('changelog', 'show');
    assert.match(shown.stdout, /om-ops backup run --all/);
    assert.equal((await run('changelog', 'verify')).code, 0);
  });

  it('lets no secret into anything it writes or prints', async () => {
    const everything: string[] = [];
    for (const argv of [
      ['config', 'show'],
      ['doctor'],
      ['log', 'show'],
      ['backup', 'list'],
      ['changelog', 'show'],
    ]) {
      const { stdout, stderr } = await runOmOps(argv, { program, env });
      everything.push(stdout, stderr);
    }
    const unpacked = join(folder, 'unpacked');
    for (const name of readdirSync(site.state, { recursive: true, encoding: 'utf8' })) {
      const path = join(site.state, name);
      if (!statSync(path).isFile()) continue;
      if (!name.endsWith('.tar.gz')) {
        everything.push(readFileSync(path, 'latin1'));
        continue;
      }
      const into = join(unpacked, name);
      mkdirSync(into, { recursive: true });
      await exec('tar', ['-xzf', path, '-C', into]);
      for (const member of readdirSync(into, { recursive: true, encoding: 'utf8' })) {
        const file = join(into, member);
        if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
        everything.push(
          member.endsWith('.gz')
            ? (await exec('gunzip', ['-c', file])).stdout
            : readFileSync(file, 'latin1'),
        );
      }
    }
    for (const secret of site.secrets) {
      assert.equal(
        everything.some((text) => text.includes(secret)),
        false,
        secret,
      );
    }
    assert.ok(everything.some((text) => text.includes('DB_PASSWORD=<REDACTED>')));
  });

  it('installs a plugin from a path, with one kit in the process, and mends the link when the binary moves', async () => {
    const plugin = join(checkout, 'test/fixtures/plugin-hello');
    await exec('npm', ['pack', '--silent', '--pack-destination', folder, plugin], { cwd: folder });
    const installed = await runOmOps(['plugins', 'install', './om-ops-plugin-hello-1.0.0.tgz'], {
      program,
      env,
      cwd: folder,
    });
    assert.equal(installed.code, 0, installed.stderr);
    const said = await runOmOps(['hello', 'say', 'Ada', '--json'], { program, env });
    assert.deepEqual(said.json().result, { said: 'hello Ada' });
    // The exit code of an OpsError survives only when kit and oclif are one copy.
    assert.equal((await runOmOps(['hello', 'say', 'nobody'], { program, env })).code, 5);

    await proveHello();

    const moved = join(folder, 'moved');
    renameSync(join(folder, 'app'), moved);
    program = join(moved, 'node_modules/.bin/om-ops');
    const afterMove = await runOmOps(['hello', 'say', 'Bob'], { program, env });
    assert.equal(afterMove.stdout, 'hello Bob\n', afterMove.stderr);
  });

  /** Everything that a plugin of somebody else's may have: a section, a program, a service, checks, a panel, a stream, a change. */
  async function proveHello(): Promise<void> {
    const run = (...argv: string[]) => runOmOps([...argv, '--json'], { program, env });
    const { requirements } = (await run('doctor')).json<{
      requirements: { plugin: string; name: string; state: string }[];
    }>().result;
    const shell = requirements.find(({ plugin, name }) => plugin === 'hello' && name === 'sh');
    assert.equal(shell?.state, 'ok');

    const nobody = await run('hello', 'ask');
    assert.deepEqual([nobody.code, nobody.json().error.code], [5, 'E_NO_SERVICE']);
    writeFileSync(join(site.root, 'greeter.pid'), String(process.pid));
    const asked = await run('hello', 'ask');
    assert.equal(asked.code, 0, asked.stdout);
    const { pid, panels, checks, files } = asked.json<{
      pid: number;
      panels: string[];
      checks: string[];
      files: string[];
    }>().result;
    assert.equal(pid, process.pid);
    assert.ok(panels.includes('hello healthy') && panels.some((one) => one.startsWith('backup ')));
    assert.ok(checks.includes('hello.greeting healthy') && checks.includes('hello.stuck unknown'));
    assert.ok(files.includes('hello env'));
    const profile = join(folder, 'systemd.yaml');
    writeFileSync(
      profile,
      `${readFileSync(site.profile, 'utf8')}backend: {service: {manager: systemd}}\n`,
    );
    const other = await run('hello', 'ask', '--site', profile);
    assert.deepEqual([other.code, other.json().error.code], [5, 'E_NO_SERVICE']);
    writeFileSync(profile, `${readFileSync(site.profile, 'utf8')}hello: {greetin: moin}\n`);
    const wrong = await run('hello', 'say', 'Ada', '--site', profile);
    assert.equal(wrong.code, 2);
    assert.match(wrong.json().error.message, /did you mean `greeting`/);

    const heard = await run('hello', 'watch', '--follow');
    const lines = heard.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual([heard.code, lines[0]?.line.text, lines.at(-1)?.ok], [0, 'hello', true]);
    assert.ok(!heard.stdout.includes('hunter2'));

    const file = join(site.root, 'greeting.conf');
    writeFileSync(file, 'GREETING=moin\n', { mode: 0o640 });
    const write = (text: string, ...more: string[]) =>
      run('hello', 'write', '--text', text, ...more);
    assert.equal((await write('servus')).code, 3);
    assert.equal((await write('servus', '--dry-run')).json().result.outcome, 'planned');
    const yes = ['--confirm', 'YES APPLY'];
    const undone = await write('rude', ...yes);
    assert.deepEqual([undone.code, undone.json().error.code], [1, 'E_UNDONE']);
    assert.equal(readFileSync(file, 'utf8'), 'GREETING=moin\n');
    assert.equal((await write('servus', ...yes)).json().result.outcome, 'applied');
    assert.equal((await write('servus', ...yes)).json().result.outcome, 'unchanged');
    assert.equal(readFileSync(file, 'utf8'), 'GREETING=servus\n');
    assert.equal(statSync(file).mode & 0o777, 0o640);
    // Where it says that its configuration lies, the backup of config finds it.
    const into = join(folder, 'config-with-hello');
    assert.equal((await run('backup', 'run', 'config')).code, 0);
    assert.equal((await run('backup', 'restore', 'config', '--to', into)).code, 0);
    assert.match(readFileSync(join(into, 'env/greeting.conf.template'), 'utf8'), /GREETING=/);
  }
});
