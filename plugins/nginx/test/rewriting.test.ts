import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Echo } from '@om-ops/test-support/echo-server';
import { freePort } from '@om-ops/test-support/free-port';
import { proxyOf } from '../src/proxy.ts';
import type { Route } from '../src/routing/route.ts';
import { nginxSite, type Site } from './site.ts';

const clean = {
  steps: [] as (() => void | Promise<void>)[],
  after: (step: () => void | Promise<void>) => void clean.steps.push(step),
};
let site: Site;

const text = `
server {
  listen 127.0.0.1:CERTBOT;
  server_name site.test;
  if ($host = www.site.test) { return 308 https://other.test; }
  if ($host = site.test) { return 301 https://$host$request_uri; }
  return 404;
}
server {
  listen 127.0.0.1:PORT;
  server_name site.test;
  root ROOT;
  set $api http://127.0.0.1:BACKEND;
  rewrite ^/old/(.*)$ /new/$1;
  rewrite ^/gone-away/(\\w+) https://else.test/$1/x? permanent;
  rewrite ^/short/(\\d+)$ /api/items?id=$1 last;
  if ($uri ~ ^/locked/(.*)) { return 403; }
  if ($arg_lang = de) { return 302 /de$uri; }
  if ($scheme = https) { return 402; }
  location / { try_files $uri @app; }
  location @app { proxy_pass http://127.0.0.1:BACKEND; }
  location /new/ { proxy_pass http://127.0.0.1:BACKEND; }
  location /api/ { proxy_pass http://127.0.0.1:BACKEND; }
  location /denied/ { deny all; }
  location /denied/proxied/ { proxy_pass http://127.0.0.1:BACKEND; deny all; }
  location /denied/inherited { deny all; location /denied/inherited/deep { proxy_pass http://127.0.0.1:BACKEND; } }
  location /denied/open { allow all; }
  location /denied/first { deny all; allow all; }
  location /denied/returns { deny all; return 418; }
  location /denied/some { allow 192.0.2.1; deny all; proxy_pass http://127.0.0.1:BACKEND; }
  location /denied/others { deny 192.0.2.1; proxy_pass http://127.0.0.1:BACKEND; }
  location ~ /\\.(git|env) { deny all; }
  location = /secret { internal; proxy_pass http://127.0.0.1:BACKEND; }
  location /to-secret { rewrite ^ /secret last; }
  location /password { auth_basic "who"; auth_basic_user_file ROOT/none; proxy_pass http://127.0.0.1:BACKEND; }
  location /either { satisfy any; deny all; auth_basic "who"; auth_basic_user_file ROOT/none; }
  location /break/ { rewrite ^/break/(.*)$ /v2/$1 break; proxy_pass http://127.0.0.1:BACKEND; }
  location /break-uri/ { rewrite ^/break-uri/(.*)$ /v2/$1 break; proxy_pass http://127.0.0.1:BACKEND/base/; }
  location /last-uri/ { rewrite ^/last-uri/(.*)$ /with-uri/$1 last; }
  location /with-uri/ { proxy_pass http://127.0.0.1:BACKEND/base/; }
  location /last/ { rewrite ^/last/(.*)$ /api/$1 last; return 500; }
  location /plain/ { rewrite ^/plain/(.*)$ /api/plain/$1; }
  location /circle/ { rewrite ^ /circle/x last; }
  location /away/ { rewrite ^/away/(.*)$ /to/$1 redirect; }
  location /variable/ { proxy_pass $api/with$uri; }
  location /method/ { if ($request_method = POST) { return 405; } proxy_pass http://127.0.0.1:BACKEND; }
  location /if-pass/ { set $new 1; if ($new) { proxy_pass http://127.0.0.1:BACKEND; } return 404; }
  location /if-inherits/ { if ($uri ~* \\.JPG$) { proxy_pass http://127.0.0.1:BACKEND; } proxy_pass http://127.0.0.1:1; }
  location /set/ { set $to /api/set; if ($args ~ ^to=(.+)$) { set $to /api/$1; } rewrite ^ $to last; }
  location /page/ { error_page 403 /api/forbidden; deny all; }
  location /status { stub_status; }
  location /text { return 200 "some text"; }
  location /teapot { return 444; }
}
`;

const paths = [
  ...['/', '/file.txt', '/nothing', '/old/x', '/old/x?y=z', '/gone-away/word?q=1', '/short/42'],
  ...['/short/x', '/locked/x', '/api/x?lang=de', '/denied/', '/denied/x', '/denied/proxied/x'],
  ...['/denied/inherited/x', '/denied/inherited/deep', '/denied/open/', '/denied/first'],
  ...['/denied/returns', '/denied/some', '/denied/others', '/.git/config', '/x/.env', '/secret'],
  ...[
    '/to-secret',
    '/password',
    '/either',
    '/break/x?y=z',
    '/break-uri/x',
    '/last/x?y=z',
    '/last-uri/x?y=z',
  ],
  ...['/plain/x', '/circle/', '/away/x?y=z', '/variable/x', '/method/x', '/if-pass/x'],
  ...['/if-inherits/a.jpg', '/set/x', '/set/x?to=there', '/page/x', '/status', '/text'],
];

