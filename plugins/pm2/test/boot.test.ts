import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeFiles } from '@om-ops/test-support/pm2';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { bootStart } from '../src/app/boot.ts';

const deploy = {
  home: '/home/deploy/.pm2',
  owner: { name: 'deploy', uid: 1000, gid: 1000, home: '/home/deploy' },
};

/** As `pm2 startup systemd` writes it. */
const unit = (user: string, home: string) => `[Unit]
Description=PM2 process manager
[Service]
Type=forking
User=${user}
Environment=PATH=/usr/bin:/bin
Environment=PM2_HOME=${home}
PIDFile=${home}/pm2.pid
ExecStart=/usr/lib/node_modules/pm2/bin/pm2 resurrect
ExecStop=/usr/lib/node_modules/pm2/bin/pm2 kill
[Install]
WantedBy=multi-user.target
`;

function system(test: CleansUp, files: Record<string, string>, enabled: string[] = []): string {
  const root = temporaryFolder(test);
  writeFiles(root, files);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  for (const name of enabled) symlinkSync(`/etc/systemd/system/${name}`, join(wants, name));
  return root;
}

describe('what starts PM2 at boot', () => {
  it('is nothing where there is nothing, or only what is of others', (test) => {
    assert.equal(bootStart(deploy, system(test, {})), null);
    const others = {
      'etc/systemd/system/pm2-root.service': unit('root', '/root/.pm2'),
      'etc/systemd/system/pm2-deploy.service': unit('deploy', '/srv/other/.pm2'),
      'etc/systemd/system/nginx.service': '[Service]\nUser=deploy\nExecStart=/usr/sbin/nginx\n',
      'etc/crontab': '# @reboot deploy pm2 resurrect\n',
    };
    const names = ['pm2-root.service', 'pm2-deploy.service', 'nginx.service'];
    assert.equal(bootStart(deploy, system(test, others, names)), null);
  });

  it('is the unit of this user and home, enabled or not', (test) => {
    const files = { 'etc/systemd/system/pm2-deploy.service': unit('deploy', deploy.home) };
    const off = system(test, files);
    const path = (root: string) => join(root, 'etc/systemd/system/pm2-deploy.service');
    assert.deepEqual(bootStart(deploy, off), { by: path(off), isEnabled: false });
    const on = system(test, files, ['pm2-deploy.service']);
    assert.deepEqual(bootStart(deploy, on), { by: path(on), isEnabled: true });
  });

  it('is a unit of another name, a script of init or a line of cron', (test) => {
    const other = { 'etc/systemd/system/shop.service': unit('1000', deploy.home) };
    assert.equal(bootStart(deploy, system(test, other, ['shop.service']))?.isEnabled, true);
    for (const [name, text] of [
      ['etc/init.d/pm2-deploy', '#!/bin/sh\n'],
      ['var/spool/cron/crontabs/deploy', '@reboot /usr/bin/pm2 resurrect\n'],
      ['etc/rc.local', '#!/bin/sh\nsu deploy -c "pm2 resurrect"\n'],
    ] as const) {
      const root = system(test, { [name]: text });
      assert.deepEqual(bootStart(deploy, root), { by: join(root, name), isEnabled: true });
    }
  });
});
