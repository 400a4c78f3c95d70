import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDaemon } from './daemon.ts';
import { mayMount } from './systemd.ts';
import type { CleansUp } from './temp.ts';
import { temporaryFolder } from './temp.ts';

const run = promisify(execFile);

export interface TestDocker {
  folder: string;
  /** What a program needs to find it. */
  env: { DOCKER_HOST: string; PATH: string };
  /** The image that there is: a busybox. */
  image: string;
  /** The real program; rejects when it fails. */
  docker(...args: readonly string[]): Promise<string>;
}

/** Why there can be none on this machine, for `skip`; false when there can. */
export function noDocker(): string | false {
  if (!mayMount()) return 'a Docker daemon wants root, and the right to mount';
  const isThere = ['/usr/sbin/dockerd', '/bin/busybox'].every((path) => existsSync(path));
  return isThere ? false : 'dockerd or busybox is not installed';
}

/** A Docker daemon with folders of its own and no network, with one image; ended with the test, and its containers before. */
export async function testDocker(test: CleansUp): Promise<TestDocker> {
  // Before the folder is made, so that it ends before the folder is removed.
  let end: () => Promise<void> = async () => {};
  test.after(() => end());
  const folder = temporaryFolder(test, 'om-docker-');
  const socket = `unix://${join(folder, 'sock')}`;
  const daemon = await startDaemon(
    '/usr/sbin/dockerd',
    [
      ...['--iptables=false', '--ip6tables=false', '--bridge=none'],
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'pid'), '-H', socket],
    ],
    /API listen on/,
  );
  const env = { DOCKER_HOST: socket, PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
  const docker = async (...args: readonly string[]) =>
    (await run('docker', [...args], { env, timeout: 60_000 })).stdout.trim();
  end = async () => {
    const all = await docker('ps', '--all', '--quiet').catch(() => '');
    if (all !== '') await docker('rm', '--force', ...all.split('\n')).catch(() => '');
    await daemon.stop();
  };
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'));
  for (const name of ['sh', 'sleep', 'cat', 'true'])
    symlinkSync('busybox', join(tree, 'bin', name));
  await run('tar', ['-C', tree, '-cf', join(folder, 'image.tar'), '.']);
  await docker('import', join(folder, 'image.tar'), 'box');
  return { folder, env, image: 'box', docker };
}
