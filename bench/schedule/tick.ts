// What the tick that comes each minute costs when nothing is due, against Node with nothing to do.
// node bench/schedule/tick.ts [ROUNDS]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, program } from '../analysis/measure.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-schedule-'));
const profile = join(folder, 'om-ops.yaml');
const empty = join(folder, 'empty.js');
mkdirSync(join(folder, 'root'));
writeFileSync(empty, '');
writeFileSync(
  profile,
  JSON.stringify({
    root: 'root',
    state: '../state',
    schedule: { tasks: { 'health-check': null } },
  }),
);
// A moment of the night before the first task of the day.
const env = ['OM_OPS_NOW=2026-01-14T00:00:30Z', 'TZ=UTC', `HOME=${folder}`];
const om = (...argv: string[]) =>
  program('env', ...env, join(import.meta.dirname, '../../bin/om-ops'), ...argv);
const tick = ['schedule', 'tick', '--quiet', '--site', profile];
try {
  om(...tick);
  om(...tick);
  const results = compare(
    [
      { name: 'node empty.js', run: () => program('env', ...env, process.execPath, empty) },
      { name: 'schedule tick, nothing due', run: () => om(...tick) },
      { name: 'schedule list (start-up)', run: () => om('schedule', 'list', '--site', profile) },
    ],
    Number(process.argv[2] ?? 25),
  );
  const [bare, quiet] = [...results.values()];
  const ratio = quiet!.cpu / bare!.cpu;
  const share = (quiet!.cpu / 60) * 100;
  console.log(
    `CPU ${ratio.toFixed(2)} × bare Node (at most 1.8) ${ratio <= 1.8 ? 'ok' : 'TOO SLOW'}; at one a minute ${share.toFixed(2)} % of a core`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
