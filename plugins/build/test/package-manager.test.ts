import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';

// The managers themselves are some 130 MB: these stand-ins write down how they are called and do what the script says.
// What they are given here was tried with pnpm 10.34, Yarn 1.22 and Bun 1.2: they take it as it is meant.

const classic = '# yarn lockfile v1\n';
const berry = '__metadata:\n  version: 8\n';

/** What lies there, and how the packages are installed and the script is run. */
const cases: readonly {
  title: string;
  files: Readonly<Record<string, string>>;
  says?: string;
  install: string;
  run: string;
}[] = [
  {
    title: 'pnpm by its lock file',
    files: { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
    install: 'pnpm install --frozen-lockfile --prod=false',
    run: 'pnpm run build --outDir NEXT',
  },
  {
    title: 'Yarn 1 by its lock file',
    files: { 'yarn.lock': classic },
    install: 'yarn install --frozen-lockfile',
    run: 'yarn run build --outDir NEXT',
  },
  {
    title: 'Yarn 4 by its lock file',
    files: { 'yarn.lock': berry },
    install: 'yarn install --immutable',
    run: 'yarn run build --outDir NEXT',
  },
  {
    title: 'Bun by its lock file',
    files: { 'bun.lock': '{}' },
    install: 'bun install --frozen-lockfile',
    run: 'bun run build --outDir NEXT',
  },
  {
    title: 'the one that package.json names, of two lock files',
    files: { 'yarn.lock': classic, 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
    says: 'pnpm@10.34.9+sha512.abc',
    install: 'pnpm install --frozen-lockfile --prod=false',
    run: 'pnpm run build --outDir NEXT',
  },
  {
    title: 'npm where there is no lock file, and nothing is frozen',
    files: {},
    install: 'npm install --include=dev --no-audit --no-fund',
    run: 'npm run build -- --outDir NEXT',
  },
];

describe('the packages of a rebuild', () => {
  for (const { title, files, says, install, run } of cases)
    it(`are installed by ${title}`, async (t) => {
      const folder = temporaryFolder(t);
      const site = smallSite(
        folder,
        {
          'server/package.json': JSON.stringify({
            name: 'a',
            version: '1.0.0',
            scripts: { build: 'node build.cjs' },
            ...(says === undefined ? {} : { packageManager: says }),
          }),
          'server/build.cjs': `const fs = require('fs'); const out = process.argv.at(-1); fs.mkdirSync(out); fs.writeFileSync(out + '/index.js', '2')`,
          'server/dist/index.js': '1',
          ...Object.fromEntries(
            Object.entries(files).map(([name, text]) => [`server/${name}`, text]),
          ),
        },
        {
          profile:
            'backend: {required: [index.js]}\nbuild: {out: {flag: --outDir}}\ndatabase: {engine: none}',
        },
      );
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      const log = join(folder, 'log');
      for (const name of ['npm', 'pnpm', 'yarn', 'bun'])
        writeFileSync(
          join(bin, name),
          `#!/bin/sh\necho "${name} $* NODE_ENV=$NODE_ENV" >> ${log}\n[ "$1" = install ] && exec mkdir -p node_modules\nfor last; do :; done\nexec node build.cjs "$last"\n`,
          { mode: 0o755 },
        );
      const argv = ['build', 'backend', '--no-restart', '--confirm', 'YES APPLY', '--json'];
      const env = { PATH: `${bin}:${process.env.PATH}`, NODE_ENV: 'production' };
      const done = await site.run(argv, { env });
      assert.equal(done.code, 0, done.stdout + done.stderr);
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      const next = lines[1]?.match(/\S*om-ops-next\S*/)?.[0] ?? 'none';
      // What only the build needs is installed although NODE_ENV says otherwise; the build itself sees it.
      const wanted = [`${install} NODE_ENV=`, `${run.replace('NEXT', next)} NODE_ENV=production`];
      assert.deepEqual(lines, wanted);
      assert.equal(readFileSync(join(site.root, 'server/dist/index.js'), 'utf8'), '2');
      assert.ok(!existsSync(join(site.root, 'server', next)));
    });
});
