import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { looksSecret, Redactor } from '../src/redact.ts';
import { checkTopLevel } from '../src/site/check.ts';
import { readProfile } from '../src/site/document.ts';
import { locateProfile } from '../src/site/locate.ts';
import { leaves, merged } from '../src/site/merge.ts';
import { defineSection, z } from '../src/site/section.ts';
import { hideEnvValues, loadSite } from '../src/site/site.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-site-'));
after(() => rmSync(folder, { recursive: true }));

function profile(text: string): string {
  const file = join(mkdtempSync(join(folder, 'p-')), 'om-ops.yaml');
  writeFileSync(file, text);
  return file;
}

function load(text: string, env: Record<string, string> = {}) {
  return loadSite({ flag: profile(text), env, cwd: '/' });
}

const pets = defineSection(
  'pets',
  z.strictObject({
    count: z.int().min(1),
    kinds: z.strictObject({ cat: z.string(), dog: z.string() }),
  }),
  { count: 2, kinds: { cat: 'grey', dog: 'brown' } },
);

describe('locateProfile', () => {
  it('takes --site before OM_OPS_SITE before the places it searches', () => {
    const file = profile('site: a');
    const other = profile('site: b');
    assert.equal(locateProfile({ flag: file, env: { OM_OPS_SITE: other }, cwd: '/' }).file, file);
    assert.equal(locateProfile({ env: { OM_OPS_SITE: other }, cwd: '/' }).file, other);
    assert.equal(locateProfile({ env: { HOME: '/nowhere' }, cwd: join(file, '..') }).file, file);
    const config = mkdtempSync(join(folder, 'xdg-'));
    mkdirSync(join(config, 'om-ops'));
    writeFileSync(join(config, 'om-ops/site.yaml'), '');
    assert.equal(
      locateProfile({ env: { XDG_CONFIG_HOME: config }, cwd: '/' }).file,
      join(config, 'om-ops/site.yaml'),
    );
    assert.equal(locateProfile({ env: { HOME: '/nowhere' }, cwd: '/' }).by, 'built-in');
  });

  it('does not fall back from a file that was named', () => {
    assert.throws(() => locateProfile({ flag: 'no/such.yaml', env: {}, cwd: '/' }), {
      code: 'E_SITE_NOT_FOUND',
      exit: 2,
    });
  });
});

describe('loadSite', () => {
  it('has the OrthodoxMetrics values without a profile', async () => {
    const site = await loadSite({ env: { HOME: '/nowhere' }, cwd: '/' });
    assert.equal(site.root, '/var/www/orthodoxmetrics/prod');
    assert.equal(site.state, '/var/backups/OM');
    assert.equal(site.backend.port, 3001);
  });

  it('lays the profile over the defaults key by key, and says where each value came from', async () => {
    const site = await load('root: /srv/x\nbackend:\n  port: 4000\nstate: st\n');
    assert.equal(site.backend.port, 4000);
    assert.equal(site.backend.dir, 'server');
    assert.equal(site.state, '/srv/x/st');
    assert.match(site.sourceOf(['backend', 'port']), /om-ops\.yaml:3$/);
    assert.equal(site.sourceOf(['backend', 'dir']), 'default');
  });

  it('takes OM_OPS_STATE before the profile', async () => {
    const site = await load('state: /a', { OM_OPS_STATE: '/b' });
    assert.equal(site.state, '/b');
    assert.equal(site.sourceOf(['state']), 'OM_OPS_STATE');
  });

  it('takes a relative root from the folder of the profile', async () => {
    const site = await load('root: www');
    assert.equal(site.root, join(site.located.file ?? '', '../www'));
  });

  it('names file, line, key and what was expected', async () => {
    await assert.rejects(load('site: x\nbackend:\n  port: lots\n'), {
      code: 'E_SITE_INVALID',
      exit: 2,
      message: /om-ops\.yaml:3: `backend\.port`: expected a number, got "lots"\./,
    });
    await assert.rejects(load('backend: {port: 99999}'), /expected 65535 or less, got 99999/);
    await assert.rejects(load('envFiles: x'), /:1: `envFiles`: expected a list, got "x"/);
  });

  it('names the nearest known key for an unknown one', async () => {
    await assert.rejects(
      load('rooot: /x'),
      /:1: `rooot`: unknown key `rooot`; did you mean `root`\?$/m,
    );
    await assert.rejects(
      load('site: x\nfrontend: {dits: y}'),
      /:2: `frontend\.dits`: unknown key `dits`; did you mean `dist`\?/,
    );
  });

  it('says where YAML is broken', async () => {
    await assert.rejects(load('site: x\nroot: [a\n'), {
      code: 'E_SITE_INVALID',
      message: /om-ops\.yaml:\d+:\d+: not valid YAML/,
    });
    await assert.rejects(load('- a\n'), /expected keys and values/);
    await assert.rejects(load('root: a\nroot: b\n'), /not valid YAML: .*unique/);
  });

  it('accepts sections that are known, and no others', async () => {
    const flag = profile('nginx: {anything: goes}\npm2: {app: x}');
    await loadSite({ flag, env: {}, cwd: '/', sections: ['nginx', 'pm2'] });
    await assert.rejects(load('nginx: {}'), /`nginx`: unknown key `nginx`/);
    assert.deepEqual(await checkTopLevel(await readProfile(flag), ['nginx', 'pm2']), []);
  });
});

