import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ConfigFile } from '@om-ops/kit';
import { loadSite } from '@om-ops/kit/site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { configSources } from '../src/create/config.ts';
import { backupSection } from '../src/site.ts';

async function sourcesOf(context: TestContext, files: readonly ConfigFile[], profile = '') {
  const file = join(temporaryFolder(context), 'om-ops.yaml');
  writeFileSync(file, `root: /srv/shop\n${profile}`);
  const site = await loadSite({ flag: file, env: {}, cwd: '/', sections: ['backup'] });
  const sources = configSources(site, await site.section(backupSection), files);
  const { nginxConf, nginxFolder, systemdUnits, ecosystems, envFiles } = sources;
  return { nginxConf, nginxFolder, systemdUnits, ecosystems, envFiles };
}

test('the usual places, for what no plugin says', async (context) => {
  assert.deepEqual(await sourcesOf(context, [], 'envFiles: [.env]\n'), {
    nginxConf: '/etc/nginx/nginx.conf',
    nginxFolder: '/etc/nginx',
    systemdUnits: ['/etc/systemd/system/pm2-root.service'],
    ecosystems: [],
    envFiles: ['.env'],
  });
  const { nginxConf } = await sourcesOf(
    context,
    [],
    'backup: {categories: {nginx: {source: etc/nginx}}}\n',
  );
  assert.equal(nginxConf, '/srv/shop/etc/nginx/nginx.conf');
});

test('what plugins say, before the usual places', async (context) => {
  const files: ConfigFile[] = [
    { kind: 'nginx', path: '/opt/nginx/conf/main.conf' },
    { kind: 'ecosystem', path: '/srv/shop/pm2.config.cjs' },
    { kind: 'unit', path: '/etc/systemd/system/pm2-deploy.service' },
    { kind: 'env', path: '/srv/shop/worker/.env' },
    { kind: 'compose', path: '/srv/shop/compose.yml' },
  ];
  assert.deepEqual(await sourcesOf(context, files, 'envFiles: [.env]\n'), {
    nginxConf: '/opt/nginx/conf/main.conf',
    nginxFolder: '/opt/nginx/conf',
    systemdUnits: ['/etc/systemd/system/pm2-deploy.service'],
    ecosystems: ['/srv/shop/pm2.config.cjs'],
    envFiles: ['.env', '/srv/shop/worker/.env'],
  });
});
