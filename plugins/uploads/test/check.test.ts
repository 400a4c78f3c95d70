import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import type { CheckResult } from '../src/check.ts';
import UploadsCheck from '../src/commands/uploads/check.ts';
import UploadsPaths from '../src/commands/uploads/paths.ts';
import UploadsSmoke from '../src/commands/uploads/smoke.ts';
import { roomOf } from '../src/folder.ts';
import { listenerUid } from '../src/listener.ts';
import { mountOf } from '../src/mount.ts';
import { userDirective } from '../src/nginx-user.ts';
import { isRoot, make, nobody, type UploadSite, uploadSite } from './site.ts';

const asRoot = { skip: isRoot ? false : 'needs root' };

async function check({ profile, folder }: UploadSite) {
  chmodSync(folder, 0o755);
  return runCommand(UploadsCheck, ['--json'], { site: profile });
}

describe('uploads check', asRoot, () => {
  it('is healthy where the service user can write, and leaves nothing behind', async (test) => {
    const site = uploadSite(test, ['docs']);
    make(join(site.root, 'docs'), 0o755, nobody);
    const { code, json } = await check(site);
    const { result } = json<CheckResult>();
    assert.equal(code, 0, JSON.stringify(result));
    assert.deepEqual(result.user, { name: 'nobody', from: 'uploads.owner of the profile' });
    const [dir] = result.dirs;
    assert.equal(dir?.path, join(site.root, 'docs'));
    assert.equal(dir?.owner, 'nobody');
    assert.equal(dir?.mode, '0755');
    assert.equal(dir?.writable, true);
    assert.ok((dir?.freeBytes ?? 0) > 0);
    assert.deepEqual(readdirSync(join(site.root, 'docs')), []);
  });

  it('asks as that user with its groups: a folder that only a group may write is writable', async (test) => {
    const site = uploadSite(test, ['shared']);
    const group = 'om-ops-test-group';
    const user = 'om-ops-test-user';
    execFileSync('groupadd', [group]);
    test.after(() => execFileSync('groupdel', [group]));
    execFileSync('useradd', ['--no-create-home', '--groups', group, user]);
    test.after(() => execFileSync('userdel', [user]));
    writeFileSync(
      site.profile,
      JSON.stringify({
        site: 'demo',
        root: 'site',
        state: '../state',
        backend: { port: 9 },
        database: { engine: 'none' },
        uploads: { dirs: ['shared'], owner: user, mode: '770' },
      }),
    );
    const shared = join(site.root, 'shared');
    make(shared);
    execFileSync('chown', [`root:${group}`, shared]);
    chmodSync(shared, 0o770);
    const { json } = await check(site);
    assert.equal(json<CheckResult>().result.dirs[0]?.writable, true);
  });

  it('finds the folders of former uploads that somebody else has made', async (test) => {
    const site = uploadSite(test, ['docs', 'docs/own']);
    for (const name of ['docs', 'docs/2025', 'docs/own', 'docs/own/deep'])
      make(join(site.root, name), 0o755, nobody);
    assert.equal((await check(site)).code, 0);
    for (const name of ['docs/2026', 'docs/2026/11', 'docs/own/deep/er', 'docs/.cache'])
      make(join(site.root, name), 0o755);
    const { code, json } = await check(site);
    assert.equal(code, 6);
    const problems = json<CheckResult>().result.dirs.map((one) => one.problems);
    assert.deepEqual(problems, [
      [
        `nobody cannot write in 2026, nor in 1 other folder of it. If it has to: sudo chown -R nobody ${site.root}/docs/2026`,
      ],
      [
        `nobody cannot write in deep/er. If it has to: sudo chown -R nobody ${site.root}/docs/own/deep/er`,
      ],
    ]);
  });

  it('names the folder on the way that blocks', async (test) => {
    const site = uploadSite(test, ['a/b/c']);
    make(join(site.root, 'a/b/c'), 0o777, nobody);
    chmodSync(join(site.root, 'a/b/c'), 0o755);
    chmodSync(join(site.root, 'a/b'), 0o700);
    const { code, json } = await check(site);
    assert.equal(code, 6);
    const [dir] = json<CheckResult>().result.dirs;
    assert.equal(dir?.writable, false);
    assert.deepEqual(dir?.problems, [
      `nobody cannot get there: it may not pass through ${join(site.root, 'a/b')}.`,
    ]);
  });

  it('tells absent, dangling, no folder, linked out of root, too few permissions, too many', async (test) => {
    const dirs = ['absent', 'dangling', 'file', 'out', 'few', 'many'];
    const site = uploadSite(test, dirs);
    const at = (name: string) => join(site.root, name);
    symlinkSync('/nonexistent/place', at('dangling'));
    writeFileSync(at('file'), '');
    make(join(site.folder, 'elsewhere'), 0o755, nobody);
    symlinkSync('../elsewhere', at('out'));
    for (const name of ['few', 'many']) make(at(name), 0o755, nobody);
    chmodSync(at('few'), 0o711);
    chmodSync(at('many'), 0o777);
    const { code, json } = await check(site);
    assert.equal(code, 6);
    const problems = json<CheckResult>().result.dirs.map((dir) => dir.problems);
    assert.deepEqual(problems, [
      ['It does not exist.'],
      [`${at('dangling')} links to /nonexistent/place, and there is nothing.`],
      ['It is no folder.'],
      [
        `It links to ${join(site.folder, 'elsewhere')}, out of ${site.root}. If that is meant, name the real path in uploads.dirs.`,
      ],
      ['Its mode is 0711; the profile asks for 0755.'],
      ['Everybody on this machine may write there (mode 0777).'],
    ]);
  });

  it('sees a file system without inodes, and one that is read-only', async (test) => {
    const site = uploadSite(test, ['full', 'closed']);
    for (const name of ['full', 'closed']) {
      const path = join(site.root, name);
      mkdirSync(path);
      const options = `size=1m,nr_inodes=4,uid=${nobody.uid},mode=755`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
    }
    const { code, json } = await (async () => {
      try {
        for (const name of ['1', '2', '3']) writeFileSync(join(site.root, 'full', name), '');
        execFileSync('mount', ['-o', 'remount,ro', join(site.root, 'closed')]);
        return await check(site);
      } finally {
        // Before the folder is removed, which is when the test ends.
        for (const name of ['full', 'closed']) execFileSync('umount', [join(site.root, name)]);
      }
    })();
    assert.equal(code, 6);
    const [full, closed] = json<CheckResult>().result.dirs;
    assert.equal(full?.writable, false);
    assert.equal(full?.freeInodes, 0);
    assert.match(full?.problems.join(' ') ?? '', /No space left on device.*no inodes left/);
    assert.equal(closed?.writable, false);
    assert.match(closed?.problems[0] ?? '', /mounted read-only/);
  });

  it('finds the user by the port when the profile says auto, and says so', async (test) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const site = uploadSite(test, ['docs'], { owner: 'auto', port });
    make(join(site.root, 'docs'));
    const { json } = await check(site);
    assert.deepEqual(json<CheckResult>().result.user, {
      name: 'root',
      from: `the process that listens on port ${port}`,
    });
  });

  it('ends with 5 for a user that is not there, and with 2 for a mode that is none', async (test) => {
    const unknown = await check(uploadSite(test, ['docs'], { owner: 'no-such-user' }));
    assert.equal(unknown.code, 5);
    assert.equal(unknown.json().error.code, 'E_NO_USER');
    const mode = await check(uploadSite(test, ['docs'], { mode: '999' }));
    assert.equal(mode.code, 2);
    assert.match(mode.json().error.message, /uploads\.mode/);
  });
});

