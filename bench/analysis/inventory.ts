// Quick mode against gdu and Python: `node bench/analysis/inventory.ts TREE [RUNS]`.
// Make a tree first: `node bench/analysis/distinct-tree.ts TREE`, or `tree.ts TREE node_modules`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, ours, program, ratio, wholeCommand } from './measure.ts';

const [tree, runs = '7'] = process.argv.slice(2);
if (tree === undefined) throw new Error('usage: inventory.ts TREE [RUNS]');
const scratch = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
const state = join(scratch, 'state');
const python = join(scratch, 'walk.py');
// As the original did it: every size, and nothing else.
writeFileSync(
  python,
  `import os, sys
files = size = 0
for folder, folders, names in os.walk(sys.argv[1]):
    for name in names:
        files += 1
        size += os.lstat(os.path.join(folder, name)).st_size
print(files, size)
`,
);
const path = JSON.stringify(tree);
const modules = {
  'walk/walk.js': 'walk',
  'inventory/inventory.js': 'takeInventory',
  'junk/junk.js': 'reportJunk',
};
const inventory = `
    const now = new Date();
    const { tree } = await walk({ path: ${path} }, progress);
    const inventory = await takeInventory(tree, { now, staleDays: 180 }, progress);
    const junk = await reportJunk(tree, inventory, { largeBytes: 50 * 2 ** 20, now }, progress);
    const { bytes, diskBytes } = inventory.totals;`;
try {
  const results = compare(
    [
      { name: 'whole command, quick', run: () => wholeCommand(state, '--path', tree) },
      { name: 'inventory', run: () => ours(modules, inventory) },
      {
        name: 'gdu -o',
        run: () => program('gdu', '-n', '-p', '-o', join(scratch, 'gdu.json'), tree),
      },
      { name: 'python os.walk + lstat', run: () => program('python3', python, tree) },
      { name: 'du', run: () => program('du', '-s', tree) },
    ],
    Number(runs),
  );
  ratio(results, 'whole command, quick', 'gdu -o', 0.95);
  ratio(results, 'whole command, quick', 'python os.walk + lstat', 0.65);
  ratio(results, 'inventory', 'gdu -o', 0.85);
  ratio(results, 'inventory', 'python os.walk + lstat', 0.65);
  const counted = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { walk } from ${JSON.stringify(join(import.meta.dirname, '../../plugins/analysis/dist/walk/walk.js'))};
       import { takeInventory } from ${JSON.stringify(join(import.meta.dirname, '../../plugins/analysis/dist/inventory/inventory.js'))};
       const progress = { report() {}, warn() {}, signal: new AbortController().signal };
       const { tree } = await walk({ path: ${path} }, progress);
       const { totals } = await takeInventory(tree, { now: new Date(), staleDays: 180 }, progress);
       console.log(totals.files, totals.bytes, totals.diskBytes);`,
    ],
    { encoding: 'utf8' },
  );
  const [files, bytes, diskBytes] = counted.split(' ').map(Number);
  const du = (...options: string[]) =>
    Number(execFileSync('du', ['-s', ...options, tree], { encoding: 'utf8' }).split('\t')[0]);
  console.log(
    `${files} files; du -b ${du('-b') === bytes ? 'agrees' : 'DIFFERS'}, du ${du('-B1') === diskBytes ? 'agrees' : 'DIFFERS'}`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
