import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type Abilities,
  type AppService,
  exec,
  findProgram,
  type ServiceStatus,
  sitePath,
} from '@om-ops/kit';
import { runCommand } from '@om-ops/test-support/command';
import { freePort } from '@om-ops/test-support/free-port';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import BuildBackend from '../src/commands/build/backend.ts';
import BuildFrontend from '../src/commands/build/frontend.ts';
import type { RebuildResult } from '../src/view/rebuild.ts';

/** A build like those of real sites: it clears dist, and writes it file by file. What it does besides stands in `build-mode`. */
const buildScript = `
const fs = require('fs'), path = require('path');
const mode = fs.readFileSync('build-mode', 'utf8').trim();
const args = process.argv.slice(2);
const out = args[0] === '--outDir' ? args[1] : process.env.OUT || 'dist';
if (mode === 'flag') fs.writeFileSync('maintenance', '');
if (mode !== 'in-place') fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(path.join(out, 'config'), { recursive: true });
for (const name of fs.readdirSync('src')) {
  if (mode === 'stops' && name === 'index.js') { fs.writeFileSync(path.join(out, name), 'half of'); console.error('cannot compile index.js, DB_PASSWORD=hunter2-very-secret'); process.exit(3); }
  fs.writeFileSync(path.join(out, name), fs.readFileSync(path.join('src', name)));
}
fs.writeFileSync(path.join(out, 'config/db.js'), mode === 'broken' ? 'module.exports = ;' : mode === 'lost' ? "require('./gone')" : 'module.exports = 1;');
if (mode === 'modules' || mode === 'in-place') fs.appendFileSync('node_modules/colours/index.js', '// written into by the build');
if (mode === 'in-place') process.exit(4);
if (mode === 'restarts') require('child_process').execFileSync(process.execPath, ['-e', 'fetch("http://127.0.0.1:" + process.argv[1] + "/restart").catch(() => {})', fs.readFileSync('control-port', 'utf8')]);
if (mode === 'hangs') { fs.writeFileSync('hanging', String(process.pid)); setInterval(() => {}, 1000); }
if (mode === 'modules') process.exit(5);
console.log('built with NODE_ENV', process.env.NODE_ENV, 'on', process.version, 'OM_OPS_STATE', process.env.OM_OPS_STATE);
`;

const server = (version: string) => `
const http = require('http');
require('colours');
require('./config/db');
if (${JSON.stringify(version)} === 'crashes') { console.error('TypeError: it crashes\\n    at start'); process.exit(1); }
http.createServer((request, response) => {
  response.statusCode = ${JSON.stringify(version)} === 'unhealthy' ? 500 : 200;
  response.end(${JSON.stringify(version)});
}).listen(process.env.PORT);
`;

export interface TestApp extends Awaited<ReturnType<typeof makeApp>> {}

