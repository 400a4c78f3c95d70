import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { omOpsArgs, parseBook } from '../src/book/book.ts';
import ChecklistList from '../src/commands/checklist/list.ts';
import RunbookAbort from '../src/commands/runbook/abort.ts';
import RunbookCheck from '../src/commands/runbook/check.ts';
import RunbookExport from '../src/commands/runbook/export.ts';
import RunbookFail from '../src/commands/runbook/fail.ts';
import RunbookHistory from '../src/commands/runbook/history.ts';
import RunbookList from '../src/commands/runbook/list.ts';
import RunbookNew from '../src/commands/runbook/new.ts';
import RunbookNext from '../src/commands/runbook/next.ts';
import RunbookShow from '../src/commands/runbook/show.ts';
import RunbookSkip from '../src/commands/runbook/skip.ts';
import RunbookStart from '../src/commands/runbook/start.ts';
import RunbookStatus from '../src/commands/runbook/status.ts';
import type { BookRun } from '../src/run/book-run.ts';
import { touchOf } from '../src/run/follow.ts';

function site(test: TestContext, books: Record<string, string> = {}) {
  const folder = temporaryFolder(test);
  mkdirSync(join(folder, 'site/runbooks'), { recursive: true });
  for (const [name, text] of Object.entries(books))
    writeFileSync(join(folder, 'site/runbooks', `${name}.md`), text);
  const profile = join(folder, 'om-ops.yaml');
  writeFileSync(
    profile,
    JSON.stringify({
      site: 'demo',
      root: 'site',
      state: join(folder, 'state'),
      envFiles: [],
      database: { engine: 'none' },
    }),
  );
  return profile;
}

describe('a runbook', () => {
  it('is a heading, steps as list items, a command in a fence, a proof in a line', () => {
    const book = parseBook(
      'x',
      '# Title\n\nFor: cpu, disk:/\nReviewed: 2026-11-01\n\nAbout it.\n\n## Look\n\n1. First\n   goes on.\n\n   ```sh\n   om-ops health check\n   ```\n   Check: `om-ops doctor`\n- [ ] Second, by hand.\n\n## Mend\n* Third\n  ```bash\n  a\n  b\n  ```\n',
      '/x.md',
      false,
    );
    assert.deepEqual(
      [book.title, book.alerts, book.reviewed, book.about],
      ['Title', ['cpu', 'disk:/'], '2026-11-01', 'About it.'],
    );
    assert.deepEqual(
      book.steps.map(({ phase, text, command, check }) => [phase, text, command, check]),
      [
        ['Look', 'First goes on.', 'om-ops health check', 'om-ops doctor'],
        ['Look', 'Second, by hand.', null, null],
        ['Mend', 'Third', 'a\nb', null],
      ],
    );
  });

  it('is run only where it is one command of om-ops and nothing for a shell', () => {
    assert.deepEqual(omOpsArgs("om-ops log show --grep 'two words'"), [
      'log',
      'show',
      '--grep',
      'two words',
    ]);
    for (const command of [
      'rm -rf /',
      'om-ops status; rm x',
      'om-ops status | head',
      'om-ops show $(x)',
      'om-ops a\nom-ops b',
      null,
    ])
      assert.equal(omOpsArgs(command), undefined, String(command));
  });
});

describe('what a command does to the site', () => {
  it('goes by its flags: --confirm of a check is none of a guarded command', () => {
    const flags: Record<string, object> = {
      'health:check': { confirm: {} },
      'backup:prune': { confirm: {}, 'dry-run': {} },
      'roadmap:add': { 'dry-run': {} },
    };
    const config = {
      findCommand: (id: string) => (flags[id] === undefined ? undefined : { id, flags: flags[id] }),
    } as unknown as Parameters<typeof touchOf>[1];
    for (const [command, touch] of [
      ['om-ops health check', 'looks'],
      ['om-ops backup prune', 'guarded'],
      ['om-ops backup prune --dry-run', 'looks'],
      ['om-ops roadmap add --title x', 'changes'],
      ['om-ops no such', 'absent'],
      ['om-ops env set NAME', 'by-hand'],
      ['systemctl reload nginx', 'by-hand'],
      [null, 'by-hand'],
    ] as const)
      assert.equal(touchOf(command, config), touch, String(command));
  });
});

