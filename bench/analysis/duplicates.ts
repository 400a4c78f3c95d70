// Full mode against rdfind, jdupes and fdupes: `node bench/analysis/duplicates.ts TREE [RUNS]`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, ours, program, ratio, wholeCommand } from './measure.ts';

const [tree, runs = '7', check] = process.argv.slice(2);
if (tree === undefined) throw new Error('usage: duplicates.ts TREE [RUNS] [check]');
const scratch = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
const state = join(scratch, 'state');
const cache = join(state, 'analysis/hashes.bin');
const full = (maxHashMb: number): string => `
    await runAnalysis({ scope: 'path', path: ${JSON.stringify(tree)}, settings: { ...settings, dedupeMode: 'full', maxHashMb: ${maxHashMb} },
      state: ${JSON.stringify(state)}, version: '0' }, progress);`;
const run = { 'run/run.js': 'runAnalysis' };
const fullMode = `
    await analyse({ scope: 'path', path: ${JSON.stringify(tree)}, settings: { ...settings, dedupeMode: 'full' },
      cachePath: ${JSON.stringify(cache)} }, progress);`;
const mode = { 'run/analyse.js': 'analyse' };
const whole = () => wholeCommand(state, '--path', tree, '--dedupe-mode', 'full');
const know = (): void => {
  ours(mode, fullMode);
};
const forget = (): void => rmSync(cache, { force: true });
try {
  const results = compare(
    [
      { name: 'whole command', prepare: forget, run: whole },
      { name: 'whole command, hashes known', prepare: () => void whole(), run: whole },
      { name: 'full mode', prepare: forget, run: () => ours(mode, fullMode) },
      { name: 'full mode, hashes known', prepare: know, run: () => ours(mode, fullMode) },
      {
        name: 'rdfind',
        run: () => program('rdfind', '-dryrun', 'true', '-makeresultsfile', 'false', tree),
      },
      { name: 'jdupes -r', run: () => program('jdupes', '-rq', tree) },
      { name: 'fdupes -rn', run: () => program('fdupes', '-rnq', tree) },
    ],
    Number(runs),
  );
  ratio(results, 'whole command', 'rdfind', 0.65);
  ratio(results, 'whole command, hashes known', 'rdfind', 0.3);
  ratio(results, 'full mode', 'rdfind', 0.6);
  ratio(results, 'full mode', 'jdupes -r', 0.25);
  ratio(results, 'full mode, hashes known', 'rdfind', 0.25);
  if (check === 'check') {
    ours(run, full(1_000_000));
    compareGroups();
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function compareGroups(): void {
  const index = JSON.parse(readFileSync(join(state, 'analysis/index.json'), 'utf8'));
  const last = join(state, 'analysis/runs', index.runs.at(-1).run, 'analysis.json');
  const { duplicates } = JSON.parse(readFileSync(last, 'utf8'));
  // fdupes separates paths by newlines: a path with one in it is taken for two, on both sides.
  const asBytes = (path: string): string =>
    /\\x[0-9A-F]{2}/.test(path)
      ? path.replace(/\\\\|\\x([0-9A-F]{2})/g, (_all, hex) =>
          hex === undefined ? '\\' : String.fromCharCode(Number.parseInt(hex, 16)),
        )
      : Buffer.from(path).toString('latin1');
  const mine = duplicates.groups.map(({ paths }: { paths: string[] }) =>
    paths.map(asBytes).join('\n').split('\n').sort().join('\n'),
  );
  const theirs = execFileSync('fdupes', ['-rnq', tree!], { encoding: 'latin1', maxBuffer: 1 << 30 })
    .split('\n\n')
    .filter((group) => group.trim() !== '')
    .map((group) =>
      group
        .replace(/^\n+|\n+$/g, '')
        .split('\n')
        .sort()
        .join('\n'),
    );
  const known = new Set(theirs);
  const differing = mine.filter((group: string) => !known.has(group));
  console.log(
    `${mine.length} groups, fdupes -rn ${theirs.length}: ${differing.length === 0 && mine.length === theirs.length ? 'the same' : 'DIFFERENT'}`,
  );
  for (const group of differing.slice(0, 3)) console.log(group);
}
