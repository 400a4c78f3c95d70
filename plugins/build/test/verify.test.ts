import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { pathNode } from '../src/environment/app-node.ts';
import type { Part } from '../src/parts/part.ts';
import { verifyPart } from '../src/verify/verify.ts';
import { writeFiles } from './files.ts';

type Files = Readonly<Record<string, string>>;

function part(t: TestContext, files: Files, more: Partial<Part> = {}): Part {
  const folder = writeFiles(temporaryFolder(t), files);
  const dist = join(folder, 'dist');
  return { name: 'backend', folder, dist, required: [], as: 'node', isNamed: true, ...more };
}

/** On the Node of the system, which is another than that of om-ops. */
async function verified(of: Part) {
  const progress = silentProgress();
  const { dist, findings, leftOut } = await verifyPart(
    of,
    () => pathNode(progress.signal),
    progress,
  );
  const brief = findings.map(
    ({ kind, path, line }) => `${kind} ${path.slice(of.dist.length + 1)}:${line ?? ''}`,
  );
  return { dist, findings, leftOut, brief };
}

const plain = { 'package.json': '{}' };

describe('the verified backend', () => {
  it('passes, and says how much was read on which Node', async (t) => {
    const { dist, findings } = await verified(
      part(t, {
        ...plain,
        'dist/index.js': "#!/usr/bin/env node\nconst a = require('./a');\nreturn a;\n",
        'dist/a.js': '\ufeffmodule.exports = 1;\n',
        'dist/a.d.ts': 'x',
        'dist/node_modules/b/broken.js': 'x = }',
      }),
    );
    assert.deepEqual(findings, []);
    assert.equal(dist.status, 'PASS');
    assert.equal(dist.checked.files, 2);
    assert.equal(dist.files, 4);
    assert.match(dist.node?.version ?? '', /^\d+\.\d+\.\d+$/);
    assert.equal(dist.node?.from, 'PATH');
    assert.notEqual(dist.node?.program, process.execPath);
    assert.match(dist.newest ?? '', /^\d{4}-/);
  });

  it('finds what Node does not read, with the line, in CommonJS and in ES modules', async (t) => {
    const { brief, dist, findings } = await verified(
      part(t, {
        ...plain,
        'dist/a.cjs': "'use strict';\n\nconst x = ;\n",
        'dist/b.mjs': 'export const a = 1;\n\nreturn a;\n',
        'dist/c.js': 'import "./a.cjs";\nlet x = ;\n',
        'dist/cut.js': 'function a() {\n',
        'dist/zeros.js': '\0\0\0\0',
      }),
    );
    assert.deepEqual(brief, [
      'syntax a.cjs:3',
      'syntax b.mjs:3',
      'syntax c.js:2',
      'syntax cut.js:2',
      'syntax zeros.js:1',
    ]);
    assert.equal(dist.status, 'FAIL');
    assert.match(findings[1]?.message ?? '', /Illegal return/);
  });

  it('finds files that Node takes for the other kind', async (t) => {
    const { brief, findings } = await verified(
      part(t, {
        'package.json': '{"type": "module"}',
        'dist/common.js': 'with (a) {}\nmodule.exports = 1;\n',
        'dist/exports.js': "import './es.js';\nmodule.exports = 1;\n",
        'dist/require.js': "const a = require('./es.js');\nexport { a };\n",
        'dist/dirname.js': 'export const here = __dirname;\n',
        'dist/es.js': 'export const a = 1;\n',
        'dist/es.cjs': 'export const a = 1;\n',
        'dist/fine.js':
          "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\nrequire('./es.cjs');\n" +
          "import * as exports from './es.js';\nexport const b = exports.a;\n// module.exports = 1\nconst c = 'require(1)';\n",
        'dist/umd.js': "if (typeof module === 'object') module.exports = 1;\n",
        'dist/sub/package.json': '{"type": "commonjs"}',
        'dist/sub/es.js': 'import "x";\n',
        'dist/sub/common.js': 'exports.a = 1;\n',
      }),
    );
    assert.deepEqual(brief, [
      'module-kind common.js:1',
      'module-kind dirname.js:1',
      'module-kind es.cjs:1',
      'module-kind exports.js:2',
      'module-kind require.js:1',
      'module-kind sub/es.js:1',
    ]);
    assert.match(findings[5]?.message ?? '', /sub\/package\.json says "type": "commonjs"/);
    assert.match(findings[3]?.message ?? '', /It uses module, which an ES module does not have/);
  });

  it('finds relative imports that lead nowhere, of every form, and none in comments and strings', async (t) => {
    const { brief } = await verified(
      part(t, {
        ...plain,
        'dist/good.js':
          "require('./folder'); require('./data'); require('../package.json'); require('./main'); require('express');\n" +
          "// require('./not-there')\nconst text = \"require('./nor-there')\";\n/* import('./neither.js') */\n" +
          "try { require('./optional'); } catch {}\nimport('./optional.mjs').catch(() => {});\n",
        'dist/bundle.js': "(function (require) { require('./inside'); })(load);\n",
        'dist/folder/index.js': '',
        'dist/data.json': '{}',
        'dist/main/package.json': '{"main": "lib/start"}',
        'dist/main/lib/start.js': '',
        'dist/bad.js':
          "'use strict';\nrequire('./gone');\nrequire(`./also-gone`);\n\nconst later = () => import('./gone.mjs');\n",
        'dist/es.mjs':
          "import a from './es-gone.js';\nexport * from './folder';\nexport { b } from './data';\nimport './folder/index.js?v=1';\nimport 'node:fs';\n" +
          "await import(/* name */ './later-gone.js');\n",
      }),
    );
    assert.deepEqual(brief, [
      'import bad.js:2',
      'import bad.js:3',
      'import bad.js:5',
      'import es.mjs:1',
      'import es.mjs:2',
      'import es.mjs:3',
      'import es.mjs:6',
    ]);
  });

  it('reads with the syntax of the Node of the app, and not of om-ops', async (t) => {
    const of = part(t, { ...plain, 'dist/index.cjs': 'function f() {\n  using a = null;\n}\n' });
    const progress = silentProgress();
    const older = await verified(of);
    const own = { program: process.execPath, version: process.versions.node, from: 'this test' };
    const newer = await verifyPart(of, async () => own, progress);
    assert.deepEqual([older.brief, newer.findings.length], [['syntax index.cjs:2'], 0]);
  });

  it('wants what the profile requires, and something that it can check', async (t) => {
    const required = ['index.js', 'config/db.js', 'routes'];
    const files = { ...plain, 'dist/index.js': '', 'dist/other.js': '1', 'dist/config/db.js': '1' };
    const of = part(t, files, { required });
    mkdirSync(join(of.dist, 'routes'));
    assert.deepEqual((await verified(of)).brief, ['required index.js:', 'required routes:']);
    assert.deepEqual((await verified(part(t, plain))).brief, ['missing :']);
    const empty = part(t, { ...plain, 'dist/readme.md': 'x' });
    assert.deepEqual((await verified(empty)).brief, ['empty :']);
  });

  it('says of thousands of files the same as of few', async (t) => {
    const files: Record<string, string> = { ...plain };
    for (let at = 0; at < 400; at += 1)
      files[`dist/${at}.js`] = at % 100 === 7 ? 'x = }' : `module.exports = ${at};`;
    const { brief, dist } = await verified(part(t, files));
    assert.equal(dist.checked.files, 400);
    assert.deepEqual(brief, [
      'syntax 107.js:1',
      'syntax 207.js:1',
      'syntax 307.js:1',
      'syntax 7.js:1',
    ]);
  });

  it('follows links, once where they go in circles, and says what it cannot read', async (t) => {
    const of = part(t, { ...plain, 'elsewhere/a.js': 'x = }', 'dist/b.js': '1' });
    symlinkSync('../elsewhere', join(of.dist, 'linked'));
    symlinkSync('.', join(of.dist, 'self'));
    symlinkSync('nowhere.js', join(of.dist, 'dangling.js'));
    const { brief, leftOut } = await verified(of);
    assert.deepEqual(brief, ['syntax linked/a.js:1']);
    assert.match(leftOut.join(), /dangling\.js/);
    if (process.getuid?.() === 0) return;
    chmodSync(join(of.dist, 'b.js'), 0);
    assert.match((await verified(of)).leftOut.join(), /b\.js/);
  });
});