describe('runbook', () => {
  it('knows the books that come with it: every command of theirs is there, and every runbook that a check names', async (test) => {
    const profile = site(test);
    const check = await runCommand(RunbookCheck, ['--json'], { site: profile });
    assert.equal(check.code, 0, check.stdout);
    const list = await runCommand(RunbookList, ['--json'], { site: profile });
    const names = new Set(
      list.json<{ runbooks: { name: string }[] }>().result.runbooks.map(({ name }) => name),
    );
    for (const name of [
      'high-cpu',
      'high-memory',
      'disk-filling',
      'integration',
      'backup-failed',
      'backup-late',
      'certificate',
      'component-failure',
      'restart-loop',
      'unresponsive',
      'data-corruption',
      'system-update',
      'log-management',
      'backup-procedures',
      'system-health-check',
    ])
      assert.ok(names.has(name), name);
    const late = await runCommand(RunbookList, ['--for', 'backup.age', '--json'], {
      site: profile,
    });
    assert.ok(
      late
        .json<{ runbooks: { name: string }[] }>()
        .result.runbooks.some(({ name }) => name === 'backup-late'),
    );
    assert.match(
      (await runCommand(RunbookShow, ['disk-filling'], { site: profile })).stdout,
      /proof: om-ops backup verify/,
    );
    assert.equal((await runCommand(RunbookShow, ['nope'], { site: profile })).code, 2);
    const lists = await runCommand(ChecklistList, ['--json'], { site: profile });
    assert.deepEqual(
      lists
        .json<{ checklists: { absent: unknown[] }[] }>()
        .result.checklists.map(({ absent }) => absent),
      [[], [], []],
    );
  });

  it('takes the site’s own in place of ours, and says what is wrong with it', async (test) => {
    const profile = site(test, {
      'high-cpu':
        '# Ours is better\n\n- Do it.\n\n  ```sh\n  om-ops backup prune\n  ```\n- Look.\n\n  ```sh\n  om-ops no such thing\n  ```\n',
    });
    assert.match(
      (await runCommand(RunbookShow, ['high-cpu'], { site: profile })).stdout,
      /Ours is better/,
    );
    const check = await runCommand(RunbookCheck, ['--json'], { site: profile });
    assert.equal(check.code, 6);
    assert.deepEqual(
      check
        .json<{ problems: { code: string }[] }>()
        .result.problems.map(({ code }) => code)
        .sort(),
      ['no-command', 'no-proof', 'not-reviewed'],
    );
    assert.equal((await runCommand(RunbookNew, ['mail-stuck'], { site: profile })).code, 0);
    assert.equal((await runCommand(RunbookNew, ['mail-stuck'], { site: profile })).code, 1);
    assert.equal((await runCommand(RunbookNew, ['Bad Name'], { site: profile })).code, 2);
  });

  it('keeps who did what, over several commands', async (test) => {
    const profile = site(test, { three: '# Three\n\n- One\n- Two\n- Three\n' });
    assert.equal((await runCommand(RunbookNext, [], { site: profile })).code, 2);
    const started = await runCommand(RunbookStart, ['three', '--alert', 'a1', '--json'], {
      site: profile,
    });
    const { run } = started.json<BookRun>().result;
    await runCommand(RunbookNext, ['--note', 'by hand'], { site: profile });
    await runCommand(RunbookSkip, [run], { site: profile });
    const status = (await runCommand(RunbookStatus, ['--json'], { site: profile })).json<BookRun>()
      .result;
    assert.deepEqual(
      status.steps.map(({ state }) => state),
      ['done', 'skipped', 'open'],
    );
    assert.equal(status.steps[0]?.note, 'by hand');
    await runCommand(RunbookFail, [], { site: profile });
    const ended = (
      await runCommand(RunbookStatus, [run, '--json'], { site: profile })
    ).json<BookRun>().result;
    assert.deepEqual([ended.state, ended.alert], ['done', 'a1']);
    assert.equal((await runCommand(RunbookNext, [run], { site: profile })).code, 2);
    await runCommand(RunbookStart, ['three'], { site: profile });
    assert.equal(
      (
        await runCommand(RunbookAbort, ['--reason', 'it was nothing', '--json'], { site: profile })
      ).json<BookRun>().result.state,
      'aborted',
    );
    assert.equal(
      (await runCommand(RunbookHistory, ['--json'], { site: profile })).json<{ runs: unknown[] }>()
        .result.runs.length,
      2,
    );
    assert.match((await runCommand(RunbookExport, [run], { site: profile })).stdout, /- \[x\]/);
  });
});
