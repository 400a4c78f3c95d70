import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { checkout } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { removeStale } from '../../scripts/clean-dist.mjs';
import { missingOptional } from '../../scripts/lockfile.mjs';

function write(root: string, ...files: string[]) {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
}

describe('the build', () => {
  it('removes what a deleted source left behind, and nothing else', (test) => {
    const root = temporaryFolder(test);
    write(
      root,
      'src/main.ts',
      'kit/src/errors.ts',
      'plugins/pm2/src/commands/pm2/status.ts',
      'plugins/pm2/src/report/page/index.tsx',
    );
    const kept = [
      'dist/main.js',
      'dist/core-plugins.json',
      'kit/dist/errors.js',
      'kit/dist/errors.d.ts',
      'plugins/pm2/dist/commands/pm2/status.js',
      'plugins/pm2/dist/report/page.js',
      'plugins/pm2/dist/report/page.css',
    ];
    const stale = [
      'dist/gone.js',
      'plugins/pm2/dist/commands/pm2/undo.d.ts',
      'plugins/pm2/dist/commands/pm2/undo.js',
    ];
    write(root, ...kept, ...stale);
    assert.deepEqual(removeStale(root).sort(), stale);
    for (const file of kept) assert.ok(existsSync(join(root, file)), file);
    for (const file of stale) assert.ok(!existsSync(join(root, file)), file);
  });
});

describe('the lockfile', () => {
  it('is refused when it lacks what another platform needs', () => {
    const esbuild = {
      optionalDependencies: { '@esbuild/linux-arm64': '1', '@esbuild/aix-ppc64': '1' },
    };
    const packages = {
      '': {},
      'node_modules/esbuild': esbuild,
      'node_modules/@esbuild/linux-arm64': {},
      'node_modules/esbuild/node_modules/@esbuild/aix-ppc64': {},
      'plugins/a/node_modules/esbuild': esbuild,
    };
    assert.deepEqual(missingOptional(packages), [
      'plugins/a/node_modules/esbuild: @esbuild/aix-ppc64',
    ]);
    const there = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')).packages;
    assert.deepEqual(missingOptional(there), []);
    delete there['node_modules/@esbuild/darwin-arm64'];
    assert.deepEqual(missingOptional(there), ['node_modules/esbuild: @esbuild/darwin-arm64']);
  });
});
