import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { serverSource, testPm2 } from '@om-ops/test-support/pm2';
import { smallSite } from '@om-ops/test-support/small-site';
import { waitFor } from '@om-ops/test-support/wait';

interface Rebuilt {
  outcome: string;
  restartedBy: string;
  pid: number;
  service: { manager: string; pid: number };
  health: { status: number };
  appErrors: string[];
}

describe('om-ops build of an app that PM2 runs', () => {
  it('restarts it, puts it back when it dies, and sums up its errors', async (test) => {
    const pm2 = await testPm2(test);
    const app = `demo-${pm2.port}`;
    const source = serverSource(pm2.port);
    const site = smallSite(
      pm2.folder,
      {
        'server/package.json': JSON.stringify({
          name: 'app',
          version: '1.0.0',
          scripts: { build: 'rm -rf dist && cp -r src dist' },
        }),
        'server/package-lock.json':
          '{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {}}}',
        'server/node_modules/.package-lock.json': '{"packages": {}}',
        'server/src/index.js': source,
        'server/dist/index.js': source,
        'ecosystem.config.js': `module.exports = ${JSON.stringify({ apps: [{ name: app, script: 'server/dist/index.js' }] })};\n`,
      },
      {
        profile: [
          'database: {engine: none}',
          `backend: {port: ${pm2.port}, health: [/health], required: [index.js]}`,
          `pm2: {app: ${app}, bin: ${pm2.bin}, home: ${pm2.home}, boot: elsewhere}`,
        ].join('\n'),
      },
    );
    const run = (...argv: string[]) => site.run(argv, { env: { PATH: pm2.env.PATH } });
    const backend = () => run('build', 'backend', '--confirm', 'YES APPLY', '--json');
    assert.equal((await run('pm2', 'setup')).code, 0);

    const good = await backend();
    assert.equal(good.code, 0, good.stdout + good.stderr);
    const { result } = good.json<Rebuilt>();
    assert.deepEqual(
      [result.outcome, result.service.manager, result.restartedBy, result.health.status],
      ['applied', 'pm2', 'om-ops', 200],
    );
    assert.notEqual(result.pid, result.service.pid);

    writeFileSync(join(site.root, 'server/src/index.js'), serverSource(pm2.port, { dies: 500 }));
    const bad = await backend();
    assert.deepEqual([bad.code, bad.json().error.code], [1, 'E_UNDONE'], bad.stdout);
    assert.match(bad.json<Rebuilt>().result.appErrors.join('\n'), /it cannot go on/);
    await waitFor('the app', async () => (await fetch(`http://127.0.0.1:${pm2.port}/health`)).ok);
    assert.equal((await run('build', 'status')).code, 0);

    const errors = await run('build', 'errors', '--json');
    assert.equal(errors.code, 0, errors.stdout);
    for (const { stdout } of [good, bad, errors])
      assert.equal(stdout.includes('<REDACTED>'), false, stdout);
    const { signatures } = errors.json<{ signatures: { name: string; count: number }[] }>().result;
    assert.ok((signatures.find(({ name }) => name === 'Error:')?.count ?? 0) > 0, errors.stdout);
  });
});