describe('section', () => {
  it('is complete, typed and checked', async () => {
    const site = await loadSite({
      flag: profile('pets: {kinds: {cat: black}}'),
      env: {},
      cwd: '/',
      sections: ['pets'],
    });
    assert.deepEqual(await site.section(pets), { count: 2, kinds: { cat: 'black', dog: 'brown' } });
    const bad = await loadSite({
      flag: profile('pets:\n  count: 0\n  kinds:\n    cow: x'),
      env: {},
      cwd: '/',
      sections: ['pets'],
    });
    await assert.rejects(
      bad.section(pets),
      /:2: `pets\.count`: expected 1 or more, got 0\.\n.*:4: `pets\.kinds\.cow`: unknown key `cow`/,
    );
  });
});

describe('merged', () => {
  it('merges maps, replaces lists, and changes neither side', () => {
    const base = { a: { b: 1, c: [1, 2] }, d: 1 };
    assert.deepEqual(merged(base, { a: { c: [3] }, e: null }), {
      a: { b: 1, c: [3] },
      d: 1,
      e: null,
    });
    assert.deepEqual(base, { a: { b: 1, c: [1, 2] }, d: 1 });
  });

  it('lists every leaf', () => {
    assert.deepEqual(
      [...leaves({ a: { b: 1, c: [] }, d: {} })].map(({ path }) => path.join('.')),
      ['a.b', 'a.c', 'd'],
    );
  });
});

describe('hideEnvValues', () => {
  it('hides secrets and whatever could be one, and leaves names and numbers readable', () => {
    const redactor = new Redactor();
    hideEnvValues(
      redactor,
      [
        ['DB_NAME', 'orthodox_db2'],
        ['DB_PASSWORD', 'abcd1'],
        ['PORT', '3001'],
        ['NODE_ENV', 'production'],
        ['UPLOADS', '/var/www/uploads1'],
        ['LICENSE', 'A1-B2-C3'],
        ['URL', 'https://x.example/a1'],
        ['DSN', 'mysql://u:p4ssw0rd@h/x'],
      ],
      new Set(['DB_NAME']),
      looksSecret,
    );
    const out = redactor.text(
      'orthodox_db2 abcd1 3001 production /var/www/uploads1 A1-B2-C3 https://x.example/a1 mysql://u:p4ssw0rd@h/x',
    );
    assert.equal(
      out,
      'orthodox_db2 <REDACTED> 3001 production /var/www/uploads1 <REDACTED> https://x.example/a1 <REDACTED>',
    );
  });
});
