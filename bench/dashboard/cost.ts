// What a running dashboard takes: nobody watching, one that watches, twenty.
// node bench/dashboard/cost.ts [SECONDS]
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const seconds = Number(process.argv[2] ?? 20);
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-dashboard-'));
const profile = join(folder, 'om-ops.yaml');
writeFileSync(profile, `root: ${folder}\nstate: state\n`);
const om = join(root, 'bin/om-ops');
const env = { ...process.env, HOME: folder };
try {
  execFileSync(om, ['roadmap', 'add', '--title', 'A milestone', '--site', profile], { env });
  // Not healthy, most likely, which is an answer.
  try {
    execFileSync(om, ['health', 'check', '--every', '30m', '--site', profile], {
      env,
      stdio: 'ignore',
    });
  } catch {}
  const child = spawn(om, ['dashboard', '--port', '0', '--json', '--site', profile], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const { url } = await addressOf(child);
    const { port, hash } = new URL(url);
    const watching: ClientRequest[] = [];
    for (const [count, most] of [
      [0, 0.02],
      [1, 0.2],
      [20, 0.4],
    ] as const) {
      while (watching.length < count) watching.push(watch(Number(port), hash.slice(1)));
      // Code that has not run often is slow, and the question is what hours of it take.
      await delay(15_000);
      const before = cpuSeconds(child);
      await delay(seconds * 1000);
      const share = (100 * (cpuSeconds(child) - before)) / seconds;
      console.log(
        `${count} watching: ${share.toFixed(3)} % of a core (at most ${most}) ${share <= most ? 'ok' : 'TOO MUCH'}, ${rssMb(child)} MB`,
      );
    }
    for (const one of watching) one.destroy();
  } finally {
    child.kill('SIGINT');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function addressOf({ stdout }: ChildProcess): Promise<{ url: string }> {
  return new Promise((resolve) => {
    stdout?.once('data', (text: Buffer) => {
      const [first = ''] = text.toString().split('\n');
      resolve((JSON.parse(first) as { line: { url: string } }).line);
    });
  });
}

function watch(port: number, token: string): ClientRequest {
  const headers = { authorization: `Bearer ${token}` };
  const sent = request({ host: '127.0.0.1', port, path: '/api/stream', headers }, (response) => {
    response.resume();
    response.on('error', () => undefined);
  });
  sent.on('error', () => undefined);
  sent.end();
  return sent;
}

/** In hundredths, as the kernel counts them. */
function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function rssMb({ pid }: ChildProcess): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kb) / 1000);
}
