import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

describe('completion in bash', () => {
  it('knows commands, flags behind an argument, and values, and leaves files to bash', async (test) => {
    const folder = temporaryFolder(test);
    const env = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
    assert.equal((await runOmOps(['autocomplete', 'bash'], { env })).code, 0);
    const script = join(folder, 'cache/om-ops/autocomplete/functions/bash/om-ops.bash');
    const complete = (...words: string[]): string[] =>
      execFileSync(
        'bash',
        [
          '-c',
          `source "$0"; COMP_WORDS=(om-ops "$@"); COMP_CWORD=$#; _om_ops; printf '%s\\n' "\${COMPREPLY[@]}"`,
          script,
          ...words,
        ],
        { encoding: 'utf8' },
      )
        .split('\n')
        .filter((word) => word !== '');
    assert.deepEqual(complete('back'), ['backup']);
    assert.deepEqual(complete('analysis', 'ru'), ['run']);
    assert.deepEqual(complete('analysis', 'run', 'prod', '--st'), ['--stale-days']);
    assert.ok(complete('changelog', 'add', '--type', '').includes('followup'));
    assert.deepEqual(complete('changelog', 'add', '--actor', 'us'), ['user']);
    assert.deepEqual(complete('config', 'show', '--site', ''), []);
    assert.match(
      execFileSync('bash', ['-c', `source "$0"; complete -p om-ops`, script], { encoding: 'utf8' }),
      /-o default/,
    );
  });
});
