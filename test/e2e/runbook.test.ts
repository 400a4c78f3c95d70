import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

describe('runbook and checklist', () => {
  it('run what looks, stop at what changes, go on when it is confirmed, and keep it', async (test) => {
    const folder = temporaryFolder(test);
    const root = join(folder, 'site');
    mkdirSync(join(root, 'runbooks'), { recursive: true });
    writeFileSync(
      join(root, 'runbooks/mend.md'),
      '# Mend\n\n- Look.\n\n  ```sh\n  om-ops config path\n  ```\n- Change.\n\n  ```sh\n  om-ops roadmap add --title Done\n  ```\n\n  Check: om-ops roadmap list\n- By hand.\n',
    );
    const profile = join(folder, 'om-ops.yaml');
    writeFileSync(
      profile,
      JSON.stringify({
        site: 'demo',
        root: 'site',
        state: join(folder, 'state'),
        envFiles: [],
        database: { engine: 'none' },
        checklists: {
          own: [
            ['config', 'path'],
            ['roadmap', 'add', '--title', 'Listed'],
            ['nginx', 'validate'],
          ],
        },
        nginx: { conf: '/no/such/nginx.conf' },
      }),
    );
    const env = { OM_OPS_SITE: profile, HOME: folder };
    type Run = {
      run: string;
      state: string;
      steps: { state: string; exit: number | null; checkExit: number | null }[];
    };
    const result = (stdout: string) => (JSON.parse(stdout) as { result: Run }).result;
    const first = await runOmOps(['runbook', 'run', 'mend', '--json'], { env });
    assert.equal(first.code, 7, first.stdout);
    assert.deepEqual(
      result(first.stdout).steps.map(({ state }) => state),
      ['done', 'open', 'open'],
    );
    const second = await runOmOps(['runbook', 'run', '--confirm', 'YES APPLY', '--json'], { env });
    assert.equal(second.code, 7, second.stdout);
    assert.deepEqual(
      result(second.stdout).steps.map(({ state, exit, checkExit }) => [state, exit, checkExit]),
      [
        ['done', 0, null],
        ['done', 0, 0],
        ['open', null, null],
      ],
    );
    assert.equal((await runOmOps(['runbook', 'next'], { env })).code, 0);
    assert.equal(
      result(
        (await runOmOps(['runbook', 'status', result(first.stdout).run, '--json'], { env })).stdout,
      ).state,
      'done',
    );
    const dry = await runOmOps(['checklist', 'run', 'own', '--dry-run'], { env });
    assert.equal(dry.code, 0);
    const list = await runOmOps(['checklist', 'run', 'own', '--json'], { env });
    const { steps } = (
      JSON.parse(list.stdout) as { result: { steps: { outcome: string; exit: number | null }[] } }
    ).result;
    assert.deepEqual(
      steps.map(({ outcome }) => outcome),
      ['ran', 'left', 'ran'],
    );
    assert.equal(steps[0]?.exit, 0);
    assert.notEqual(list.code, 0);
    assert.equal(readdirSync(join(folder, 'state/checklist/runs')).length, 1);
    assert.equal((await runOmOps(['checklist', 'show', 'own'], { env })).code, 0);
    assert.equal((await runOmOps(['checklist', 'run', 'nope'], { env })).code, 2);
  });
});
