import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import LogsSecrets from '../src/commands/logs/secrets.ts';
import type { FoundSecret } from '../src/secrets/find.ts';

// Put together here, so that no scanner takes this file for a leak.
const token = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2)}`;
const password = ['correct', 'horse', 'battery'].join('-');
const other = ['s3cr3t', 'Value', '9981'].join('');

const lines = [
  'INFO token is required, the key of the secret is missing',
  `INFO connected with ${password} to the pool`,
  `INFO push with ${token}`,
  `WARN retry, API_KEY=${other} refused`,
  'INFO password=<REDACTED> and secret=****** and token: none',
  'INFO mysql://app:Tr0ub4dor@db.internal/shop',
];

describe('secrets in logs', () => {
  it('are found by place and fingerprint, never shown, and taken out of rotated generations only', async (test) => {
    const text = `${lines.join('\n')}\n`;
    const site = smallSite(
      temporaryFolder(test),
      {
        '.env': `DB_PASSWORD=${password}\nCOLOUR=green\n`,
        'app.log': text,
        'app.log.1': text,
        'held.log.1': text,
      },
      {
        profile:
          'database: {engine: none}\nlogs: {sources: {app: {files: [app.log]}, held: {files: [held.log.1]}}}',
      },
    );
    const packed = join(site.root, 'app.log.2.gz');
    writeFileSync(packed, gzipSync(text), { mode: 0o640 });
    const run = async (...argv: string[]) => {
      const ran = await runCommand(LogsSecrets, [...argv, '--json'], { site: site.profile });
      const told = ran.stdout + ran.stderr;
      for (const secret of [token, password, other, 'Tr0ub4dor'])
        assert.ok(!told.includes(secret), told);
      return {
        ...ran,
        ...ran.json<{ found: FoundSecret[]; rewritten: string[]; outcome: string }>(),
      };
    };
    const live = await run('app');
    assert.equal(live.code, 6);
    assert.deepEqual(
      live.result.found.map(({ line, kind }) => [line, kind]),
      [
        [2, 'the value of DB_PASSWORD'],
        [3, 'a token of GitHub'],
        [4, 'a value of API_KEY'],
        [6, 'a password in an address'],
      ],
    );
    const all = await run('app', '--all-generations');
    assert.equal(all.result.found.length, 12);
    assert.equal(new Set(all.result.found.map(({ fingerprint }) => fingerprint)).size, 4);

    const refused = await run('app', '--redact');
    assert.equal(refused.code, 3);
    assert.equal(readFileSync(join(site.root, 'app.log.1'), 'utf8'), text);
    const planned = await run('app', '--redact', '--dry-run');
    assert.deepEqual(planned.result.rewritten, [join(site.root, 'app.log.1'), packed].sort());
    const before = statSync(packed);
    const done = await run('app', '--redact', '--confirm', 'YES APPLY');
    assert.equal(done.code, 6, 'the live log has them still');
    assert.deepEqual([...done.result.rewritten].sort(), planned.result.rewritten);
    const clean = gunzipSync(readFileSync(packed)).toString();
    assert.equal(clean.split('\n').length, text.split('\n').length);
    for (const secret of [token, password, other, 'Tr0ub4dor']) assert.ok(!clean.includes(secret));
    assert.equal(statSync(packed).mode, before.mode);
    assert.ok(Math.abs(statSync(packed).mtimeMs - before.mtimeMs) < 2);
    assert.equal(readFileSync(join(site.root, 'app.log'), 'utf8'), text);

    const held = openSync(join(site.root, 'held.log.1'), 'a');
    const open = await run('held', '--redact', '--confirm', 'YES APPLY');
    closeSync(held);
    assert.deepEqual([open.code, open.error.code], [1, 'E_FILE_OPEN']);
    assert.equal(readFileSync(join(site.root, 'held.log.1'), 'utf8'), text);
  });
});
