import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkout, runOmOps } from '@om-ops/test-support/om-ops';
import { openScreen } from '@om-ops/test-support/screen';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';

const program = join(checkout, 'bin/om-recovery');

function recovery(t: CleansUp) {
  const folder = temporaryFolder(t);
  for (const name of ['one.txt', 'two.txt']) writeFileSync(join(folder, name), 'the same\n');
  const file = join(folder, 'om-ops.yaml');
  const scopes = '{prod: ., server: ., front-end: ., entire: .}';
  writeFileSync(file, `root: ${folder}\nstate: state\nanalysis: {scopes: ${scopes}}\n`);
  const state = join(folder, 'state');
  const run = (...argv: string[]) => runOmOps(argv, { program, env: { OM_OPS_SITE: file } });
  return { run, state, file };
}

/** What a mapped run says first. */
function spelled(stderr: string): string | undefined {
  return /^om-recovery is om-ops now: (.*)$/m.exec(stderr)?.[1];
}

describe('om-recovery', () => {
  it('analyzes each scope, with each of its flags', async (t) => {
    const { run } = recovery(t);
    for (const scope of ['prod', 'server', 'front-end', 'entire']) {
      const { code, stderr, stdout } = await run('--analyze', scope);
      assert.equal(code, 0, stderr);
      assert.equal(spelled(stderr), `om-ops analysis run ${scope}`);
      assert.doesNotMatch(stdout, /om-recovery/);
    }
    const flags: [string, string, string, unknown][] = [
      ['--dedupe-mode', 'full', 'dedupeMode', 'full'],
      ['--dedupe-mode', 'quick', 'dedupeMode', 'quick'],
      ['--max-hash-mb', '7', 'maxHashMb', 7],
      ['--stale-days', '365', 'staleDays', 365],
    ];
    for (const [flag, value, setting, expected] of flags) {
      const answer = await run('--analyze', 'prod', flag, value, '--json');
      assert.equal(answer.code, 0, answer.stderr);
      assert.equal(spelled(answer.stderr), `om-ops analysis run prod ${flag} ${value} --json`);
      const { command, result } = answer.json<{ settings: Record<string, unknown> }>();
      assert.equal(command, 'analysis:run');
      assert.equal(result.settings[setting], expected);
    }
    const joined = await run('--stale-days=30', '--analyze=server', '--quiet', '--json');
    assert.equal(spelled(joined.stderr), undefined);
    const { scope, settings } = joined.json<{ scope: string; settings: { staleDays: number } }>()
      .result;
    assert.deepEqual([scope, settings.staleDays], ['server', 30]);
  });

  it('keeps the changelog, with each of its flags', async (t) => {
    const { run, state } = recovery(t);
    const ok = async (...argv: string[]) => {
      const answer = await run('--changelog', ...argv);
      assert.equal(answer.code, 0, answer.stderr);
      assert.ok(spelled(answer.stderr)?.startsWith(`om-ops changelog ${argv[0]}`), answer.stderr);
      return answer;
    };
    await ok('start', '--title', 'Old ways', '--tags', 'a,b', '--scope', 'front-end');
    for (const type of ['prompt', 'followup', 'result', 'note'])
      await ok('add', '--type', type, '--actor', 'user', '--text', `a ${type}`);
    for (const actor of ['cursor', 'system'])
      await ok('add', '--type', 'note', '--actor', actor, '--text', `by ${actor}`);
    const secret = await ok(
      ...['add', '--type', 'note', '--actor', 'user', '--text', 'set DB_PASSWORD=hunter2-secret'],
    );
    assert.doesNotMatch(secret.stderr + secret.stdout, /hunter2/);
    await ok('close', '--summary', 'All done', '--outcome', 'success');
    const listed = (await ok('list', '--days', '7', '--json')).json<{
      sessions: Record<string, unknown>[];
    }>().result.sessions;
    assert.equal(listed.length, 1);
    assert.deepEqual(
      ['title', 'tags', 'scope', 'summary', 'outcome', 'entry_count'].map(
        (key) => listed[0]?.[key],
      ),
      ['Old ways', ['a', 'b'], 'front-end', 'All done', 'success', 7],
    );
    await ok('report');
    assert.ok(existsSync(join(state, 'changelog/report.html')));
  });

  it('changes nothing with --dry-run', async (t) => {
    const { run, state } = recovery(t);
    const all = await run('--dry-run');
    assert.equal(spelled(all.stderr), 'om-ops backup run --all --dry-run');
    for (const argv of [
      ['--dry-run', '--analyze', 'prod'],
      ['--changelog', 'start', '--title', 'x', '--dry-run'],
    ]) {
      const { code, stderr } = await run(...argv);
      assert.equal(code, 0, stderr);
    }
    assert.equal(existsSync(join(state, 'analysis')), false);
    assert.equal(existsSync(join(state, 'changelog')), false);
  });

  it('is the menu on a terminal, and with --dry-run one that runs nothing in earnest', async (t) => {
    const { file, state } = recovery(t);
    const env = { OM_OPS_SITE: file };
    const menu = openScreen(t, [], { program, env });
    await menu.sees(/❯ {2}1 PM2/);
    menu.type('0');
    assert.equal(await menu.ended, 0);
    const dry = openScreen(t, ['--dry-run'], { program, env, columns: 100, rows: 40 });
    await dry.sees(/· DRY RUN ·/);
    dry.type('3');
    await dry.sees(/8 Run ALL backups/);
    dry.type('8');
    const seen = await dry.sees(/Enter back/);
    assert.match(dry.written(), /\$ om-ops backup run --all --dry-run/);
    assert.doesNotMatch(seen, /apply/);
    dry.type('\r');
    await dry.sees(/8 Run ALL backups/);
    dry.type('\u0003');
    assert.equal(await dry.ended, 130);
    assert.equal(existsSync(join(state, 'config')), false);
  });

  it('tells its flags, and refuses what it does not know', async (t) => {
    const { run } = recovery(t);
    for (const argv of [['--help'], ['-h'], []]) {
      const { code, stdout } = await run(...argv);
      assert.equal(code, 0);
      for (const flag of ['--analyze', '--dedupe-mode', '--max-hash-mb', '--stale-days'])
        assert.match(stdout, new RegExp(`USAGE[\\s\\S]*${flag}`));
    }
    assert.match((await run('--version')).stdout, /om-ops/);
    for (const argv of [
      ['--nonsense'],
      ['--analyze'],
      ['--analyze', 'everything'],
      ['--analyze', 'prod', '--stale-days', 'many'],
      ['--analyze', 'prod', '--changelog', 'list'],
      ['--changelog'],
      ['--changelog', 'nonsense'],
      ['--changelog', 'start'],
      ['backup', 'run'],
    ]) {
      const { code, stderr } = await run(...argv);
      assert.equal(code, 2, argv.join(' '));
      assert.match(stderr, /→/);
    }
    assert.equal((await run('--nonsense', '--json')).json().error.code, 'E_USAGE');
  });
});
