import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadSite } from '@om-ops/kit/site';
import { runCommand } from '@om-ops/test-support/command';
import { freePort } from '@om-ops/test-support/free-port';
import { startNginx } from '@om-ops/test-support/nginx';
import NginxLogs from '../src/commands/nginx/logs.ts';
import NginxProxy from '../src/commands/nginx/proxy.ts';
import NginxStatus from '../src/commands/nginx/status.ts';
import NginxValidate from '../src/commands/nginx/validate.ts';
import plugin from '../src/plugin.ts';
import type { ProxyResult } from '../src/proxy.ts';
import type { NginxStatus as Status } from '../src/state/status.ts';
import type { Validation } from '../src/state/validate.ts';
import { nginxSite, type Site, siteText } from './site.ts';

interface Envelope<R> {
  ok: boolean;
  result: R;
  error?: { code: string; message: string; suggestions: string[] };
  warnings: string[];
}

async function run<R>(
  command: Parameters<typeof runCommand>[0],
  site: Site,
  argv: readonly string[] = [],
) {
  const { code, stdout } = await runCommand(command, ['--json', ...argv], { site: site.profile });
  return { code, ...(JSON.parse(stdout) as Envelope<R>) };
}

/** Everything below a folder but om-ops' own state. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => !name.startsWith('state'))
    .sort();
}

describe('nginx status', () => {
  it('tells version, master, workers and what the site answers', async (t) => {
    const site = await nginxSite(t);
    const { code, result } = await run<Status>(NginxStatus, site);
    assert.equal(code, 0);
    assert.match(result.version, /^\d+\.\d+/);
    assert.equal(result.master?.pid, site.daemon?.pid);
    assert.equal(result.workers.length, 1);
    assert.deepEqual(
      result.answers.map(({ status }) => status),
      [200],
    );
    const text = await runCommand(NginxStatus, [], { site: site.profile });
    assert.match(text.stdout, /master +\d+, since /);
  });

  it('tells when what is on the disk is not what runs, with 6', async (t) => {
    const site = await nginxSite(t);
    const later = new Date(Date.now() + 2000);
    utimesSync(site.file, later, later);
    const { code, error, result } = await run<Status>(NginxStatus, site);
    assert.equal(code, 6);
    assert.equal(error?.code, 'E_NGINX_UNHEALTHY');
    assert.deepEqual(
      result.findings.map(({ kind, file }) => [kind, file]),
      [['unread', site.file]],
    );
  });

  it('tells of copies that are included, and of names that are there twice', async (t) => {
    const site = await nginxSite(t, { starts: false });
    site.put('sites-enabled/site.bak', site.read());
    site.put('sites-enabled/.site.swp', 'nothing nginx reads {');
    await startNginx(t, site);
    const { code, result } = await run<Status>(NginxStatus, site);
    assert.equal(code, 6);
    assert.deepEqual(result.findings.map(({ kind }) => kind).sort(), [
      'backup-included',
      'duplicate',
    ]);
  });

  it('tells that it does not run, with 6', async (t) => {
    const site = await nginxSite(t, { starts: false });
    const { code, error, result } = await run<Status>(NginxStatus, site);
    assert.equal(code, 6);
    assert.match(error?.message ?? '', /No running nginx reads/);
    assert.equal(result.running, false);
  });

  it('tells of a pid file that leads nowhere', async (t) => {
    const site = await nginxSite(t);
    writeFileSync(site.pidFile, '');
    const { code, result } = await run<Status>(NginxStatus, site);
    assert.equal(code, 6);
    assert.match(
      result.findings[0]?.message ?? '',
      /is empty, and the master is \d+: nginx -s reload does not reach it/,
    );
  });

  it('reads certificates on the disk and served', async (t) => {
    const site = await nginxSite(t, { starts: false });
    const [key, certificate] = [join(site.folder, 'key.pem'), join(site.folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        certificate,
        '-days',
        '5',
        '-subj',
        '/CN=site.test',
        '-addext',
        'subjectAltName=DNS:site.test',
      ],
      { stdio: 'ignore' },
    );
    const port = await freePort();
    site.put(
      'sites-enabled/tls',
      `server { listen 127.0.0.1:${port} ssl; server_name site.test; ssl_certificate ${certificate}; ssl_certificate_key ${key}; location / { return 200; } }`,
    );
    await startNginx(t, site);
    const { code, result } = await run<Status>(NginxStatus, site);
    assert.equal(code, 6);
    assert.deepEqual(
      result.certificates.map(({ daysLeft, names }) => [daysLeft, names]),
      [[4, ['site.test']]],
    );
    const served = result.answers.find(({ url }) => url.startsWith('https:'));
    assert.equal(served?.status, 200);
    assert.equal(served?.certificate?.daysLeft, 4);
    assert.ok(
      result.findings.every(({ kind, state }) => kind === 'certificate' && state === 'warning'),
    );
  });

  it('ends with 5 and how to get it when there is no nginx', async (t) => {
    const site = await nginxSite(t, { starts: false, section: 'bin: no-such-nginx' });
    const { code, error } = await run<Status>(NginxStatus, site);
    assert.equal(code, 5);
    assert.match(error?.suggestions.join() ?? '', /apt-get install nginx/);
  });
});

describe('nginx validate', () => {
  it('says that it is valid, and leaves nothing behind', async (t) => {
    const site = await nginxSite(t, {
      starts: false,
      http: '  access_log LOGS/access.log;'.replace('LOGS', '/tmp'),
    });
    writeFileSync(
      site.conf,
      site
        .read(site.conf)
        .replace(
          'access_log /tmp/access.log;',
          `access_log ${site.folder}/access.log; proxy_cache_path ${site.folder}/cache keys_zone=c:1m;`,
        ),
    );
    const before = listing(site.folder);
    const { code, result } = await run<Validation>(NginxValidate, site);
    assert.equal(code, 0);
    assert.equal(result.valid, true);
    assert.deepEqual(listing(site.folder), before);
    assert.equal(existsSync(site.pidFile), false);
  });

  it('leaves the files of the running one alone', async (t) => {
    const site = await nginxSite(t);
    const { ino } = statSync(site.errorLog);
    const pid = site.read(site.pidFile);
    assert.equal((await run<Validation>(NginxValidate, site)).code, 0);
    assert.equal(statSync(site.errorLog).ino, ino);
    assert.equal(site.read(site.pidFile), pid);
  });

  it('ends with 6 and file and line when nginx refuses', async (t) => {
    const site = await nginxSite(t, {
      starts: false,
      text: siteText.replace('server_name', 'sever_name'),
    });
    const { code, error, result } = await run<Validation>(NginxValidate, site);
    assert.equal(code, 6);
    assert.equal(error?.code, 'E_NGINX_INVALID');
    assert.deepEqual([result.valid, result.file, result.line], [false, site.file, 4]);
    assert.match(error?.message ?? '', /unknown directive "sever_name" in .*site:4/);
    for (const text of ['server { listen "80', '\ufeffserver { }', 'server { } }']) {
      writeFileSync(site.file, text);
      assert.equal((await run<Validation>(NginxValidate, site)).code, 6);
    }
  });
});

describe('nginx proxy', () => {
  it('lists every location that proxies', async (t) => {
    const site = await nginxSite(t, { starts: false });
    const { code, result } = await run<ProxyResult>(NginxProxy, site);
    assert.equal(code, 0);
    assert.deepEqual(
      result.routes.map(({ location, from }) => [location, from]),
      [
        ['/api/', `${site.file}:6`],
        ['/api/deep/', `${site.file}:14`],
      ],
    );
    const text = await runCommand(NginxProxy, [], { site: site.profile });
    assert.match(text.stdout, /LOCATION +GOES TO/);
  });

  it('says what one path meets', async (t) => {
    const site = await nginxSite(t, { starts: false });
    const { result } = await run<ProxyResult>(NginxProxy, site, ['--path', '/api/deep/x']);
    assert.equal(result.routes[0]?.target, `http://127.0.0.1:${site.backend.port}/d/x`);
    const { stdout } = await runCommand(NginxProxy, ['--path', '/api/x'], { site: site.profile });
    assert.match(stdout, /client_max_body_size +10m +\(.*site:10\)/);
    assert.match(
      stdout,
      /if \(\$request_method = OPTIONS\) \(.*site:11\) can decide otherwise: return/,
    );
    assert.equal((await run(NginxProxy, site, ['--path', 'api'])).code, 2);
  });

  it('hides secrets in headers', async (t) => {
    const secret = 'c2VjcmV0LXRva2VuLW9mLXRoZS1zaXRl';
    const site = await nginxSite(t, {
      starts: false,
      text: siteText.replace(
        'proxy_set_header Upgrade $http_upgrade;',
        `proxy_set_header Authorization "Basic ${secret}";`,
      ),
    });
    for (const argv of [
      ['--path', '/api/x'],
      ['--path', '/api/x', '--json'],
    ]) {
      const { stdout } = await runCommand(NginxProxy, argv, { site: site.profile });
      assert.ok(!stdout.includes(secret), stdout);
    }
  });

  it('ends with 6 and file and line when the configuration cannot be read', async (t) => {
    const site = await nginxSite(t, { starts: false, text: 'server {\n  listen 80;\n' });
    const { code, error } = await run(NginxProxy, site);
    assert.equal(code, 6);
    assert.ok(error?.message.includes(`${site.file}:3`), error?.message);
    writeFileSync(site.conf, 'http { include nowhere.conf; }');
    assert.match(
      (await run(NginxProxy, site)).error?.message ?? '',
      /nginx\.conf:1: it includes .*nowhere\.conf, which does not exist/,
    );
    writeFileSync(site.conf, 'include nginx.conf;');
    assert.match((await run(NginxProxy, site)).error?.message ?? '', /circle/);
  });
});

describe('nginx logs', () => {
  it('shows the last lines, those of rotated files too, without secrets', async (t) => {
    const site = await nginxSite(t, { starts: false });
    writeFileSync(`${site.errorLog}.1`, 'long ago\nbefore\n');
    writeFileSync(site.errorLog, 'one\n');
    appendFileSync(site.errorLog, 'request: "GET /x?token=abcdef1234567890 HTTP/1.1"\n');
    const { code, result } = await run<{ lines: { text: string }[] }>(NginxLogs, site, [
      '--lines',
      '3',
    ]);
    assert.equal(code, 0);
    assert.deepEqual(
      result.lines.slice(0, 2).map(({ text }) => text),
      ['before', 'one'],
    );
    assert.ok(!JSON.stringify(result).includes('abcdef1234567890'));
  });

  it('ends with 5 when there is none', async (t) => {
    const site = await nginxSite(t, { starts: false });
    const { code } = await run(NginxLogs, site);
    assert.equal(code, 5);
  });
});

describe('what nginx offers to the rest', () => {
  it('answers checks, a panel, a log source and its configuration', async (t) => {
    const nginx = await nginxSite(t);
    const site = await loadSite({ flag: nginx.profile, env: {}, cwd: '/', sections: ['nginx'] });
    const { signal } = new AbortController();
    const checks = (await plugin.checks?.(site)) ?? [];
    const answers = await Promise.all(
      checks.map(async (check) => [check.key, (await check.run(signal)).state]),
    );
    assert.deepEqual(answers, [
      ['running', 'healthy'],
      ['configuration', 'healthy'],
      ['answers', 'healthy'],
      ['certificate', 'off'],
    ]);
    const panel = await plugin.state?.({ site, signal, now: new Date() });
    assert.equal(panel?.state, 'healthy');
    assert.deepEqual(await plugin.configFiles?.(site), [{ path: nginx.conf, kind: 'nginx' }]);
    const [source] = (await plugin.logSources?.(site)) ?? [];
    const lines: string[] = [];
    for await (const { text } of source?.lines({ lines: 5, follow: false }, signal) ?? [])
      lines.push(text);
    assert.ok(lines.some((line) => /start worker process/.test(line)));
    await nginx.backend.stop();
    const after = await Promise.all(checks.map(async (check) => (await check.run(signal)).state));
    assert.deepEqual(after, ['healthy', 'healthy', 'critical', 'off']);
  });
});
