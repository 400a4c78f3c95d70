// Verifying against `pigz -t` and `gzip -t`, interleaved, the same archive.
//
//   node bench/backup/verify.ts [--mb 820] [--runs 3] [--dir FOLDER]
//
// Ours also computes the SHA-256 and walks the tar archive. Exits 1 when a target is missed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTree } from './create-tree.ts';
import { compare, judge, ours, shell } from './restore-peers.ts';

const { values: flags } = parseArgs({
  options: {
    mb: { type: 'string', default: '820' },
    runs: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
});

const folder = mkdtempSync(join(flags.dir, 'om-ops-bench-verify-'));
try {
  const tree = join(folder, 'tree');
  makeTree(tree, Number(flags.mb), 'mixed');
  const archive = join(folder, 'tree.tar.gz');
  execFileSync('bash', ['-c', `tar --format=posix -cf - -C ${tree} . | pigz -6 > ${archive}`]);
  rmSync(tree, { recursive: true });
  console.log(`${(statSync(archive).size / 1e6).toFixed(0)} MB compressed`);
  const verify = `const { ok } = await ours.verifyArchive(${JSON.stringify(archive)}, { progress }); if (!ok) throw new Error('not ok');`;
  const { ratios, rssMiB } = compare(
    [
      { name: 'ours', run: () => ours('verify/archive.js', verify) },
      { name: 'pigz -t', run: () => shell(`pigz -t ${archive}`) },
      {
        name: 'pigz -t and sha256sum',
        run: () => shell(`pigz -t ${archive}; sha256sum ${archive} > /dev/null`),
      },
      { name: 'gzip -t', run: () => shell(`gzip -t ${archive}`) },
    ],
    Number(flags.runs),
  );
  const met = [
    judge('verify / pigz -t', ratios.get('pigz -t') ?? Number.NaN, 1.2),
    judge('memory in MiB', rssMiB, 250),
  ];
  if (met.includes(false)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