describe('the verified front end', () => {
  const page =
    '<!doctype html>\n<link rel="stylesheet" href="/app/assets/a-1a2b3c4d.css">\n<script type="module" src="/app/assets/index-9f8e7d6c.js"></script>\n<script src="/config.js"></script><script src="https://elsewhere/x.js"></script>';
  const files = {
    ...plain,
    'dist/index.html': page,
    'dist/assets/a-1a2b3c4d.css': '',
    'dist/assets/index-9f8e7d6c.js':
      "import './chunk-00112233.js'; export const a = () => import('./late-00112233.js');",
    'dist/assets/chunk-00112233.js': '',
    'dist/assets/late-00112233.js': 'using x = null;',
    'dist/old.js': 'with (a) {}',
  };
  const frontend = { name: 'frontend', as: 'browser' } as const;

  it('is read as a browser would', async (t) => {
    const { dist, findings } = await verified(part(t, files, frontend));
    assert.deepEqual(findings, []);
    assert.match(dist.node?.from ?? '', /browsers/);
  });

  it('has to hold the chunks that it loads', async (t) => {
    const of = part(t, files, frontend);
    for (const lost of ['index-9f8e7d6c.js', 'a-1a2b3c4d.css'])
      rmSync(join(of.dist, 'assets', lost));
    assert.deepEqual((await verified(of)).brief, [
      'reference index.html:2',
      'reference index.html:3',
    ]);
    const other = part(t, files, frontend);
    for (const lost of ['chunk-00112233.js', 'late-00112233.js'])
      rmSync(join(other.dist, 'assets', lost));
    assert.deepEqual((await verified(other)).brief, [
      'import assets/index-9f8e7d6c.js:1',
      'import assets/index-9f8e7d6c.js:1',
    ]);
  });

  it('is none where the site has none, and missing where the profile names it', async (t) => {
    const folder = join(temporaryFolder(t), 'front-end');
    const of = { ...part(t, plain, frontend), folder, dist: join(folder, 'dist') };
    assert.equal((await verified({ ...of, isNamed: false })).dist.status, 'OFF');
    assert.equal((await verified(of)).dist.status, 'FAIL');
  });
});
