import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { privateCacheFolder } from '../src/cache-folder.ts';
import { loadSite } from '../src/site/site.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-cache-'));
after(() => rmSync(folder, { recursive: true }));

function place(): { file: string; cache: string; load(): ReturnType<typeof loadSite> } {
  const own = mkdtempSync(join(folder, 'x-'));
  const file = join(own, 'om-ops.yaml');
  const env = { XDG_CACHE_HOME: join(own, 'cache') };
  return {
    file,
    cache: join(own, 'cache/om-ops/profiles'),
    load: () => loadSite({ flag: file, env, cwd: '/' }),
  };
}

/** What was written a moment ago is not kept, because it may be written again within the same tick. */
async function settled(file: string, text: string): Promise<void> {
  writeFileSync(file, text);
  await delay(120);
}

describe('a profile that was checked before', () => {
  it('answers as the first time, with values, lines and sections', async () => {
    const { file, cache, load } = place();
    await settled(file, 'site: one\nbackend:\n  port: 4000\n');
    const first = await load();
    assert.equal(readdirSync(cache).length, 1);
    const second = await load();
    assert.equal(second.site, 'one');
    assert.equal(second.backend.port, 4000);
    assert.equal(second.sourceOf(['backend', 'port']), `${file}:3`);
    assert.deepEqual(second.document?.values, first.document?.values);
  });

  it('is read anew when it changes, even to the same length and time', async () => {
    const { file, load } = place();
    await settled(file, 'site: one\n');
    utimesSync(file, 1, 1);
    await delay(120);
    await load();
    await settled(file, 'site: two\n');
    utimesSync(file, 1, 1);
    await delay(120);
    assert.equal((await load()).site, 'two');
  });

  it('is not believed when the cache is damaged, and is never kept when it is wrong', async () => {
    const { file, cache, load } = place();
    await settled(file, 'site: one\n');
    await load();
    const [name] = readdirSync(cache);
    writeFileSync(join(cache, name ?? ''), '{');
    assert.equal((await load()).site, 'one');
    await settled(file, 'siet: one\n');
    await assert.rejects(load(), /did you mean `site`/);
    await assert.rejects(load(), /did you mean `site`/);
    assert.equal(readFileSync(join(cache, name ?? ''), 'utf8').includes('siet'), false);
  });
});

describe('privateCacheFolder', () => {
  it('is refused when others may write in it', () => {
    const base = mkdtempSync(join(folder, 'open-'));
    mkdirSync(join(base, 'om-ops'));
    chmodSync(join(base, 'om-ops'), 0o777);
    assert.equal(privateCacheFolder({ XDG_CACHE_HOME: base }), undefined);
    chmodSync(join(base, 'om-ops'), 0o700);
    assert.equal(privateCacheFolder({ XDG_CACHE_HOME: base }), join(base, 'om-ops'));
    assert.equal(privateCacheFolder({ XDG_CACHE_HOME: '/proc/nowhere' }), undefined);
  });
});
