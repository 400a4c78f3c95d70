import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

interface Profile {
  database: { engine: string; files: string[]; envKeys: Record<string, string[]> };
  analysis: { scopes: Record<string, string> };
}

async function profileIn(root: string): Promise<Profile> {
  const shown = await runOmOps(['config', 'show', '--json'], { cwd: root });
  return shown.json<{ values: Profile }>().result.values;
}

/** A site with these files, and the profile that `init` writes for it. */
async function initialised(t: TestContext, files: Record<string, string>) {
  const root = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const state = join(root, '../state');
  const argv = ['init', '--root', root, '--state', state, '--name', 'shop', '--yes', '--json'];
  const run = await runOmOps(argv, { cwd: root });
  assert.equal(run.code, 0, run.stderr);
  return { root, profile: await profileIn(root), warnings: run.json().warnings };
}

describe('init recognises the database', () => {
  it('by its address, also beside a database that lies about', async (t) => {
    const { root, profile } = await initialised(t, {
      '.env': 'DATABASE_URL=postgres://u@127.0.0.1/shop\n',
    });
    assert.equal(profile.database.engine, 'postgres');
    new DatabaseSync(join(root, 'dev.db')).exec('CREATE TABLE t(a)');
    await runOmOps(['init', '--root', root, '--state', join(root, 's'), '--yes', '--force'], {
      cwd: root,
    });
    const again = await profileIn(root);
    assert.equal(again.database.engine, 'postgres');
    assert.deepEqual(again.database.files, []);
  });

  it('by the settings of Laravel', async (t) => {
    const { profile, warnings } = await initialised(t, {
      '.env': 'DB_CONNECTION=mysql\nDB_DATABASE=shop\nDB_USERNAME=app\n',
    });
    assert.equal(profile.database.engine, 'mysql');
    const { name, user } = profile.database.envKeys;
    assert.deepEqual([name, user], [['DB_DATABASE'], ['DB_USERNAME']]);
    assert.deepEqual(warnings, []);
  });

  it('or says what looks like one, and what it cannot back up', async (t) => {
    const like = await initialised(t, { '.env': 'DB_HOST=h\nDB_PASS=s3cret-pw\n' });
    assert.equal(like.profile.database.engine, 'none');
    assert.match(
      like.warnings[0] ?? '',
      /No database was recognised; these settings look like one: DB_HOST/,
    );
    const mongo = await initialised(t, { '.env': 'MONGODB_URI=mongodb://u:s3cret-pw@h/x\n' });
    assert.match(mongo.warnings[0] ?? '', /cannot back up MongoDB \(MONGODB_URI in /);
    assert.doesNotMatch(JSON.stringify([like.warnings, mongo.warnings]), /s3cret/);
  });

  it('and doctor says when the profile has none although the site names one', async (t) => {
    const { root } = await initialised(t, { '.env': 'DATABASE_URL=postgres://u@127.0.0.1/shop\n' });
    const file = join(root, 'om-ops.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/engine: postgres.*/, 'engine: none'));
    const doctor = await runOmOps(['doctor', '--json', '--site', file], { cwd: root });
    assert.equal(doctor.code, 6);
    assert.match(doctor.stdout, /PostgreSQL database in DATABASE_URL in [^"]*\.env/);
  });
});

describe('init', () => {
  it('reads a few bytes of a database of 3 GB', async (t) => {
    const root = temporaryFolder(t);
    mkdirSync(join(root, 'data'));
    writeFileSync(join(root, 'data/app.db'), 'SQLite format 3\0');
    truncateSync(join(root, 'data/app.db'), 3 * 1024 ** 3);
    const run = await runOmOps(['init', '--root', root, '--state', join(root, 's'), '--yes'], {
      cwd: root,
    });
    assert.equal(run.code, 0, run.stderr);
    assert.ok(existsSync(join(root, 'om-ops.yaml')));
  });

  it('writes what it found for every plugin, and nothing that is complained of', async (t) => {
    const { root, profile } = await initialised(t, {
      'api/package.json': '{}',
      'client/package.json': '{}',
      'ecosystem.config.js': 'module.exports = {}',
    });
    const { server, 'front-end': frontEnd } = profile.analysis.scopes;
    assert.deepEqual([server, frontEnd], ['api', 'client']);
    const checked = await runOmOps(['config', 'validate', '--json'], { cwd: root });
    assert.equal(checked.code, 0);
    assert.deepEqual(checked.json().warnings, []);
    // By hand: the scopes follow where the backend and the front end are.
    writeFileSync(
      join(root, 'om-ops.yaml'),
      'root: .\nstate: state\nbackend: {dir: api}\nfrontend: {dir: client}\n',
    );
    const run = await runOmOps(['analysis', 'run', 'front-end', '--json'], { cwd: root });
    assert.equal(run.json<{ path: string }>().result.path, join(root, 'client'));
  });
});
