import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Echo, echoServer } from '@om-ops/test-support/echo-server';
import { freePort } from '@om-ops/test-support/free-port';
import { type NginxFolder, nginxFolder, startNginx } from '@om-ops/test-support/nginx';
import { readConfiguration } from '../src/config/configuration.ts';
import { routeOf } from '../src/routing/route.ts';
import { answering, duplicatesOf, serversOf } from '../src/routing/servers.ts';

interface Answer {
  status: number;
  location: string | undefined;
  body: string;
}

function ask(port: number, host: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (data: string) => {
        body += data;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body }),
      );
    });
    sent.once('error', reject).end();
  });
}

const clean = {
  steps: [] as (() => void | Promise<void>)[],
  after: (step: () => void | Promise<void>) => void clean.steps.push(step),
};
let nginx: NginxFolder;
let port: number;
let other: number;
let backend: number;

/** Each location says which line it stands in. */
function marked(text: string): string {
  return text
    .split('\n')
    .map((line, at) => line.replaceAll('MARK', `proxy_set_header X-Line ${at + 1};`))
    .join('\n');
}

const locations = `
    location / { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location = / { MARK proxy_pass http://127.0.0.1:BACKEND/exact-root; }
    location /api/ { MARK proxy_pass http://127.0.0.1:BACKEND/v1/;
      location /api/deep { MARK proxy_pass http://127.0.0.1:BACKEND; }
      location ~ ^/api/nested { MARK proxy_pass http://127.0.0.1:BACKEND; }
      location ~ \\.json$ { MARK proxy_pass http://127.0.0.1:BACKEND; }
    }
    location ~ ^/api/nested/outer { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location ~ ^/api/(?P<who>regex) { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location ^~ /api/fixed/ { MARK proxy_pass http://127.0.0.1:BACKEND/f; location ~ inner$ { MARK proxy_pass http://127.0.0.1:BACKEND; } }
    location = /api/exact { MARK proxy_pass http://127.0.0.1:BACKEND/e; }
    location ~* \\.JPG$ { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location ~ \\.jpg$ { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location =/glued { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location ~^/tight { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location "/with space/" { MARK proxy_pass http://127.0.0.1:BACKEND/s/; }
    location /group/ { MARK proxy_pass http://backend/g/; }
    location /variable/ { MARK set $where 127.0.0.1:BACKEND; proxy_pass http://$where; }
    location /noslash { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location /both/ { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location /both { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location /moved { return 302 /elsewhere; }
    location /gone/ { return 410; }
    location /é/ { MARK proxy_pass http://127.0.0.1:BACKEND; }
    location @named { MARK proxy_pass http://127.0.0.1:BACKEND; }
`;

const paths = [
  '/',
  '/x',
  '/?a=b',
  '/api',
  '/api?x=1',
  '/api/',
  '/api/x',
  '/api/x?y=z',
  '/api//x',
  '/api/../x',
  '/api/a/./b/../c',
  '/api/%78/y',
  '/api/a%20b',
  '/api/deep',
  '/api/deep/er',
  '/api/deep/x.jpg',
  '/api/nested',
  '/api/nested/outer',
  '/api/data.json',
  '/api/regex/x',
  '/api/pic.jpg',
  '/api/fixed/',
  '/api/fixed',
  '/api/fixed/x.jpg',
  '/api/fixed/inner',
  '/api/exact',
  '/api/exact/',
  '/apix',
  '/a.jpg',
  '/a.JPG',
  '/a.Jpg',
  '/glued',
  '/glued/',
  '/tight',
  '/tightly/x',
  '/with%20space/x',
  '/group/x',
  '/variable/x',
  '/noslash',
  '/noslashes',
  '/both',
  '/both/',
  '/bothx',
  '/moved/x',
  '/gone/x',
  '/%C3%A9/x',
  '/@named',
  '/%2e%2e/x',
  '/%',
  '/x%zz',
];