/** A site with a Node backend and a front end, installed and built by hand once, and a service that runs the backend. */
export async function makeApp(t: TestContext, more = '') {
  const port = await freePort();
  const site = smallSite(
    temporaryFolder(t),
    {
      'server/package.json': JSON.stringify({
        name: 'app',
        version: '1.0.0',
        private: true,
        scripts: { build: 'node build.cjs' },
        devDependencies: { colours: 'file:./colours-1.0.0.tgz' },
      }),
      'server/packages/colours/package.json': '{"name": "colours", "version": "1.0.0"}',
      'server/packages/colours/index.js': 'module.exports = 1;\n',
      'server/build.cjs': buildScript,
      'server/build-mode': 'good',
      'server/src/index.js': server('one'),
      'front-end/package.json':
        '{"name": "front", "version": "1.0.0", "scripts": {"build": "node build.cjs"}}',
      'front-end/build.cjs': buildScript,
      'front-end/build-mode': 'good',
      'front-end/src/index.html': '<script src="/app-11111111.js"></script>',
      'front-end/src/app-11111111.js': '',
    },
    {
      profile: `backend: {port: ${port}, health: [/health], required: [index.js, config/db.js]}\n${more}`,
    },
  );
  const folder = join(site.root, 'server');
  const PATH = sitePath();
  const npm = (...args: string[]) =>
    exec('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd: folder, env: { PATH } });
  // Packed, so that it is unpacked and no link, as packages of a registry are.
  await npm('pack', './packages/colours');
  await npm('install');
  await npm('run', 'build');
  await exec('npm', ['run', 'build'], { cwd: join(site.root, 'front-end'), env: { PATH } });
  const service = realService(t, folder, port);
  await service.start();
  await waitFor('the app', async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok);
  const at = (name: string) => join(folder, name);
  return {
    ...site,
    folder,
    port,
    service,
    at,
    read: (name: string) => readFileSync(at(name), 'utf8'),
    write: (name: string, text: string) => writeFileSync(at(name), text),
    mode: (mode: string) => writeFileSync(at('build-mode'), mode),
    version: (version: string) => writeFileSync(at('src/index.js'), server(version)),
    answer: async () => (await fetch(`http://127.0.0.1:${port}/health`)).text(),
    options: { site: site.profile, state: site.state },
    /** Every file of the folder but those of om-ops, with what is in it. */
    snapshot: async () =>
      (
        await exec(
          'sh',
          [
            '-c',
            `find . -path ./.om-ops-build -prune -o -path ./build-mode -prune -o -name app.log -prune -o -name hanging -prune -o -type f -exec sha256sum {} + | sort -k 2`,
          ],
          { cwd: folder },
        )
      ).stdout,
    async backend(...argv: string[]) {
      const command = class extends BuildBackend {
        protected override get abilities(): Abilities {
          return { service: async () => service } as unknown as Abilities;
        }
      };
      const run = await runCommand(command, argv, {
        site: site.profile,
        state: site.state,
        id: 'build:backend',
      });
      return { ...run, result: () => run.json<RebuildResult>().result };
    },
    async frontend(...argv: string[]) {
      const run = await runCommand(BuildFrontend, argv, { site: site.profile, state: site.state });
      return { ...run, result: () => run.json<RebuildResult>().result };
    },
  };
}

export const confirmed = ['--confirm', 'YES APPLY', '--json'];

export interface RealService extends AppService {
  readonly orders: string[];
  start(): Promise<void>;
  restart(): Promise<void>;
}

/** Runs the backend in a process of its own, and gives up on it when it ends by itself. */
function realService(t: TestContext, folder: string, port: number): RealService {
  const log = join(folder, 'app.log');
  const program = findProgram('node', sitePath()) as string;
  let child: ChildProcess | undefined;
  let startedMs = 0;
  let isWanted = false;
  const isRunning = () =>
    child !== undefined && child.exitCode === null && child.signalCode === null;
  const stop = async () => {
    isWanted = false;
    if (child === undefined || !isRunning()) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  const start = async () => {
    isWanted = true;
    startedMs = Date.now();
    const output = openSync(log, 'a');
    appendFileSync(log, '');
    child = spawn(program, ['dist/index.js'], {
      cwd: folder,
      env: { PORT: String(port) },
      stdio: ['ignore', output, output],
    });
    await new Promise((resolve) => child?.once('spawn', resolve));
  };
  t.after(stop);
  const orders: string[] = [];
  const status = async (): Promise<ServiceStatus> => ({
    state: isRunning() ? 'up' : isWanted ? 'failed' : 'stopped',
    pid: isRunning() ? (child?.pid ?? null) : null,
    restarts: orders.length,
    uptimeMs: isRunning() ? Date.now() - startedMs : null,
    memoryBytes: null,
    cpuPercent: null,
  });
  return {
    manager: 'test',
    name: 'demo',
    role: 'backend',
    orders,
    status,
    logFiles: async () => [{ path: log, stream: 'both' }],
    user: async () => null,
    node: async () => ({ program, version: null }),
    async start() {
      orders.push('start');
      await start();
    },
    async stop() {
      orders.push('stop');
      await stop();
    },
    async restart() {
      orders.push('restart');
      await stop();
      await start();
    },
  };
}
