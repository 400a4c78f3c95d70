// `build verify` against a process per file, of 2,000 files; and the exchange of a dist under its readers.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { sitePath } from '@om-ops/kit';
import { exchange } from '../../plugins/build/src/rebuild/exchange.ts';

const checkout = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
const files = 2000;
const sample = 100;

function median(times: number[]): number {
  return times.sort((one, other) => one - other)[times.length >> 1] as number;
}

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

try {
  const body = readFileSync(join(checkout, 'node_modules/acorn/dist/acorn.js'), 'utf8').slice(
    0,
    3600,
  );
  const inner = body.slice(body.indexOf('use strict') + 12, body.lastIndexOf('\n\n'));
  for (let at = 0; at < files; at += 1) {
    const path = join(folder, 'server/dist', `${at % 40}`, `${at}.js`);
    mkdirSync(dirname(path), { recursive: true });
    const next = at + 40 < files ? `require('./${at + 40}');\n` : '';
    writeFileSync(
      path,
      `${next}module.exports = () => {\n${`/* ${at} */ const a = 1;\n`.repeat(0)}const text = ${JSON.stringify(inner)};\nreturn text;\n};\n`,
    );
  }
  writeFileSync(join(folder, 'server/package.json'), '{}');
  writeFileSync(
    join(folder, 'om-ops.yaml'),
    `root: ${folder}\nstate: ${folder}/state\nbackend: {required: ['0']}\ndatabase: {engine: none}\n`,
  );
  const env = { PATH: sitePath(), HOME: folder, OM_OPS_SITE: join(folder, 'om-ops.yaml') };
  const bin = join(checkout, 'bin/om-ops');
  const whole: number[] = [];
  const single: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    whole.push(
      timed(() =>
        execFileSync(bin, ['build', 'verify', '--json', '--quiet'], {
          env,
          cwd: '/',
          stdio: 'pipe',
        }),
      ),
    );
    single.push(
      timed(() => {
        for (let at = 0; at < sample; at += 1)
          spawnSync('node', ['--check', join(folder, 'server/dist', `${at % 40}`, `${at}.js`)], {
            env,
          });
      }) *
        (files / sample),
    );
  }
  console.log(
    `build verify, ${files} files: ${median(whole).toFixed(2)} s, whole command; a process per file ${median(single).toFixed(1)} s (from ${sample}); ratio ${(median(whole) / median(single)).toFixed(4)}`,
  );

  const [live, next] = ['live', 'next'].map((name) => join(folder, name)) as [string, string];
  for (const path of [live, next]) {
    mkdirSync(path);
    writeFileSync(join(path, 'index.js'), '1');
  }
  const shared = new Int32Array(new SharedArrayBuffer(12));
  const reader = `
    const { workerData } = require('node:worker_threads');
    const { readFileSync } = require('node:fs');
    const { shared, path } = workerData;
    while (shared[0] === 0) {
      try { readFileSync(path); } catch { Atomics.add(shared, 2, 1); }
      Atomics.add(shared, 1, 1);
    }`;
  const worker = new Worker(reader, {
    eval: true,
    workerData: { shared, path: join(live, 'index.js') },
  });
  const times: number[] = [];
  while (Atomics.load(shared, 1) < 100_000) {
    times.push(timed(() => exchange(live, next)) * 1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  Atomics.store(shared, 0, 1);
  await new Promise((resolve) => worker.once('exit', resolve));
  console.log(
    `exchange: ${times.length} times, ${median(times).toFixed(3)} ms; ${shared[2]} of ${shared[1]} reads failed`,
  );
  if (!existsSync(live)) throw new Error('The live folder is gone.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
