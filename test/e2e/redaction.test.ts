import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { meeting, startProgram } from './program/started.ts';

describe('redaction', () => {
  it('takes the secrets out of what another program printed, as text and in JSON', async (t) => {
    const at = meeting(t);
    const output =
      'step 1\nPASSWORD=hunter2-very-secret\n{"token": {"value": "hunter2"}}\nstep 2\n';
    writeFileSync(join(at.folder, 'output'), output);
    for (const argv of [['--json'], []]) {
      const program = startProgram(t, at, ['output', ...argv]);
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      assert.doesNotMatch(program.stdout(), /hunter2/);
      assert.match(program.stdout(), /step 1.*PASSWORD=<REDACTED>.*step 2/s);
      assert.ok(program.stdout().includes(at.folder));
    }
  });

  it('leaves the name and the folder of the site, though the env file has them too', async (t) => {
    const folder = temporaryFolder(t);
    const root = join(folder, 'my-shop2');
    const env = 'APP_NAME=my-shop2\nAPP_DIR=my-shop2/data\nSESSION_PIN=kx83jd92ls\n';
    const site = smallSite(
      folder,
      { '.env': env, 'data/a.txt': 'a', 'node_modules/x/package.json': '{}' },
      { root, site: 'my-shop2', state: join(folder, 'state-my-shop2') },
    );
    const shown = (await site.run(['config', 'show', '--json'])).json<{ root: string }>();
    assert.equal(JSON.stringify(shown).includes('REDACTED'), false, JSON.stringify(shown));
    const analysed = await site.run(['analysis', 'run', '--path', root, '--json']);
    assert.equal(analysed.code, 0, analysed.stderr);
    assert.equal(analysed.stdout.includes('REDACTED'), false, analysed.stdout);
    assert.ok(analysed.stdout.includes(`"${root}`));
    for (const argv of [['config', 'show'], ['doctor'], ['analysis', 'list']]) {
      const { stdout, stderr } = await site.run(argv);
      assert.doesNotMatch(stdout + stderr, /REDACTED|kx83jd92ls/, argv.join(' '));
    }
  });
});
