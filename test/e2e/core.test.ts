import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { checkout, runOmOps } from '@om-ops/test-support/om-ops';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';

describe('what every command does', () => {
  it('answers wrong flags with one sentence, the nearest flag, exit 2 and no stack', async () => {
    const result = await runOmOps(['config', 'show', '--jsn']);
    assert.equal(result.code, 2);
    assert.equal(result.stdout, '');
    assert.match(
      result.stderr,
      /^Error: Nonexistent flag: --jsn\. \(E_USAGE\)\n {2}→ Did you mean --json\?/,
    );
    assert.equal(/\n\s+at /.test(result.stderr), false);
  });

  it('answers parse errors with the envelope under --json', async () => {
    const result = await runOmOps(['backup', 'list', 'nosuch', '--json']);
    assert.equal(result.code, 2);
    const { ok, command, error } = result.json();
    assert.deepEqual(
      { ok, command, code: error.code, exit: error.exit },
      { ok: false, command: 'backup:list', code: 'E_USAGE', exit: 2 },
    );
  });

  it('says in the envelope that the operations log could not be written', async (t) => {
    const site = smallSite(temporaryFolder(t), {});
    mkdirSync(join(site.state, 'om-ops.log'), { recursive: true, mode: 0o700 });
    const result = await site.run(['backup', 'list', '--json']);
    assert.equal(result.code, 0, result.stderr);
    const said = /^The operations log could not be written: /;
    assert.equal(result.json().warnings.filter((one) => said.test(one)).length, 1);
    assert.equal(result.stderr.match(/operations log/g)?.length, 1);
    const failed = await site.run(['backup', 'verify', 'nosuch', '--json']);
    assert.equal(failed.code, 2);
  });

  it('names each topic and each command once in the help', async () => {
    for (const argv of [['--help'], ['help']]) {
      const { stdout } = await runOmOps(argv);
      const names = [...stdout.matchAll(/^ {2}([a-z][\w-]*) {2}/gm)].map(([, name]) => name);
      assert.ok(names.includes('plugins') && names.includes('doctor'), stdout);
      assert.equal(new Set(names).size, names.length, stdout);
    }
    assert.match((await runOmOps(['plugins', '--help'])).stdout, /plugins install/);
  });

  it('takes nothing from stdin for an argument that was left out', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'om-ops.yaml');
    writeFileSync(file, `site: x\nroot: ${folder}\nstate: state\n`);
    const loop = `printf 'a\nb\nc\n' | while read -r line; do
      "$0" changelog show --site "$1" >/dev/null 2>&1; "$0" log show nothing --site "$1" >/dev/null 2>&1
      echo "$line"; done`;
    const { stdout } = await exec('sh', ['-c', loop, join(checkout, 'bin/om-ops'), file], {
      env: { HOME: folder },
    });
    assert.equal(stdout, 'a\nb\nc\n');
    const shown = await runOmOps(['changelog', 'show', '--site', file], { input: 'x\n' });
    assert.equal(shown.code, 1);
    assert.match(shown.stderr, /No changelog session/);
  });

  it('does not know unknown commands and topics, and names the nearest', async () => {
    for (const argv of [
      ['backup', 'rum'],
      ['bakcup', 'run'],
    ]) {
      const result = await runOmOps(argv);
      assert.equal(result.code, 2);
      assert.match(result.stderr, /Did you mean: om-ops backup run/);
      const { ok, error } = (await runOmOps([...argv, '--json'])).json();
      assert.deepEqual([ok, error.code], [false, 'E_UNKNOWN_COMMAND']);
    }
  });

  it('has help with a summary, a description and an example for every command', async () => {
    const all = JSON.parse((await runOmOps(['commands', '--json'])).stdout) as {
      id: string;
      pluginName: string;
      summary?: string;
      description?: string;
      examples?: string[];
    }[];
    const ours = all.filter(
      ({ pluginName }) => pluginName.startsWith('@om-ops/') || pluginName === 'om-ops',
    );
    assert.ok(ours.length > 10);
    for (const { id, summary, description, examples } of ours) {
      assert.ok(summary && description && examples?.length, id);
    }
    const topics = new Map<string, Set<string>>();
    for (const { id, pluginName } of ours) {
      if (pluginName === 'om-ops') continue;
      const topic = id.split(':')[0] ?? '';
      topics.set(pluginName, (topics.get(pluginName) ?? new Set()).add(topic));
    }
    const owners = new Map<string, string>();
    for (const [plugin, owned] of topics) {
      for (const topic of owned) {
        assert.equal(owners.get(topic) ?? plugin, plugin, `${topic} has two owners`);
        owners.set(topic, plugin);
      }
    }
  });

  it('names file, line and key of a broken profile', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'om-ops.yaml');
    writeFileSync(file, 'site: x\nbackup:\n  compresion: {level: 3}\n');
    const result = await runOmOps(['backup', 'run', 'prod', '--site', file]);
    assert.equal(result.code, 2);
    for (const argv of [['backup', 'list'], ['backup', 'verify'], ['doctor']]) {
      assert.equal((await runOmOps([...argv, '--site', file])).code, 2, argv.join(' '));
    }
    assert.match(
      result.stderr,
      /om-ops\.yaml:3: `backup\.compresion`: unknown key `compresion`; did you mean `compression`\?/,
    );
  });

  it('keeps colours out of pipes and puts them in when forced', async () => {
    const plain = await runOmOps(['config', 'show']);
    assert.equal(plain.stdout.includes('\u001b['), false);
    const forced = await runOmOps(['config', 'show'], {
      env: { NO_COLOR: undefined, FORCE_COLOR: '1' },
    });
    assert.equal(forced.stdout.includes('\u001b['), true);
  });
});

