import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import JobHistory from '../src/commands/job/history.ts';
import JobList from '../src/commands/job/list.ts';
import JobRun from '../src/commands/job/run.ts';
import JobShow from '../src/commands/job/show.ts';
import type { JobRecord } from '../src/run/run.ts';

const secret = 'v3ry-s3cret-Value';

function jobSite(test: CleansUp, jobs: object) {
  const folder = temporaryFolder(test);
  chmodSync(folder, 0o755);
  const root = join(folder, 'site');
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(
    join(root, '.env'),
    `API_TOKEN=${secret}\nNAME="the site"\nGREETING=hello \${NAME}\n`,
  );
  writeFileSync(
    join(root, 'bin/job.sh'),
    '#!/bin/sh\necho "args: $*"\necho "token $API_TOKEN"\n[ -n "$1" ] && exit "$1"; exit 0\n',
    { mode: 0o755 },
  );
  const site = join(folder, 'om-ops.yaml');
  const state = join(folder, 'state');
  writeFileSync(
    site,
    JSON.stringify({
      site: 'demo',
      root,
      state,
      envFiles: ['.env'],
      database: { engine: 'none' },
      jobs,
    }),
  );
  return { folder, root, site, state };
}

const script = { argv: ['bin/job.sh'], envFiles: ['.env'] };

