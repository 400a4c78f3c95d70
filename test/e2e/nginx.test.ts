import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { unprivilegedAccount } from '@om-ops/test-support/daemon';
import { type EchoServer, echoServer } from '@om-ops/test-support/echo-server';
import { freePort } from '@om-ops/test-support/free-port';
import { nginxFolder, startNginx } from '@om-ops/test-support/nginx';
import { checkout, type RunOptions, runOmOps } from '@om-ops/test-support/om-ops';
import { waitFor } from '@om-ops/test-support/wait';

interface Result {
  outcome: string;
  backup: string | null;
  findings: { kind: string }[];
  lines: { text: string }[];
}

interface Site {
  folder: string;
  file: string;
  state: string;
  backend: EchoServer;
  profile: string;
  now(): string;
  /** Whether the reload command runs. */
  told(): boolean;
  run(argv: readonly string[], options?: RunOptions): ReturnType<typeof runOmOps>;
  version(): Promise<string>;
}

/** Its reload command waits the first time until somebody ends it, and fails afterwards. */
const waiting = (folder: string) =>
  `[sh, -c, "test ! -e ${folder}/told || exit 1; echo $$ > ${folder}/told; exec sleep 600"]`;

async function nginxSite(
  t: TestContext,
  { reload, starts = true }: { reload?(folder: string): string; starts?: boolean } = {},
): Promise<Site> {
  const backend = await echoServer(t);
  const port = await freePort();
  const nginx = nginxFolder(t, '  include sites/*;');
  const { folder, conf, errorLog } = nginx;
  const file = nginx.put(
    'sites/site',
    `server {
    listen 127.0.0.1:${port};
    server_name site.test;
    location /api/ {
        proxy_pass http://127.0.0.1:${backend.port};
    }
}
`,
  );
  const state = join(folder, 'state');
  mkdirSync(state, { mode: 0o700 });
  const profile = nginx.put(
    'om-ops.yaml',
    `site: small
root: ${folder}
state: ${state}
envFiles: []
database: {engine: none}
backend: {port: ${backend.port}}
nginx: {conf: ${conf}, errorLog: ${errorLog}, serverName: site.test${reload === undefined ? '' : `, reload: ${reload(folder)}`}}
`,
  );
  if (starts) await startNginx(t, nginx);
  return {
    folder,
    file,
    state,
    backend,
    profile,
    now: () => readFileSync(file, 'utf8'),
    told: () => readFileSync(join(folder, 'told'), 'utf8').endsWith('\n'),
    run: (argv, options = {}) =>
      runOmOps(['nginx', ...argv], {
        ...options,
        env: { OM_OPS_SITE: profile, HOME: folder, ...options.env },
      }),
    version: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/x`, {
        headers: { host: 'site.test' },
      });
      return ((await answer.json()) as { httpVersion: string }).httpVersion;
    },
  };
}

const confirmed = ['apply', '--json', '--confirm', 'YES APPLY'];

describe('om-ops nginx', () => {
  it('looks, plans, applies, and finds that it is so', async (t) => {
    const site = await nginxSite(t);
    assert.equal((await site.run(['status'])).code, 0);
    assert.equal((await site.run(['validate'])).code, 0);
    const diff = await site.run(['baseline']);
    assert.match(diff.stdout, /^--- .*\n\+\+\+ .*\n@@ /);
    assert.equal((await site.run(['apply'])).code, 3);
    assert.equal(await site.version(), '1.0');
    const done = await site.run(confirmed);
    assert.equal(done.code, 0, done.stdout);
    assert.equal(done.json<Result>().result.outcome, 'applied');
    assert.equal(await site.version(), '1.1');
    assert.equal((await site.run(confirmed)).json<Result>().result.outcome, 'unchanged');
    assert.match(
      readFileSync(join(site.state, 'om-ops.log'), 'utf8'),
      /nginx:apply exit=0 .*touched=/,
    );
  });

  it('puts it back at Ctrl-C, and ends with 130', async (t) => {
    const site = await nginxSite(t, { reload: waiting });
    const before = site.now();
    const pid = Promise.withResolvers<number>();
    const ending = site.run(confirmed, { onStart: pid.resolve });
    await waitFor('nginx to be told', () => site.told(), { timeoutMs: 60_000 });
    assert.notEqual(site.now(), before);
    // A second one has to wait for its turn.
    const second = await site.run(confirmed);
    assert.equal(second.code, 4, second.stdout);
    process.kill(await pid.promise, 'SIGINT');
    const { code, json, stdout } = await ending;
    assert.equal(code, 130, stdout);
    assert.equal(json<Result>().result.outcome, 'undone');
    assert.equal(site.now(), before);
    assert.equal(await site.version(), '1.0');
    assert.equal((await site.run(['status'])).code, 0);
  });

  it('leaves whole files when it is killed, says that nginx has not read one, and goes on from there', async (t) => {
    const site = await nginxSite(t, { reload: waiting });
    const before = site.now();
    const pid = Promise.withResolvers<number>();
    const ending = site.run(confirmed, { onStart: pid.resolve });
    await waitFor('nginx to be told', () => site.told(), { timeoutMs: 60_000 });
    process.kill(await pid.promise, 'SIGKILL');
    await ending;
    // What it had started goes on without it.
    process.kill(Number(readFileSync(join(site.folder, 'told'), 'utf8')), 'SIGTERM');
    assert.match(site.now(), /proxy_http_version 1\.1;[\s\S]*\}\n$/);
    const [kept] = readdirSync(join(site.state, 'nginx'));
    assert.equal(readFileSync(join(site.state, 'nginx', kept ?? ''), 'utf8'), before);
    assert.equal(await site.version(), '1.0');
    const status = await site.run(['status', '--json']);
    assert.equal(status.code, 6);
    assert.deepEqual(
      status.json<Result>().result.findings.map(({ kind }) => kind),
      ['unread'],
    );
    const again = await site.run(confirmed);
    assert.equal(again.code, 0, again.stdout);
    assert.equal(again.json<Result>().result.outcome, 'applied');
    assert.equal(await site.version(), '1.1');
    assert.equal((await site.run(confirmed)).json<Result>().result.outcome, 'unchanged');
  });

  it('ends with 2, 5 and 6 for what is asked wrongly, missing, or refused', async (t) => {
    const site = await nginxSite(t, { starts: false });
    for (const argv of [['--max-body-size', 'much'], ['--timeout', '0'], ['--no-such']]) {
      const { code, json } = await site.run(['baseline', '--json', ...argv]);
      assert.equal(code, 2, argv.join(' '));
      assert.equal(json().ok, false);
    }
    const absent = await site.run(confirmed);
    assert.equal(absent.code, 5);
    assert.equal(absent.json().error.code, 'E_NGINX_NOT_RUNNING');
    writeFileSync(site.file, 'server { listen 80');
    for (const command of ['status', 'validate', 'proxy', 'baseline', 'apply'])
      assert.equal((await site.run([command])).code, 6, command);
  });

  it('says what another user may not do', async (t) => {
    const account = unprivilegedAccount([]);
    if (account === undefined) return t.skip('this needs root');
    const site = await nginxSite(t);
    const state = join(site.folder, 'own');
    mkdirSync(state);
    chownSync(state, account.uid, account.gid);
    const as = { uid: account.uid, gid: account.gid, env: { OM_OPS_STATE: state, HOME: state } };
    const status = await site.run(['status', '--json'], as);
    assert.equal(status.code, 0, status.stdout);
    for (const argv of [['validate', '--json'], confirmed]) {
      const { code, json } = await site.run(argv, as);
      assert.equal(code, 5, argv.join(' '));
      assert.equal(json().error.code, 'E_PERMISSION');
    }
    const planned = await site.run(['apply', '--dry-run', '--json'], as);
    assert.equal(planned.code, 0, planned.stdout);
    assert.equal(planned.json<Result>().result.outcome, 'planned');
  });

  it('follows the log until Ctrl-C', async (t) => {
    const site = await nginxSite(t);
    const child = spawn(
      join(checkout, 'bin/om-ops'),
      ['nginx', 'logs', '--follow', '--lines', '1'],
      {
        env: { ...process.env, OM_OPS_SITE: site.profile, HOME: site.folder, NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await waitFor('a line', () => seen.includes('\n'), { timeoutMs: 60_000 });
    assert.match(seen, /start worker process/);
    child.kill('SIGINT');
    assert.equal(await ended, 130);
  });
});
