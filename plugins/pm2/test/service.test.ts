import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type AppService, findService, type Site, silentProgress } from '@om-ops/kit';
import { loadSite } from '@om-ops/kit/site';
import { testPm2 } from '@om-ops/test-support/pm2';
import { pm2Driver } from '../src/service.ts';
import { inRoot, type Pm2Site, pm2Site } from './support/site.ts';

const { signal } = new AbortController();

function loaded(site: Pm2Site): Promise<Site> {
  return loadSite({ flag: site.profile, cwd: '/', env: {}, sections: ['pm2', 'database'] });
}

async function backend(site: Pm2Site): Promise<AppService> {
  const warn = (message: string) => assert.fail(message);
  return findService([pm2Driver], 'backend', { site: await loaded(site), signal, warn });
}

for (const node of ['system', 'own'] as const) {
  describe(`the backend as a service, PM2 on the ${node} Node`, () => {
    it('tells its state, files, user and Node, and takes orders', async (test) => {
      const site = await pm2Site(test, { node });
      await site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
      const service = await backend(site);
      assert.equal(service.manager, 'pm2');
      assert.equal(service.name, site.app);
      const up = await service.status(signal);
      assert.equal(up.state, 'up');

      assert.deepEqual(await service.logFiles(signal), [
        { path: `${site.pm2.home}/logs/${site.app}-out.log`, stream: 'stdout' },
        { path: `${site.pm2.home}/logs/${site.app}-error.log`, stream: 'stderr' },
      ]);
      const user = await service.user(signal);
      assert.equal(user?.uid, process.getuid?.());
      assert.equal(user?.from, `the process of ${site.app} (pid ${up.pid})`);
      const used = await service.node(signal);
      assert.equal(used?.program, realpathSync(`${site.pm2.folder}/node/node`));
      const [one] = JSON.parse(await site.pm2.run(['jlist', '-s']));
      assert.equal(used?.version, one.pm2_env.node_version);

      await service.restart(silentProgress());
      const again = await service.status(signal);
      assert.notEqual(again.pid, up.pid);
      await service.stop(silentProgress());
      assert.equal((await service.status(signal)).state, 'stopped');
      assert.match((await service.user(signal))?.from ?? '', /the PM2 of/);
      await service.start(silentProgress());
      assert.equal((await service.status(signal)).state, 'up');
    });
  });
}

describe('the backend as a service', () => {
  it('is none where no PM2 knows it, and no daemon is started to see', async (test) => {
    const site = await pm2Site(test);
    await assert.rejects(backend(site), { code: 'E_NO_SERVICE', exit: 5 });
    assert.equal(site.pm2.daemon(), undefined);
  });

  it('is named where it is: in the PM2 of another home', async (test) => {
    const site = await pm2Site(test);
    const other = await testPm2(test);
    await other.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
    await assert.rejects(backend(site), (error: Error) => {
      assert.match(error.message, new RegExp(`in the PM2 of root in ${other.home}`));
      return true;
    });
  });

  it('has both outputs in one file where the ecosystem says so', async (test) => {
    const site = await pm2Site(test);
    const log = inRoot(site, 'app.log');
    const start = ['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s'];
    await site.pm2.run([...start, '-o', log, '-e', log]);
    const service = await backend(site);
    assert.deepEqual(await service.logFiles(signal), [{ path: log, stream: 'both' }]);
  });
});
