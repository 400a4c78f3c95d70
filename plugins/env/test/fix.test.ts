import assert from 'node:assert/strict';
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { applyRepair, type FixOptions, planFix, undoFix } from '../src/change/fix.ts';
import { readEnvFilesOf } from '../src/read/env-file.ts';

const user = { name: 'app', uid: 4711, gid: 4712, groups: [4712, 33], from: 'a test' };

function shape(path: string): string {
  const { uid, gid, mode } = statSync(path);
  return `${uid}:${gid} ${(mode & 0o777).toString(8)}`;
}

describe('what env fix plans', { skip: process.geteuid?.() === 0 ? false : 'needs root' }, () => {
  for (const [before, after, mayGive] of [
    ['4711:4712 644', '4711:4712 600', false],
    ['0:33 644', '0:33 640', false],
    ['0:33 640', '0:33 640', false],
    ['0:0 644', '4711:4712 600', true],
    ['0:0 644', '0:0 644', false],
    ['4711:4712 400', '4711:4712 400', true],
    ['4711:4712 666', '4711:4712 600', true],
  ] as const)
    it(`${before} becomes ${after}${mayGive ? ' as root' : ''}, and is put back`, (test) => {
      const path = join(temporaryFolder(test), '.env');
      writeFileSync(path, 'A=1\n');
      const [, uid, gid, mode] = /^(\d+):(\d+) (\d+)$/.exec(before) ?? [];
      chownSync(path, Number(uid), Number(gid));
      chmodSync(path, Number.parseInt(mode ?? '', 8));
      const files = readEnvFilesOf({ envFiles: [], below: (one) => one }, { files: [path] });
      const options: FixOptions = { allowed: 0o600, user, mayGive };
      const plan = planFix(files, options);
      for (const repair of plan.repairs) applyRepair(plan, repair);
      assert.equal(shape(path), after);
      undoFix(plan);
      assert.equal(shape(path), before);
    });
});