before(async () => {
  backend = (await echoServer(clean)).port;
  [port, other] = [await freePort(), await freePort()];
  nginx = nginxFolder(clean, `  include sites/*.conf;`);
  const site = `upstream backend { server 127.0.0.1:BACKEND; }
  server { listen 127.0.0.1:${port} default_server; server_name fallback; location / { MARK proxy_pass http://127.0.0.1:BACKEND; } }
  server { listen 127.0.0.1:${port}; server_name site.test;
${locations}
  }
  server { listen 127.0.0.1:${port}; listen 127.0.0.1:${other}; server_name site.test twice.test; location / { MARK proxy_pass http://127.0.0.1:BACKEND; } }
  server { listen 127.0.0.1:${port}; server_name *.wild.test .dotted.test; location / { MARK proxy_pass http://127.0.0.1:BACKEND; } }
  server { listen 127.0.0.1:${port}; server_name *.deep.wild.test; location / { MARK proxy_pass http://127.0.0.1:BACKEND; } }
  server { listen 127.0.0.1:${port}; server_name behind.*; location / { MARK proxy_pass http://127.0.0.1:BACKEND; } }
  server { listen 127.0.0.1:${port}; server_name ~^reg(?<n>\\d+)\\.test$; location / { MARK proxy_pass http://127.0.0.1:BACKEND; } }
  server { listen 127.0.0.1:${port}; server_name ~^reg; location / { MARK proxy_pass http://127.0.0.1:BACKEND; } }`;
  nginx.put('sites/site.conf', marked(site).replaceAll('BACKEND', String(backend)));
  const { code, output } = nginx.test();
  assert.equal(code, 0, output);
  await startNginx(clean, nginx);
});

after(async () => {
  for (const step of clean.steps.reverse()) await step();
});

describe('where a request goes', () => {
  it('is what nginx does, for every path', async () => {
    const configuration = readConfiguration(nginx.conf);
    const at = answering(serversOf(configuration), 'site.test').find(
      ({ address }) => address === `127.0.0.1:${port}`,
    );
    assert.ok(at?.byName);
    for (const path of paths) {
      const route = routeOf(configuration, at, path, 'site.test');
      const answer = await ask(port, 'site.test', path);
      const said = `${path}: nginx ${answer.status} ${answer.location ?? ''} ${answer.body}; om-ops ${JSON.stringify(route)}`;
      if (answer.status === 400) assert.equal(route.does, 'refuse', said);
      else if (answer.status === 301 || answer.status === 302) {
        assert.equal(route.does, 'redirect', said);
        assert.equal(new URL(answer.location ?? '', 'http://x').pathname, route.target, said);
      } else if (answer.status === 410)
        assert.deepEqual([route.does, route.target], ['return', '410'], said);
      else {
        const echo = JSON.parse(answer.body) as Echo;
        assert.equal(route.does, 'proxy', said);
        assert.equal(route.from, `${nginx.folder}/sites/site.conf:${echo.headers['x-line']}`, said);
        const target = new URL(
          (route.target ?? '').replace('://backend', `://127.0.0.1:${backend}`),
        );
        assert.equal(target.port, String(backend), said);
        const from = (route.target ?? '').replace(/^https?:\/\/[^/]*/, '');
        assert.equal(from, echo.url, said);
      }
    }
  });

  it('begins with the server that nginx takes for the name', async () => {
    const configuration = readConfiguration(nginx.conf);
    const servers = serversOf(configuration);
    for (const host of [
      'site.test',
      'SITE.test',
      'twice.test',
      'nobody.test',
      'a.wild.test',
      'wild.test',
      'a.deep.wild.test',
      'dotted.test',
      'x.dotted.test',
      'behind.org',
      'reg1.test',
      'regx',
      'fallback',
    ])
      for (const { address, server } of answering(servers, host)) {
        const listening = Number(address.split(':')[1]);
        const echo = JSON.parse((await ask(listening, host, '/some')).body) as Echo;
        const location = server.node.children
          .filter(({ directive }) => directive.name === 'location')
          .find(({ directive }) => directive.args[0]?.value === '/');
        assert.equal(
          String(location?.directive.line),
          echo.headers['x-line'],
          `${host} at ${address}`,
        );
      }
  });

  it('names what nginx ignores', () => {
    const [duplicate, ...others] = duplicatesOf(serversOf(readConfiguration(nginx.conf)));
    assert.deepEqual(others, []);
    assert.equal(duplicate?.name, 'site.test');
    assert.match(nginx.test().output, /conflicting server name "site\.test"/);
  });

  it('says what holds in a location, with where it comes from', () => {
    const configuration = readConfiguration(nginx.conf);
    const [at] = answering(serversOf(configuration), 'site.test');
    assert.ok(at);
    const route = routeOf(configuration, at, '/group/x', 'site.test');
    assert.equal(route.upstream?.name, 'backend');
    assert.deepEqual(route.upstream?.servers, [`127.0.0.1:${backend}`]);
    assert.deepEqual(
      route.settings.find(({ name }) => name === 'proxy_read_timeout'),
      { name: 'proxy_read_timeout', value: '60s', from: null },
    );
    assert.equal(route.headers.find(({ name }) => name === 'Host')?.value, '$proxy_host');
  });
});
