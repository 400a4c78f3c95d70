// Restores against GNU tar and bsdtar, interleaved, the same archive, to the same disk.
//
//   node bench/backup/restore.ts [--mb 400] [--runs 3] [--dir FOLDER]
//
// Exits 1 when a target of the issue is missed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTree } from './create-tree.ts';
import { compare, judge, ours, type Peer, shell } from './restore-peers.ts';

const { values: flags } = parseArgs({
  options: {
    mb: { type: 'string', default: '400' },
    runs: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
});

const folder = mkdtempSync(join(flags.dir, 'om-ops-bench-restore-'));
try {
  const tree = join(folder, 'tree');
  makeTree(tree, Number(flags.mb), 'mixed');
  const archive = join(folder, 'tree.tar.gz');
  execFileSync('bash', ['-c', `tar --format=posix -cf - -C ${tree} . | pigz -6 > ${archive}`]);
  const files = execFileSync('bash', ['-c', `find ${tree} -type f | wc -l`])
    .toString()
    .trim();
  console.log(`${files} files, ${(statSync(archive).size / 1e6).toFixed(0)} MB compressed`);
  // A new folder every time, and nothing removed before the end: for minutes ext4 searches for inodes
  // that were not freed lately, which took half of the time.
  let target = folder;
  let count = 0;
  const anew = (): void => {
    target = join(folder, `target-${count++}`);
    execFileSync('sync');
  };
  const empty = (): void => {
    anew();
    mkdirSync(target);
  };
  const restore = (inPlace: boolean): Peer['run'] => {
    return () =>
      ours(
        'archive/extract/extract.js',
        `await ours.extractArchive({ archive: ${JSON.stringify(archive)}, to: ${JSON.stringify(target)}, inPlace: ${inPlace}, progress });`,
      );
  };
  const { ratios, rssMiB } = compare(
    [
      { name: 'ours', prepare: anew, run: restore(false) },
      { name: 'tar -xzf', prepare: empty, run: () => shell(`tar -xzf ${archive} -C ${target}`) },
      {
        name: 'tar && sync -f',
        prepare: empty,
        run: () => shell(`tar -xzf ${archive} -C ${target} && sync -f ${target}`),
      },
      {
        name: 'bsdtar -xzf',
        prepare: empty,
        run: () => shell(`bsdtar -xzf ${archive} -C ${target}`),
      },
    ],
    Number(flags.runs),
  );
  anew();
  restore(false)();
  execFileSync('diff', ['-r', '--no-dereference', tree, target], { stdio: 'inherit' });
  const inPlace = restore(true)();
  console.log(
    `in place, over the same tree: ${inPlace.seconds.toFixed(2)} s, ${inPlace.rssMiB?.toFixed(0)} MiB`,
  );
  const met = [
    // Ours is on the disk when it has its name, and GNU tar's is not.
    judge('restore / GNU tar', ratios.get('tar -xzf') ?? Number.NaN, 1),
    judge('restore / GNU tar that flushes', ratios.get('tar && sync -f') ?? Number.NaN, 1),
    judge('memory in MiB', Math.max(rssMiB, inPlace.rssMiB ?? 0), 250),
  ];
  if (met.includes(false)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