describe('output', () => {
  const bash = async (script: string) => {
    const { exec } = await import('@om-ops/kit');
    return exec('bash', ['-c', script], { accept: 'any' });
  };
  const program = join(checkout, 'bin/om-ops');

  it('may be closed by whoever reads it', async () => {
    for (const argv of ['help', 'config show', 'commands --json', 'version']) {
      const { stdout } = await bash(`${program} ${argv} | true; echo "${'$'}{PIPESTATUS[0]}"`);
      assert.equal(stdout, '0\n', argv);
    }
  });

  it('that cannot be written is an error without a stack', async () => {
    const { stderr, stdout } = await bash(`${program} config show > /dev/full; echo $?`);
    assert.equal(stdout, '1\n');
    assert.match(stderr, /^Error: The result could not be written: ENOSPC/);
    assert.equal(/\n\s+at /.test(stderr), false);
  });

  it('is the envelope for wrong flags of oclif’s own commands too', async () => {
    for (const argv of [
      ['version', '--nosuch', '--json'],
      ['--json'],
      ['plugins', 'install', '--json'],
    ]) {
      const result = await runOmOps(argv);
      assert.equal(result.code, 2, argv.join(' '));
      assert.equal(result.json().ok, false);
      assert.equal(result.stdout.includes('pjson'), false);
    }
  });
});

