// What `summary run` takes beyond its slowest part, with 90 runs before it.
// node bench/summary/run.ts [ROUNDS]
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { smallSite } from '@om-ops/test-support/small-site';
import { median } from '../analysis/measure.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-summary-'));
const rounds = Number(process.argv[2] ?? 7);

interface Told {
  path: string;
  report: string;
  panels: { topic: string; ms: number }[];
}

const told = (stdout: string) => (JSON.parse(stdout) as { result: Told }).result;

try {
  const nginx = join(folder, 'slow-nginx');
  writeFileSync(nginx, '#!/bin/sh\nsleep 1\nexit 1\n');
  chmodSync(nginx, 0o755);
  const { profile } = smallSite(
    folder,
    { 'server/a.js': 'a' },
    { profile: `database: {engine: none}\nnginx: {bin: ${nginx}}` },
  );
  const run = (...argv: string[]) => {
    const started = performance.now();
    const { stdout } = spawnSync(join(import.meta.dirname, '../../bin/om-ops'), argv, {
      encoding: 'utf8',
      maxBuffer: 1e8,
      env: { ...process.env, OM_OPS_SITE: profile },
    });
    return { seconds: (performance.now() - started) / 1000, stdout };
  };
  const { path } = told(run('summary', 'run', '--json').stdout);
  const runs = join(dirname(path), '..');
  for (let before = 0; before < 90; before++) {
    const minute = String(before % 60).padStart(2, '0');
    const name = `2026-01-0${1 + Math.floor(before / 60)}_00${minute}00`;
    cpSync(dirname(path), join(runs, name), { recursive: true });
  }
  const beyond: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const { seconds, stdout } = run('summary', 'run', '--json');
    const { report, panels } = told(stdout);
    beyond.push(seconds - Math.max(...panels.map(({ ms }) => ms)) / 1000);
    bytes = statSync(report).size;
  }
  const more = median(beyond);
  const start = median(Array.from({ length: rounds }, () => run('version').seconds));
  console.log(`start-up ${start.toFixed(2)} s; page ${bytes} bytes (at most 250,000)`);
  console.log(
    `slowest part + ${more.toFixed(2)} s (at most 0.3) ${more <= 0.3 ? 'ok' : 'TOO SLOW'}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
