import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadSite } from '@om-ops/kit/site';
import { writeFiles } from '@om-ops/test-support/pm2';
import { smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { wantedDefinition } from '../src/setup/definition.ts';
import { findSource } from '../src/setup/ecosystem.ts';
import { readEcosystem } from '../src/setup/read-ecosystem.ts';
import { pm2Section } from '../src/site.ts';

const { signal } = new AbortController();

async function source(test: CleansUp, files: Record<string, string>, pm2 = '') {
  const folder = temporaryFolder(test);
  const small = smallSite(folder, files, { profile: `pm2: {app: demo${pm2}}` });
  const site = await loadSite({ flag: small.profile, cwd: '/', env: {}, sections: ['pm2'] });
  const find = async () => findSource(site, await site.section(pm2Section));
  return { root: small.root, find };
}

const place = {
  home: '/nowhere',
  socket: '/nowhere/rpc.sock',
  owner: { name: 'root', uid: process.getuid?.() ?? 0, gid: 0, home: '/' },
  isOther: false,
};

async function read(test: CleansUp, name: string, content: string) {
  const { root, find } = await source(test, { [name]: content }, `, ecosystem: ${name}`);
  const found = await find();
  assert.ok(found.kind !== 'npm');
  const env = { PATH: '/usr/bin:/bin', HOME: root };
  return { root, ecosystem: await readEcosystem(found, 'demo', { place, env, signal }) };
}

describe('the ecosystem file that counts', () => {
  const empty = 'module.exports = {apps: []};\n';

  it('is looked for in the order of the original', async (test) => {
    const { root, find } = await source(test, { 'server/ecosystem.config.js': empty });
    const file = async () => {
      const found = await find();
      return found.kind === 'npm' ? undefined : found.file;
    };
    assert.equal(await file(), join(root, 'server/ecosystem.config.js'));
    for (const name of ['pm2.config.js', 'ecosystem.config.cjs', 'ecosystem.config.js']) {
      writeFiles(root, { [name]: empty });
      assert.equal(await file(), join(root, name));
    }
  });

  it('is npm start where there is none, and the backend has such a script', async (test) => {
    const manifest = JSON.stringify({ scripts: { start: 'node app.js' } });
    const { root, find } = await source(test, { 'server/package.json': manifest });
    assert.deepEqual(await find(), { kind: 'npm', folder: join(root, 'server') });
  });

  it('is said to be missing, with what to do', async (test) => {
    const { find } = await source(test, { 'server/package.json': '{}' });
    await assert.rejects(find(), { code: 'E_NO_ECOSYSTEM', exit: 5 });
    const named = await source(
      test,
      { 'ecosystem.config.js': empty },
      ', ecosystem: deploy/pm2.json',
    );
    await assert.rejects(named.find(), /There is no ecosystem file .*deploy\/pm2\.json/);
  });

  for (const [name, files, fix] of [
    ['ecosystem.json5', {}, /Rename it to ecosystem\.json/],
    ['ecosystem.config.mjs', {}, /ecosystem\.config\.cjs/],
    ['ecosystem.config.js', { 'package.json': '{"type": "module"}' }, /ecosystem\.config\.cjs/],
    ['pm2.js', {}, /pm2\.config\.cjs/],
  ] as const) {
    it(`is refused as ${name}${Object.keys(files).length > 0 ? ' of an ES module package' : ''}, with the fix`, async (test) => {
      const { find } = await source(test, { [name]: empty, ...files }, `, ecosystem: ${name}`);
      await assert.rejects(find(), (error: Error & { code: string; suggestions: string[] }) => {
        assert.equal(error.code, 'E_ECOSYSTEM_FORM');
        assert.match(error.suggestions.join(), fix);
        return true;
      });
    });
  }
});

describe('what an ecosystem file says', () => {
  const app = { name: 'demo', script: 'app.js', env: { A: '1' } };

  for (const [name, content] of [
    ['e.config.js', `console.log('hello');\nmodule.exports = {apps: [${JSON.stringify(app)}]};`],
    ['e.config.cjs', `module.exports = [${JSON.stringify(app)}];`],
    ['e.json', `// PM2 takes comments\n{"apps": [${JSON.stringify(app)},]}`],
    ['e.yaml', `apps:\n  - name: demo\n    script: app.js\n    env: {A: '1'}\n`],
    ['e.yml', `apps:\n  name: demo\n  script: app.js\n  env: {A: '1'}\n`],
  ] as const) {
    it(`is read from ${name}`, async (test) => {
      assert.deepEqual((await read(test, name, content)).ecosystem.app, app);
    });
  }

  it('is wanted with the environment of its name, and its values as text', async (test) => {
    const { root, ecosystem } = await read(
      test,
      'e.config.js',
      `process.env.LOADED = 'yes';
       module.exports = {apps: [{name: 'demo', script: 'app.js', cwd: 'server', args: '--a "b c"', port: 80,
         max_memory_restart: '1G', min_uptime: '5s', instances: 'max', env: {N: 5, O: {x: 1}}, env_production: {N: 6}}]};`,
    );
    const wanted = wantedDefinition(ecosystem, {
      folder: root,
      name: 'demo',
      envName: 'production',
      path: '/usr/bin',
    });
    assert.deepEqual(wanted.env, { LOADED: 'yes', PORT: '80', N: '6', O: '{"x":1}' });
    assert.deepEqual(wanted.args, ['--a', 'b c']);
    assert.equal(wanted.cwd, join(root, 'server'));
    assert.equal(wanted.script, join(root, 'server/app.js'));
    assert.equal(wanted.mode, 'cluster_mode');
    assert.ok(wanted.instances >= 1);
    assert.deepEqual(wanted.options, { min_uptime: '5000', max_memory_restart: '1073741824' });
  });

  it('is refused with the reason when it is broken or has another app', async (test) => {
    await assert.rejects(read(test, 'e.config.js', 'module.exports = {'), {
      code: 'E_ECOSYSTEM',
      message: /SyntaxError/,
    });
    await assert.rejects(
      read(test, 'e.json', '{"apps": [{"name": "shop"}]}'),
      /it has no app demo, only shop/,
    );
    await assert.rejects(read(test, 'e.yaml', 'apps: [\n'), { code: 'E_ECOSYSTEM' });
  });
});