describe('config', () => {
  it('shows every value with where it came from', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'om-ops.yaml');
    writeFileSync(file, 'site: shop\nbackup:\n  compression: {level: 3}\n');
    const { ok, result } = (
      await runOmOps(['config', 'show', '--json', '--site', file], {
        env: { OM_OPS_STATE: folder },
      })
    ).json<{
      values: { site: string; backup: { compression: { level: number } } };
      sources: { key: string; from: string }[];
    }>();
    assert.equal(ok, true);
    assert.equal(result.values.backup.compression.level, 3);
    const from = (key: string) => result.sources.find((source) => source.key === key)?.from;
    assert.equal(from('backup.compression.level'), `${file}:3`);
    assert.equal(from('backend.port'), 'default');
    assert.equal(from('database.envKeys.password'), 'default');
    assert.equal(from('state'), 'OM_OPS_STATE');
  });

  it('prints a schema that has every section', async () => {
    const schema = JSON.parse((await runOmOps(['config', 'schema'])).stdout) as {
      properties: Record<string, unknown>;
    };
    for (const key of ['root', 'state', 'backup', 'database', 'analysis', 'nginx'])
      assert.ok(key in schema.properties, key);
  });

  it('validates, and lists every problem', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'p.yaml');
    writeFileSync(file, 'rooot: /x\ndatabase:\n  engine: oracle\n');
    const bad = await runOmOps(['config', 'validate', '--json', '--site', file]);
    assert.equal(bad.code, 2);
    const { result } = bad.json<{ problems: { line: number; key: string; message: string }[] }>();
    assert.deepEqual(
      result.problems.map(({ line, key }) => [line, key]),
      [
        [1, 'rooot'],
        [3, 'database.engine'],
      ],
    );
    assert.match(
      result.problems[1]?.message ?? '',
      /one of mysql, postgres, sqlite, none, got "oracle"/,
    );
    writeFileSync(file, 'root: /x\ndeploy: {keep: 5}\n');
    const good = await runOmOps(['config', 'validate', '--site', file]);
    assert.equal(good.code, 0);
    assert.match(
      good.stderr,
      /section `deploy` was not checked: its plugin is not installed: om-ops plugins install deploy\n/,
    );
    // Every other command takes such a profile as well.
    assert.equal((await runOmOps(['config', 'show', '--site', file])).code, 0);
  });

  it('says where it looks', async (t) => {
    const folder = temporaryFolder(t);
    const { result } = (
      await runOmOps(['config', 'path', '--json'], {
        cwd: folder,
        env: { XDG_CONFIG_HOME: folder },
      })
    ).json<{ file: string | null; searched: string[] }>();
    assert.equal(result.file, null);
    assert.deepEqual(result.searched, [
      join(folder, 'om-ops.yaml'),
      join(folder, 'om-ops/site.yaml'),
      '/etc/om-ops/site.yaml',
    ]);
  });
});

describe('init', () => {
  it('writes a profile that is valid, and does not overwrite one', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'om-ops.yaml');
    const argv = [
      'init',
      '--root',
      folder,
      '--state',
      join(folder, 'st ate'),
      '--name',
      'yes: no',
      '--yes',
    ];
    const dry = await runOmOps([...argv, '--dry-run'], { cwd: folder });
    assert.equal(dry.code, 0);
    assert.equal(existsSync(file), false);
    assert.equal((await runOmOps(argv, { cwd: folder })).code, 0);
    assert.equal((await runOmOps(['config', 'validate'], { cwd: folder })).code, 0);
    const { result } = (await runOmOps(['config', 'show', '--json'], { cwd: folder })).json<{
      values: { site: string; state: string };
    }>();
    assert.equal(result.values.site, 'yes: no');
    assert.equal(result.values.state, join(folder, 'st ate'));
    const text = readFileSync(file, 'utf8');
    const again = await runOmOps(argv, { cwd: folder });
    assert.equal(again.code, 2);
    assert.match(again.stderr, /is there already/);
    assert.equal(readFileSync(file, 'utf8'), text);
    assert.equal((await runOmOps([...argv, '--force'], { cwd: folder })).code, 0);
  });

  it('needs a description where there is no terminal', async (t) => {
    const folder = temporaryFolder(t);
    assert.equal((await runOmOps(['init'], { cwd: folder })).code, 2);
  });
});

describe('doctor', () => {
  it('exits 6 and says how to get what is missing', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'p.yaml');
    writeFileSync(file, `root: ${folder}/nowhere\nstate: ${folder}/state\n`);
    const result = await runOmOps(['doctor', '--json', '--site', file]);
    assert.equal(result.code, 6);
    const envelope = result.json<{
      healthy: boolean;
      requirements: { name: string; state: string }[];
    }>();
    assert.equal(envelope.ok, false);
    assert.equal(envelope.result.healthy, false);
    assert.ok(
      envelope.result.requirements.some(
        ({ name, state }) => name.endsWith('/nowhere') && state === 'missing',
      ),
    );
    assert.equal(existsSync(join(folder, 'state')), false);
  });
});

describe('the menu', () => {
  it('is the help where there is no terminal', async () => {
    const result = await runOmOps([]);
    assert.equal(result.code, 0);
    assert.match(result.stdout, /USAGE/);
    assert.equal((await runOmOps(['menu'])).code, 2);
  });
});