describe('what check stands on', () => {
  it('reads who listens on a port from the kernel table', async (test) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    assert.equal(listenerUid(port), process.geteuid?.());
    assert.equal(listenerUid(port, ['/nonexistent']), undefined);
  });

  it('reads the user directive at the top of nginx.conf only', () => {
    assert.equal(userDirective('# user root;\nuser www-data www-data;\nhttp { }'), 'www-data');
    assert.equal(userDirective('worker_processes 1; user "app" ;'), 'app');
    assert.equal(userDirective('events {}\nhttp { server { set $user x; } }'), undefined);
  });

  it('finds the mount of a path, and room in it', () => {
    assert.equal(mountOf('/proc/self')?.point, '/proc');
    assert.ok(mountOf('/proc/self/status') !== undefined);
    assert.ok(roomOf('/tmp').freeBytes > 0);
  });
});

describe('uploads smoke', () => {
  async function answering(
    test: { after(clean: () => void): void },
    answer: (method: string) => number,
  ) {
    const seen: string[] = [];
    const server = createServer(({ method = '' }, response) => {
      seen.push(method);
      response.writeHead(answer(method)).end();
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    test.after(() => server.close());
    return { port: (server.address() as AddressInfo).port, seen };
  }

  for (const [status, code] of [
    [200, 0],
    [204, 0],
    [302, 0],
    [401, 0],
    [403, 0],
    [405, 0],
    [404, 6],
    [502, 6],
  ] as const) {
    it(`${status} is exit ${code}, and nothing but reading was asked`, async (test) => {
      const { port, seen } = await answering(test, () => status);
      const site = uploadSite(test, [], { port });
      const result = await runCommand(UploadsSmoke, ['--json'], { site: site.profile });
      assert.equal(result.code, code, result.stdout);
      assert.equal((result.json().result as { status: number }).status, status);
      assert.ok(
        seen.every((method) => method === 'HEAD' || method === 'GET'),
        seen.join(),
      );
    });
  }

  it('asks with GET where HEAD is not known', async (test) => {
    const { port, seen } = await answering(test, (method) => (method === 'HEAD' ? 404 : 200));
    const site = uploadSite(test, [], { port });
    assert.equal((await runCommand(UploadsSmoke, [], { site: site.profile })).code, 0);
    assert.deepEqual(seen, ['HEAD', 'GET']);
  });

  it('says that nothing answers, exit 6', async (test) => {
    const site = uploadSite(test, [], { port: 1 });
    const { code, stderr } = await runCommand(UploadsSmoke, [], { site: site.profile });
    assert.equal(code, 6);
    assert.match(stderr, /does not answer/);
  });
});

describe('uploads paths', () => {
  it('shows where each leads and where the setting comes from', async (test) => {
    const site = uploadSite(test, ['docs', 'link', 'absent']);
    make(join(site.root, 'docs'));
    symlinkSync('docs', join(site.root, 'link'));
    const { json } = await runCommand(UploadsPaths, ['--json'], { site: site.profile });
    const { dirs, source } = json<{
      dirs: { exists: boolean; realPath: string | null }[];
      source: string;
    }>().result;
    assert.deepEqual(
      dirs.map(({ exists, realPath }) => [exists, realPath]),
      [
        [true, null],
        [true, join(site.root, 'docs')],
        [false, null],
      ],
    );
    assert.match(source, /om-ops\.yaml:1$/);
  });
});
