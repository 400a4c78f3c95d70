import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { freePort } from '@om-ops/test-support/free-port';
import NginxApply from '../src/commands/nginx/apply.ts';
import NginxBaseline from '../src/commands/nginx/baseline.ts';
import type { ApplyResult, BaselineResult } from '../src/view/baseline.ts';
import { apiLocation, nginxSite, type Site, type SiteOptions, watching } from './site.ts';

const confirmed = ['--confirm', 'YES APPLY'];

async function apply(site: Site, argv: readonly string[] = confirmed) {
  const { code, stdout, stderr } = await runCommand(NginxApply, ['--json', ...argv], {
    site: site.profile,
  });
  const envelope = JSON.parse(stdout) as {
    ok: boolean;
    result?: ApplyResult;
    error?: { code: string; message: string; suggestions: string[] };
    warnings: string[];
  };
  return { code, stderr, ...envelope };
}

/** It fails with this reason, everything is as it was, and whoever asked meanwhile was answered unless `isSeen`. */
async function isUndone(
  at: Site,
  why: RegExp,
  { argv, isSeen = false }: { argv?: readonly string[]; isSeen?: boolean } = {},
): Promise<void> {
  const before = at.read();
  const watch = watching(at);
  const { code, error, result } = await apply(at, argv);
  const bad = await watch.stop();
  if (!isSeen) assert.deepEqual(bad, []);
  assert.deepEqual([code, error?.code, result?.outcome], [1, 'E_UNDONE', 'undone']);
  assert.match(error?.message ?? '', why);
  assert.equal(at.read(), before);
}

/** The profile names a port where nobody listens. */
async function leadToNobody(at: Site): Promise<void> {
  const dead = await freePort();
  const text = at.read(at.profile).replace(`port: ${at.backend.port}`, `port: ${dead}`);
  writeFileSync(at.profile, text);
}

const site = (t: TestContext, options?: SiteOptions) => nginxSite(t, options);

