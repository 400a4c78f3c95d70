// What the head and the notes of the menu take to read, on a STATE that has been used for a year.
// node bench/menu/head.ts [ROUNDS]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSite } from '@om-ops/kit/site';
import { categories, prefixOf } from '../../plugins/backup/src/categories.ts';
import backup from '../../plugins/backup/src/plugin.ts';
import changelog from '../../plugins/changelog/src/plugin.ts';
import roadmap from '../../plugins/roadmap/src/plugin.ts';
import { lastLines } from '../../src/menu/again.ts';
import { watched } from '../../src/menu/heartbeat.ts';

const rounds = Number(process.argv[2] ?? 15);
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-menu-'));
const state = join(folder, 'state');
const now = new Date();
const env = { ...process.env, OM_OPS_STATE: state, HOME: folder };
const om = (...argv: string[]) => execFileSync(join(root, 'bin/om-ops'), argv, { env });
try {
  mkdirSync(join(state, 'monitor'), { recursive: true, mode: 0o700 });
  for (const category of categories) makeBackups(category);
  for (let count = 0; count < 40; count += 1)
    om('changelog', 'start', '--title', `Session ${count}`, '--quiet');
  om('roadmap', 'add', '--title', 'A milestone');
  const beat = { at: now.toISOString(), everyMs: 30_000, level: 'healthy', counts: {} };
  writeFileSync(join(state, 'monitor/heartbeat.json'), JSON.stringify(beat));
  const site = await loadSite({ flag: undefined, env: { OM_OPS_STATE: state }, cwd: folder });
  const read = async () => {
    watched(state, now);
    lastLines(state, 3);
    for (const { menu } of [backup, changelog, roadmap]) await menu?.standing?.({ site, now });
  };
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await read();
    times.push(performance.now() - started);
  }
  const [first = 0, ...later] = times;
  const median = later.sort((one, other) => one - other)[Math.floor(later.length / 2)] ?? 0;
  console.log(`first look, with what it loads: ${first.toFixed(1)} ms`);
  console.log(
    `median of ${later.length}: ${median.toFixed(1)} ms (at most 20) ${median <= 20 ? 'ok' : 'TOO SLOW'}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Thirty of a category, with sidecars that say they are of this site. */
function makeBackups(category: (typeof categories)[number]): void {
  mkdirSync(join(state, category), { mode: 0o700 });
  for (let day = 1; day <= 30; day += 1) {
    const stamp = `2026-10-${String(day).padStart(2, '0')}_0330`;
    const name = `${prefixOf(category)}-${stamp}`;
    const path = join(state, category, name);
    writeFileSync(`${path}.tar.gz`, 'x'.repeat(100));
    writeFileSync(
      `${path}.json`,
      JSON.stringify({
        category,
        createdAt: `2026-10-${String(day).padStart(2, '0')}T03:30:00+00:00`,
        tool: 'om-ops',
        version: '1.0.0',
        host: hostname(),
        site: 'orthodoxmetrics',
        root: '/var/www/orthodoxmetrics/prod',
        source: '/var/www/orthodoxmetrics/prod',
        archive: `${name}.tar.gz`,
        bytes: 100,
        sourceBytes: 1000,
        files: 10,
        directories: 2,
        sha256: 'a'.repeat(64),
        excluded: [],
        skipped: [],
        durationSeconds: 1,
      }),
    );
  }
}
