// What `uploads check` of four folders costs beyond starting a command. Needs root.
// node bench/uploads/run.ts [ROUNDS]
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, program } from '../analysis/measure.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-uploads-'));
const dirs = ['a', 'b', 'c', 'd'];
chmodSync(folder, 0o755);
for (const dir of dirs) mkdirSync(join(folder, 'site', dir), { recursive: true });
const profile = join(folder, 'om-ops.yaml');
writeFileSync(
  profile,
  JSON.stringify({ root: 'site', state: '../state', uploads: { dirs, owner: 'root' } }),
);
const om = (...argv: string[]) =>
  program('env', `OM_OPS_SITE=${profile}`, join(import.meta.dirname, '../../bin/om-ops'), ...argv);
try {
  om('uploads', 'check');
  const results = compare(
    [
      { name: 'uploads paths (start-up)', run: () => om('uploads', 'paths') },
      { name: 'uploads check', run: () => om('uploads', 'check') },
    ],
    Number(process.argv[2] ?? 15),
  );
  const [start, check] = [...results.values()];
  const more = check!.median - start!.median;
  console.log(`start-up + ${more.toFixed(2)} s (at most 0.1) ${more <= 0.1 ? 'ok' : 'TOO SLOW'}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