describe('nginx apply', () => {
  it('sets what is missing, keeps every other byte, and proves that it works', async (t) => {
    const at = await site(t);
    const before = at.read();
    const watch = watching(at);
    const { code, result, error } = await apply(at);
    assert.deepEqual(await watch.stop(), []);
    assert.equal(code, 0, JSON.stringify(error));
    assert.equal(result?.outcome, 'applied');
    assert.equal(result?.file, at.file);
    assert.equal(result?.line, 6);
    assert.deepEqual(
      result?.checks.map(({ ok }) => ok),
      [true, true, true],
    );
    const after = at.read();
    const added = after.split('\n').filter((line) => !before.split('\n').includes(line));
    assert.deepEqual(
      added.map((line) => line.trim()),
      [
        'proxy_http_version 1.1;',
        'proxy_set_header Host $host;',
        'proxy_set_header X-Real-IP $remote_addr;',
        'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
        'proxy_set_header X-Forwarded-Proto $scheme;',
        'proxy_read_timeout 300s;',
        'proxy_connect_timeout 300s;',
        'client_max_body_size 50m;',
      ],
    );
    const kept = after
      .split('\n')
      .filter((line) => !added.includes(line))
      .join('\n');
    assert.equal(kept, before.replace('        client_max_body_size 10m;\n', ''));
    assert.equal(at.read(result?.backup ?? ''), before);
    assert.deepEqual(readdirSync(join(at.folder, 'sites-enabled')), ['site']);
    const { headers, httpVersion } = await at.echo('/api/x');
    assert.equal(httpVersion, '1.1');
    assert.equal(headers.host, 'site.test');
    assert.equal(headers['x-real-ip'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal((await at.echo('/api/deep/x')).url, '/d/x');
  });

  it('changes nothing the second time', async (t) => {
    const at = await site(t);
    await apply(at);
    const before = at.read();
    const { code, result } = await apply(at);
    assert.equal(code, 0);
    assert.equal(result?.outcome, 'unchanged');
    assert.equal(result?.backup, null);
    assert.equal(at.read(), before);
  });

  it('plans in a dry run, and changes nothing without being confirmed', async (t) => {
    const at = await site(t);
    const before = at.read();
    const planned = await apply(at, ['--dry-run']);
    assert.equal(planned.code, 0);
    assert.equal(planned.result?.outcome, 'planned');
    assert.match(planned.result?.diff ?? '', /^--- .*\n\+\+\+ .*\n@@/);
    const { code, error } = await apply(at, []);
    assert.equal(code, 3);
    assert.equal(error?.code, 'E_UNCONFIRMED');
    assert.equal(at.read(), before);
    assert.deepEqual(
      readdirSync(at.state).filter((name) => name === 'nginx'),
      [],
    );
  });

  it('writes through a link, and keeps owner and mode', async (t) => {
    const at = await site(t);
    const real = join(at.folder, 'sites-available/site');
    mkdirSync(join(at.folder, 'sites-available'));
    renameSync(at.file, real);
    symlinkSync('../sites-available/site', at.file);
    chmodSync(real, 0o640);
    const { code, result } = await apply(at);
    assert.equal(code, 0);
    assert.equal(result?.outcome, 'applied');
    assert.ok(lstatSync(at.file).isSymbolicLink());
    assert.equal(statSync(real).mode & 0o777, 0o640);
    assert.match(at.read(real), /proxy_http_version 1\.1/);
  });

  it('ends with 6 and names the place when it is broken already, in another file', async (t) => {
    const at = await site(t);
    const before = at.read();
    const other = at.put(
      'sites-enabled/zother',
      'server {\n  listen 127.0.0.1:1;\n  no_such_thing on;\n}\n',
    );
    const { code, error } = await apply(at);
    assert.equal(code, 6);
    assert.equal(error?.code, 'E_NGINX_BROKEN');
    assert.ok(error?.message.includes(`${other}:3`), error?.message);
    assert.equal(at.read(), before);
  });

  it('puts it back when the master refuses: a shared zone with another key', async (t) => {
    const zones = join('zones', 'zone.conf');
    const at = await site(t, { http: '  include zones/*.conf;', starts: false });
    at.put(zones, 'limit_req_zone $binary_remote_addr zone=one:1m rate=1000r/s;\n');
    const { startNginx } = await import('@om-ops/test-support/nginx');
    await startNginx(t, at);
    at.put(zones, 'limit_req_zone $server_name zone=one:1m rate=1000r/s;\n');
    assert.equal(at.test().code, 0);
    await isUndone(at, /"one" uses the "\$server_name" key while previously/);
  });

  it('puts it back when the master refuses: a port that somebody else has', async (t) => {
    const at = await site(t);
    const taken = await freePort();
    const server = createServer().listen(taken, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => void server.close());
    at.put('sites-enabled/zother', `server { listen 127.0.0.1:${taken}; }\n`);
    assert.equal(at.test().code, 0);
    await isUndone(at, /bind\(\) to 127\.0\.0\.1:\d+ failed/);
  });

  it('puts it back when the site answers worse, and reloads again', async (t) => {
    const at = await site(t);
    await leadToNobody(at);
    const { mtimeMs } = statSync(at.file);
    const why = /answered 200 before, and 502 with the new configuration/;
    await isUndone(at, why, { argv: [...confirmed, '--replace'], isSeen: true });
    assert.ok(Math.abs(statSync(at.file).mtimeMs - mtimeMs) < 2);
    assert.equal((await at.ask('/api/x')).status, 200);
    const again = await apply(at);
    assert.equal(again.result?.outcome, 'applied');
  });

  it('takes a backend that was down before as it is, and says so', async (t) => {
    const at = await site(t);
    await at.backend.stop();
    const { code, result, warnings } = await apply(at);
    assert.equal(code, 0);
    assert.equal(result?.outcome, 'applied');
    assert.ok(
      warnings.some((one) => /answers 502, as it did before/.test(one)),
      warnings.join(),
    );
  });

  it('does it without a pid file that leads to the master', async (t) => {
    for (const pid of ['', '999999\n', undefined]) {
      const at = await site(t, { section: 'reload: [nginx, -c, CONF, -s, reload]' });
      writeFileSync(at.profile, at.read(at.profile).replace('CONF', at.conf));
      if (pid === undefined) rmSync(at.pidFile);
      else writeFileSync(at.pidFile, pid);
      const { code, result, warnings, error } = await apply(at);
      assert.equal(code, 0, JSON.stringify(error));
      assert.equal(result?.outcome, 'applied');
      assert.ok(
        warnings.some((one) => /was told by a signal/.test(one)),
        warnings.join(),
      );
      if (pid === undefined) assert.throws(() => statSync(at.pidFile), { code: 'ENOENT' });
    }
  });

  it('does not believe a reload command that does nothing', async (t) => {
    const at = await site(t, { section: "reload: ['true']" });
    const { code, result, warnings } = await apply(at);
    assert.equal(code, 0);
    assert.equal(result?.outcome, 'applied');
    assert.ok(
      warnings.some((one) => /^true said that all is well/.test(one)),
      warnings.join(),
    );
    assert.equal((await at.echo('/api/x')).httpVersion, '1.1');
  });

  it('ends with 5 before anything is changed when nothing can be kept', async (t) => {
    const at = await site(t);
    const before = at.read();
    at.put('state/nginx', 'a file where the folder has to be');
    const { code, error } = await apply(at);
    assert.notEqual(code, 0);
    assert.ok(error !== undefined);
    assert.equal(at.read(), before);
    assert.equal((await at.echo('/api/x')).httpVersion, '1.0');
  });

  it('refuses where nginx does not run; a dry run says so', async (t) => {
    const at = await site(t, { starts: false });
    const before = at.read();
    const planned = await apply(at, ['--dry-run']);
    assert.equal(planned.code, 0);
    const { code, error } = await apply(at);
    assert.equal(code, 5);
    assert.equal(error?.code, 'E_NGINX_NOT_RUNNING');
    assert.equal(at.read(), before);
    assert.throws(() => statSync(at.pidFile), { code: 'ENOENT' });
  });

  it('tells nginx of what was written before and never read', async (t) => {
    const at = await site(t);
    await apply(at);
    const now = new Date();
    utimesSync(at.file, now, now);
    const { code, result } = await apply(at);
    assert.equal(code, 0);
    assert.equal(result?.outcome, 'applied');
    assert.equal(result?.diff, '');
    assert.equal((await apply(at)).result?.outcome, 'unchanged');
  });

  it('does not undo what somebody else wrote meanwhile', async (t) => {
    const at = await site(t);
    await leadToNobody(at);
    const before = at.read();
    // Whoever asks through nginx while it is being verified.
    const { watch } = await import('node:fs');
    const seen = Promise.withResolvers<void>();
    const watcher = watch(join(at.folder, 'sites-enabled'), () => {
      if (at.read() !== before && !at.read().includes('# mine')) {
        writeFileSync(at.file, `${at.read()}# mine\n`);
        watcher.close();
        seen.resolve();
      }
    });
    t.after(() => watcher.close());
    const { code, error, result } = await apply(at, [...confirmed, '--replace']);
    await seen.promise;
    assert.equal(code, 1);
    assert.equal(error?.code, 'E_UNDO_FAILED');
    assert.equal(result?.outcome, 'partial');
    assert.match(at.read(), /# mine\n$/);
    assert.match(error?.message ?? '', /has to be looked at; what it held before is in .*apply-/);
  });
});

describe('which location is meant', () => {
  const server = (listen: string, body: string, name = 'site.test') =>
    `server {\n    listen 127.0.0.1:${listen};\n    server_name ${name};\n${body}\n}\n`;

  async function baseline(at: Site, argv: readonly string[] = []) {
    const { code, stdout } = await runCommand(NginxBaseline, ['--json', ...argv], {
      site: at.profile,
    });
    return {
      code,
      ...(JSON.parse(stdout) as {
        result: BaselineResult;
        error?: { code: string; message: string; suggestions: string[] };
        warnings: string[];
      }),
    };
  }

  it('is the one that proxies, not the one that only redirects', async (t) => {
    const at = await site(t, {
      text: server('8180', '    return 301 https://site.test;') + server('8143', apiLocation),
      starts: false,
    });
    const { code, result } = await baseline(at);
    assert.equal(code, 0);
    assert.equal(result.line, 9);
  });

  it('is asked for when there are two, with file and line of each', async (t) => {
    const at = await site(t, {
      text: server('8180', apiLocation) + server('8143', apiLocation),
      starts: false,
    });
    const { code, error } = await baseline(at);
    assert.equal(code, 6);
    assert.equal(error?.code, 'E_SEVERAL_LOCATIONS');
    assert.ok(
      error?.message.includes(`${at.file}:4`) && error.message.includes(`${at.file}:18`),
      error?.message,
    );
    const chosen = await baseline(at, ['--listen', '8143']);
    assert.equal(chosen.code, 0);
    assert.equal(chosen.result.line, 18);
    assert.equal((await baseline(at, ['--listen', '127.0.0.1:8180'])).result.line, 4);
  });

  it('is chosen by its file', async (t) => {
    const at = await site(t, { text: server('8180', apiLocation), starts: false });
    const other = at.put(
      'sites-enabled/other',
      server('8143', apiLocation).replaceAll('BACKEND', '1'),
    );
    assert.equal((await baseline(at)).code, 6);
    assert.equal((await baseline(at, ['--file', other])).result.file, other);
    assert.equal((await baseline(at, ['--file', 'sites-enabled/site'])).result.file, at.file);
  });

  it('counts once when two servers include it', async (t) => {
    const include = '    include snippets/api;';
    const at = await site(t, {
      text: server('8180', include) + server('8143', include),
      starts: false,
    });
    const snippet = at.put(
      'snippets/api',
      apiLocation.replaceAll('BACKEND', String(at.backend.port)),
    );
    const { code, result, warnings } = await baseline(at);
    assert.equal(code, 0);
    assert.equal(result.file, snippet);
    assert.ok(
      warnings.some((one) => /is included 2 times/.test(one)),
      warnings.join(),
    );
  });

  it('is the first of two servers of one name, and the other is told', async (t) => {
    const at = await site(t, {
      text: server('8180', apiLocation) + server('8180', apiLocation),
      starts: false,
    });
    const { code, result, warnings } = await baseline(at);
    assert.equal(code, 0);
    assert.equal(result.line, 4);
    assert.ok(warnings.some((one) => /site\.test is there twice on 127\.0\.0\.1:8180/.test(one)));
  });

  it('is put into the one server there is, when there is none', async (t) => {
    const at = await site(t, { text: server('PORT', '    location / { return 200 "front"; }') });
    const { code, result, warnings } = await baseline(at);
    assert.equal(code, 0);
    assert.match(
      result.diff,
      /\+ {4}location \/api\/ \{\n\+ {8}proxy_pass http:\/\/127\.0\.0\.1:\d+;/,
    );
    assert.ok(warnings.some((one) => /There is no location for \/api\//.test(one)));
    const done = await apply(at);
    assert.equal(done.code, 0);
    assert.equal(done.result?.outcome, 'applied');
    assert.equal((await at.echo('/api/x')).url, '/api/x');
    assert.equal((await apply(at)).result?.outcome, 'unchanged');
  });

  it('is not guessed when there are two servers and no location', async (t) => {
    const at = await site(t, { text: server('8180', '') + server('8143', ''), starts: false });
    const { code, error } = await baseline(at);
    assert.equal(code, 6);
    assert.equal(error?.code, 'E_SEVERAL_LOCATIONS');
  });

  it('is left alone when it hands its requests to something else', async (t) => {
    const at = await site(t, {
      text: server('8180', '    location /api/ { return 404; }'),
      starts: false,
    });
    const { code, error } = await baseline(at);
    assert.equal(code, 6);
    assert.equal(error?.code, 'E_NOT_PROXIED');
    assert.ok(error?.message.includes(`${at.file}:4`));
  });
});
