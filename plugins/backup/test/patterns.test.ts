import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { type Progress, silentProgress } from '@om-ops/kit';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { createArchive } from '../src/archive/archive.ts';
import { extractArchive } from '../src/archive/extract/extract.ts';
import type { SourceOptions } from '../src/archive/tree/source.ts';
import { codeExclusions, secretExclusions } from '../src/categories.ts';
import { trackedOutput } from '../src/create/tracked.ts';
import { meantPatterns } from '../src/restore/meant-patterns.ts';
import { namesIn } from './archive-make.ts';

function tree(test: CleansUp, files: readonly string[]): string {
  const folder = temporaryFolder(test);
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  return folder;
}

function listening(): Progress & { warnings: string[] } {
  const warnings: string[] = [];
  return { ...silentProgress(), warn: (message) => warnings.push(message), warnings };
}

interface Packed {
  archive: string;
  files: string[];
  warnings: string[];
  leftOut: string[];
}

async function pack(test: CleansUp, options: SourceOptions): Promise<Packed> {
  const archive = join(temporaryFolder(test), 'a.tar.gz');
  const progress = listening();
  const { open } = await import('node:fs/promises');
  await using output = await open(archive, 'wx');
  const { leftOut } = await createArchive({ ...options, output, progress });
  const files = (await namesIn(archive)).filter((name) => !name.endsWith('/'));
  return { archive, files, warnings: progress.warnings, leftOut };
}

const albums = [
  'album (1)/p.jpg',
  'album 1/p.jpg',
  '[draft]/x',
  'd/x',
  'photo (1).jpg',
  'photo 1.jpg',
  'app/[slug]/page.tsx',
  'app/s/page.tsx',
];

describe('--only', () => {
  const expected: Record<string, string[]> = {
    'album (1)/**': ['album (1)/p.jpg'],
    'album (1)': ['album (1)/p.jpg'],
    'photo (1).jpg': ['photo (1).jpg'],
    '[draft]': ['[draft]/x'],
    'app/[slug]/**': ['app/[slug]/page.tsx'],
    'app/[slug]/page.tsx': ['app/[slug]/page.tsx'],
    'photo @(1|2).jpg': ['photo 1.jpg'],
    'photo*': ['photo (1).jpg', 'photo 1.jpg'],
  };
  it('takes a name for a name, whatever characters are in it', async (t) => {
    const { archive } = await pack(t, { source: tree(t, albums), exclude: [] });
    for (const [pattern, names] of Object.entries(expected)) {
      const to = join(temporaryFolder(t), 'x');
      const progress = listening();
      const only = await meantPatterns(archive, [pattern], progress);
      await extractArchive({ archive, to, only, inPlace: false, progress });
      const found = execFileSync('find', ['.', '-type', 'f'], { cwd: to, encoding: 'utf8' });
      const sorted = found.trim().split('\n').sort();
      assert.deepEqual(
        sorted.map((name) => name.slice(2)),
        names,
        pattern,
      );
      assert.deepEqual(progress.warnings, [], pattern);
    }
  });

  it('says when what looks like a name was none', async (t) => {
    const { archive } = await pack(t, { source: tree(t, ['d/x', 'e/x']), exclude: [] });
    const progress = listening();
    assert.deepEqual(await meantPatterns(archive, ['[draft]'], progress), ['[draft]']);
    assert.match(progress.warnings.join(), /`\[draft\]` is the name of nothing/);
  });
});

describe('exclude and include', () => {
  it('take a name for a name', async (t) => {
    const source = tree(t, ['old (2)/a', 'old 2/a', 's/a', 'x/[slug]/a', 'b']);
    const exclude = ['old (2)', '[slug]'];
    const without = await pack(t, { source, exclude, written: exclude });
    assert.deepEqual([without.files, without.warnings], [['b', 'old 2/a', 's/a'], []]);
    const include = ['old (2)', 'x/[slug]'];
    const only = await pack(t, { source, exclude: [], include });
    assert.deepEqual([only.files, only.warnings], [['old (2)/a', 'x/[slug]/a'], []]);
  });

  it('say what did nothing, and what did something else', async (t) => {
    const source = tree(t, ['s/a', 'b']);
    const exclude = ['[slug]', 'nosuch'];
    const { files, warnings } = await pack(t, { source, exclude, written: exclude });
    assert.deepEqual(files, ['b']);
    assert.match(warnings.join('\n'), /`\[slug\]` is the name of nothing.*left out s\./);
    assert.match(warnings.join('\n'), /Nothing is there that `nosuch` could leave out/);
  });
});

describe('folders that hold output as a rule', () => {
  const files = [
    'src/logs/index.js',
    'src/logs/debug.txt',
    'src/build/index.js',
    'dist/app.js',
    'logs/a.log',
    'node_modules/x/index.js',
  ];
  const exclude = [...codeExclusions, ...secretExclusions];

  it('are source where git tracks them, and only what it tracks', async (t) => {
    const source = tree(t, files);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: source });
    git('init', '-q');
    git('add', '-f', 'src/logs/index.js', 'src/build/index.js');
    const tracked = await trackedOutput(source, new AbortController().signal);
    const packed = await pack(t, { source, exclude, byDefault: codeExclusions, tracked });
    assert.deepEqual(packed.files, ['src/build/index.js', 'src/logs/index.js']);
    assert.deepEqual(packed.leftOut, ['.git', 'dist', 'logs', 'node_modules']);
  });

  it('are named when they are left out', async (t) => {
    const source = tree(t, files);
    const { leftOut } = await pack(t, { source, exclude, byDefault: codeExclusions });
    assert.deepEqual(leftOut, ['dist', 'logs', 'node_modules', 'src/build', 'src/logs']);
  });

  it('are taken when they are included by name, and said when something else leaves them out', async (t) => {
    const source = tree(t, [...files, 'secret/.env']);
    const options = { source, exclude, byDefault: codeExclusions };
    const named = await pack(t, { ...options, include: ['src/logs', 'logs', 'secret/.env'] });
    assert.deepEqual(named.files, ['logs/a.log', 'src/logs/debug.txt', 'src/logs/index.js']);
    assert.match(named.warnings.join(), /secret\/\.env of .* is not in the backup: `\.env\*`/);
    const globbed = await pack(t, { ...options, include: ['s*'] });
    assert.deepEqual(globbed.files, []);
  });
});
