import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { folderStatus } from '../src/folder.ts';
import { statusText } from '../src/view/status.ts';

describe('__topic__ status', () => {
  it('counts what is in the folder', async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, 'one'), '');
    const status = await folderStatus(folder, silentProgress());
    assert.deepEqual(status, { path: folder, entries: 1 });
    assert.equal(statusText(status), `${folder}: 1 entry`);
  });

  it('says that there is no folder, with exit 5', async (test) => {
    const folder = join(temporaryFolder(test), 'absent');
    await assert.rejects(folderStatus(folder, silentProgress()), { code: 'E_NOT_FOUND', exit: 5 });
  });
});