/** What cannot be told before it is asked: then there has to be a note that says so. */
const noted: Readonly<Record<string, RegExp>> = {
  '/nothing': /What is not there goes to @app, which hands it on: proxy_pass http/,
  '/': /What is not there goes to @app/,
  '/short/x': /What is not there goes to @app/,
  '/denied/some': /deny all \(.*\) refuses everybody but 192\.0\.2\.1: nginx answers 403/,
  '/password': /A name and password are asked for \(auth_basic at .*site:\d+\)/,
  '/either': /A name and password are asked for/,
  '/page/x': /Instead of 403 there is \/api\/forbidden/,
  '/method/x': /if \(\$request_method = POST\) \(.*\) can decide otherwise: return/,
};

let certbot: number;

before(async () => {
  certbot = await freePort();
  site = await nginxSite(clean, { text: '', starts: false });
  const root = join(site.folder, 'files');
  mkdirSync(join(root, 'denied/open'), { recursive: true });
  writeFileSync(join(root, 'file.txt'), 'a file');
  chmodSync(root, 0o755);
  const all = { CERTBOT: certbot, PORT: site.port, ROOT: root, BACKEND: site.backend.port };
  const whole = Object.entries(all).reduce(
    (so, [name, value]) => so.replaceAll(name, `${value}`),
    text,
  );
  writeFileSync(site.file, whole);
  const { code, output } = site.test();
  assert.equal(code, 0, output);
  const { startNginx } = await import('@om-ops/test-support/nginx');
  await startNginx(clean, site);
});

after(async () => {
  for (const step of clean.steps.reverse()) await step();
});

function routed(path: string, port = site.port): Route {
  const { routes } = proxyOf(site.conf, { serverName: 'site.test', path });
  const route = routes.find(({ listen }) => listen.includes(`127.0.0.1:${port}`));
  assert.ok(route, `${path} at ${port}`);
  return route;
}

describe('what becomes of a path', () => {
  it('is what nginx does: rewrites, conditions, refusals', async () => {
    const wrong: string[] = [];
    for (const path of paths) {
      const route = routed(path);
      const answer = await site.ask(path);
      try {
        agrees(path, route, answer);
      } catch (error) {
        wrong.push(
          `${path}: nginx ${answer.status} ${answer.location ?? ''} ${answer.body.slice(0, 300)}; om-ops ${route.does} ${route.target} ${route.location} ${route.notes.join(' | ')}: ${(error as Error).message.split('\n')[0]}`,
        );
      }
    }
    assert.equal(wrong.length, 0, wrong.join('\n'));
  });

  it('is told of the server that certbot leaves on port 80', async () => {
    const answer = await site.ask('/x?y=z', { port: certbot });
    const route = routed('/x?y=z', certbot);
    assert.equal(answer.status, 301);
    assert.deepEqual([route.does, route.target], ['redirect', answer.location]);
    assert.match(route.from, /site:6$/);
  });

  it('is said of every location that proxies, whichever the path', () => {
    const { routes } = proxyOf(site.conf, { serverName: 'site.test', path: undefined });
    const doesOf = (location: string) => routes.find((one) => one.location === location)?.does;
    assert.equal(doesOf('/api/'), 'proxy');
    assert.equal(doesOf('/denied/proxied/'), 'refuse');
    assert.equal(doesOf('/denied/inherited/deep'), 'refuse');
    assert.equal(doesOf('/denied/some'), 'proxy');
  });
});

function agrees(
  path: string,
  { does, target, notes }: Route,
  { status, location, body }: { status: number; location: string | undefined; body: string },
): void {
  const wanted = noted[path];
  if (wanted !== undefined) assert.match(notes.join('\n'), wanted);
  if (location !== undefined) {
    assert.equal(does, 'redirect');
    const short = (url: string) => url.replace(/^http:\/\/site\.test(?::\d+)?/, '');
    assert.equal(short(target ?? ''), short(location));
  } else if (does === 'refuse') {
    const said = /nginx answers (\d+)|a browser is answered (\d+)/.exec(notes.join('\n'));
    if (path === '/page/x') assert.equal(status, 403);
    else assert.equal(said?.[1] ?? said?.[2], String(status));
  } else if (does === 'return') assert.equal(target, String(status));
  else if (does === 'proxy' && status === 200) {
    const echo = JSON.parse(body) as Echo;
    assert.equal(target?.replace(/^http:\/\/127\.0\.0\.1:\d+/, ''), echo.url);
  } else if (does === 'proxy') assert.ok(wanted !== undefined && [401, 403].includes(status));
  else if (does === 'files')
    assert.ok(wanted !== undefined || body === 'a file' || path === '/denied/open/', 'no file');
  else assert.deepEqual([does, target], ['other', 'stub_status']);
}
