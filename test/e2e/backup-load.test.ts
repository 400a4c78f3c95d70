import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

describe('backup restore database --into', () => {
  it('asks, loads into a new file, compares and says how to swap', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'data'));
    const db = new DatabaseSync(join(folder, 'data/app.db'));
    db.exec("CREATE TABLE item (a); INSERT INTO item VALUES ('x'), ('y')");
    db.close();
    const site = join(folder, 'om-ops.yaml');
    writeFileSync(
      site,
      'root: .\nstate: state\ndatabase: {engine: sqlite, files: [data/app.db]}\n',
    );
    const om = (...argv: string[]) => runOmOps([...argv, '--site', site], { cwd: folder });
    assert.equal((await om('backup', 'run', 'database')).code, 0);
    const unpacked = await om('backup', 'restore', 'database', '--to', 'out');
    assert.match(unpacked.stdout, /zcat \S+out\/app\.sql\.gz \| sqlite3 -bail \.\/app_new\.db/);
    const load = ['backup', 'restore', 'database', '--into', 'new.db'];
    const dry = await om(...load, '--dry-run');
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /Would load app, dumped .*new\.db, which would be made/s);
    assert.equal((await om(...load)).code, 3);
    assert.ok(!existsSync(join(folder, 'new.db')));
    const done = await om(...load, '--confirm', 'YES APPLY', '--json');
    assert.equal(done.code, 0, done.stderr);
    const { loaded } = done.json<{ loaded: { rows: number; compared: boolean; swap: string[] } }>()
      .result;
    assert.deepEqual([loaded.rows, loaded.compared], [2, true]);
    assert.match(loaded.swap.join('\n'), /data\/app\.db and its -wal/);
    const again = await om(...load, '--confirm', 'YES APPLY');
    assert.equal(again.code, 2);
    assert.match(again.stderr, /is there already/);
  });
});
