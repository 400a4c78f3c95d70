import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout, type Envelope, type RunResult } from './om-ops.ts';
import type { CleansUp } from './temp.ts';
import { temporaryFolder } from './temp.ts';
import { waitFor } from './wait.ts';

const run = promisify(execFile);

export interface TestSystemd {
  /** The same folder there and here. */
  folder: string;
  /** What the namespaces are entered by. */
  pid: number;
  /** Writes a unit, and lets systemd read it. */
  unit(name: string, text: string): Promise<void>;
  /** Runs a program there. */
  run(program: string, args: readonly string[]): Promise<RunResult>;
  /** Runs om-ops there. */
  omOps(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunResult>;
}

/** Whether this process may have namespaces of its own: root, and not in a container that takes that from it. */
export function mayMount(): boolean {
  const args = [
    '--pid',
    '--fork',
    '--mount',
    '--net',
    '--cgroup',
    'mount',
    '-t',
    'tmpfs',
    'x',
    '/mnt',
  ];
  return process.getuid?.() === 0 && spawnSync('unshare', args).status === 0;
}

/** Why there can be none on this machine, for `skip`; false when there can. */
export function noSystemd(): string | false {
  if (!mayMount())
    return 'namespaces with a systemd of their own want root, and the right to mount';
  const isThere = ['/lib/systemd/systemd', '/usr/bin/dbus-daemon'].every((path) =>
    existsSync(path),
  );
  return isThere ? false : 'systemd or dbus-daemon is not installed';
}

/**
 * A real systemd as the first process of namespaces of its own, with a journal and a bus, on the files of this
 * machine; ended with everything in it when the test ends.
 */
export async function testSystemd(test: CleansUp): Promise<TestSystemd> {
  const folder = temporaryFolder(test, 'om-systemd-');
  const script = join(checkout, 'test/support/src/systemd-init.sh');
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--cgroup'];
  const outer = spawn(
    'unshare',
    ['--pid', '--fork', '--kill-child', ...namespaces, 'sh', script, folder],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [outer.stdout, outer.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
  const gone = new Promise<void>((resolve) => outer.once('exit', () => resolve()));
  const kill = () => outer.kill('SIGKILL');
  process.once('exit', kill);
  test.after(async () => {
    process.off('exit', kill);
    kill();
    await gone;
  });
  const enter = (pid: number, program: string, args: readonly string[]) => [
    `--target=${pid}`,
    '--all',
    '--wdns=/',
    '--',
    program,
    ...args,
  ];
  const pid = await waitFor(
    'systemd',
    async () => {
      const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8');
      const [child] = children.trim().split(' ');
      const { stdout } = await run(
        'nsenter',
        enter(Number(child), 'systemctl', ['is-system-running']),
      ).catch(({ stdout }: { stdout: string }) => ({ stdout }));
      return /^(?:running|degraded)/.test(stdout) ? Number(child) : undefined;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${said}`);
  });
  const inside = async (
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunResult> => {
    const options = {
      env: {
        PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: folder,
        NO_COLOR: '1',
        ...env,
      },
      maxBuffer: 32 * 1024 * 1024,
      timeout: 120_000,
    };
    const ended = await run('nsenter', enter(pid, program, args), options).then(
      (out) => ({ ...out, code: 0 }),
      (error: { stdout: string; stderr: string; code: number }) => error,
    );
    const { stdout, stderr, code } = ended;
    return { code, stdout, stderr, json: <R>() => JSON.parse(stdout) as Envelope<R> };
  };
  return {
    folder,
    pid,
    async unit(name, text) {
      writeFileSync(join(folder, name), text);
      await inside('cp', [join(folder, name), `/etc/systemd/system/${name}`]);
      await inside('systemctl', ['daemon-reload']);
    },
    run: (program, args) => inside(program, args),
    omOps: (argv, env = {}) =>
      inside(join(checkout, 'bin/om-ops'), argv, {
        PATH: `${join(checkout, 'node_modules/.bin')}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        ...env,
      }),
  };
}