describe('job run', () => {
  it('gives the script its folder, its variables and nothing of ours, keeps what it prints without secrets', async (test) => {
    const { site, root, state } = jobSite(test, {
      show: {
        argv: ['/bin/sh', '-c', 'pwd; env | sort | tee env.txt; echo done'],
        cwd: 'bin',
        envFiles: ['.env'],
        env: { EXTRA: 'x y' },
      },
    });
    const result = await runCommand(JobRun, ['show', '--json'], {
      site,
      env: { OPERATORS_OWN: 'leaks' },
    });
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const run = result.json<JobRecord>().result;
    assert.equal(run.state, 'done');
    const printed = readFileSync(run.log as string, 'utf8');
    assert.ok(printed.includes(join(root, 'bin')));
    const given = readFileSync(join(root, 'bin/env.txt'), 'utf8');
    assert.match(given, /^GREETING=hello the site$/m);
    assert.ok(given.includes(secret));
    assert.match(printed, /^EXTRA=x y$/m);
    assert.match(printed, /^API_TOKEN=<REDACTED>$/m);
    assert.ok(!given.includes('OPERATORS_OWN'), given);
    assert.ok(
      !`${result.stdout}${readFileSync(join(state, 'om-ops.log'), 'utf8')}`.includes(secret),
    );
    const show = await runCommand(JobShow, ['show', '--lines', '1'], { site });
    assert.match(show.stdout, /done$/m);
  });

  it('says what an exit code means, ends as the profile says, or raw', async (test) => {
    const { site } = jobSite(test, {
      sync: {
        ...script,
        exitCodes: {
          3: {
            code: 'E_API_UNREACHABLE',
            component: 'memory-sync',
            meaning: 'API connection failure',
          },
          5: { meaning: 'critical', exit: 6 },
          9: { meaning: 'nothing to do', exit: 0 },
        },
      },
    });
    const run = async (...argv: string[]) =>
      runCommand(JobRun, ['sync', '--json', ...argv], { site });
    const api = await run('--', '3');
    assert.equal(api.code, 1);
    const envelope = JSON.parse(api.stdout) as {
      ok: boolean;
      error: { code: string; exit: number };
      result: JobRecord;
    };
    assert.equal(envelope.error.code, 'E_API_UNREACHABLE');
    assert.deepEqual(
      [envelope.result.exit, envelope.result.component, envelope.result.meaning],
      [3, 'memory-sync', 'API connection failure'],
    );
    assert.ok(envelope.result.lastLines.some((line) => line.includes('token <REDACTED>')));
    assert.equal((await run('--', '5')).code, 6);
    assert.equal((await run('--', '9')).code, 0);
    assert.equal((await run('--', '4')).code, 1);
    assert.equal((await run('--exit', 'raw', '--', '3')).code, 3);
    assert.equal((await run()).code, 0);
    const history = (await runCommand(JobHistory, ['sync', '--json'], { site })).json<{
      runs: { exit: number; meaning: string | null }[];
      successPercent: number;
    }>().result;
    assert.deepEqual(
      history.runs.map(({ exit }) => exit),
      [0, 3, 4, 9, 5, 3],
    );
    assert.equal(history.successPercent, 33);
    const failed = (await runCommand(JobHistory, ['--failed', '--json'], { site })).json<{
      runs: unknown[];
    }>().result;
    assert.equal(failed.runs.length, 4);
    const list = await runCommand(JobList, ['--json'], { site });
    assert.equal(
      list.json<{ jobs: { failuresInARow: number }[] }>().result.jobs[0]?.failuresInARow,
      0,
    );
  });

  it('ends what takes too long, and whatever it has started', async (test) => {
    const { site, root } = jobSite(test, {
      slow: {
        argv: ['/bin/sh', '-c', 'echo $$ > pid; sleep 300 & echo $! > child; wait'],
        timeout: '1s',
      },
    });
    const result = await runCommand(JobRun, ['slow', '--json'], { site });
    assert.equal(result.code, 1, result.stdout);
    assert.match(result.stdout, /E_PROGRAM_TIMED_OUT/);
    for (const name of ['pid', 'child']) {
      const stat = `/proc/${readFileSync(join(root, name), 'utf8').trim()}/stat`;
      // A zombie that nobody has fetched is an end too.
      assert.ok(!existsSync(stat) || readFileSync(stat, 'utf8').includes(') Z '), name);
    }
  });

  it('skips by its condition, and records that; --force does not', async (test) => {
    const { site, state } = jobSite(test, {
      one: { ...script, when: { env: 'NOT_SET' } },
      two: { ...script, when: { argv: ['/bin/false'] } },
      three: { ...script, when: { env: 'API_TOKEN', argv: ['/bin/true'] } },
    });
    const states = async (...argv: string[]) =>
      (await runCommand(JobRun, [...argv, '--json'], { site })).json<JobRecord>().result.state;
    assert.equal(await states('one', '--dry-run'), 'skipped');
    assert.ok(!existsSync(join(state, 'jobs')));
    assert.equal(await states('one'), 'skipped');
    assert.equal(await states('two'), 'skipped');
    assert.equal(await states('three'), 'done');
    assert.equal(await states('one', '--force'), 'done');
    const history = await runCommand(JobHistory, ['one', '--json'], { site });
    assert.deepEqual(
      history.json<{ runs: { state: string }[] }>().result.runs.map((run) => run.state),
      ['done', 'skipped'],
    );
  });

  it('refuses what it cannot run: no job, no confirmation, no program, no folder, no env file', async (test) => {
    const { site, root } = jobSite(test, {
      guarded: { ...script, confirm: true },
      program: { argv: ['bin/nowhere'] },
      folder: { ...script, cwd: 'gone' },
      envfile: { ...script, envFiles: ['.env.gone'] },
      user: { ...script, user: 'no-such-user-here' },
    });
    const code = async (...argv: string[]) => (await runCommand(JobRun, argv, { site })).code;
    assert.equal(await code('nope'), 2);
    assert.equal(await code('guarded'), 3);
    assert.equal(await code('guarded', '--dry-run'), 0);
    assert.equal(await code('guarded', '--confirm', 'YES APPLY'), 0);
    for (const name of ['program', 'folder', 'envfile', 'user'])
      assert.equal(await code(name), 5, name);
    assert.ok(readdirSync(root).length > 0);
  });

  it('keeps as many runs as it is told', async (test) => {
    const { site, state } = jobSite(test, { kept: { ...script, keep: 2 } });
    for (let at = 0; at < 3; at++)
      assert.equal((await runCommand(JobRun, ['kept'], { site })).code, 0);
    assert.equal(readdirSync(join(state, 'jobs/runs/kept')).length, 2);
  });
});

describe('job run as another user', {
  skip: process.geteuid?.() === 0 ? false : 'needs root',
}, () => {
  it('has that user and its home', async (test) => {
    const { site } = jobSite(test, {
      who: { argv: ['/bin/sh', '-c', 'id -un; echo "$HOME"'], user: 'nobody' },
    });
    const result = await runCommand(JobRun, ['who', '--json'], { site });
    assert.equal(result.code, 0, result.stdout);
    assert.equal(result.json<JobRecord>().result.lastLines[0], 'nobody');
    assert.match(result.json<JobRecord>().result.lastLines[1] ?? '', /nonexistent/);
  });
});
