import assert from 'node:assert/strict';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type RequestOptions, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { listenOnPort, listenOnSocket } from '../src/dashboard/listen.ts';
import { headingOf, ledeOf } from '../src/dashboard/live-site.ts';
import { type AckWish, dashboardServer } from '../src/dashboard/server.ts';
import { Watchers } from '../src/dashboard/watchers.ts';
import { statusOf } from '../src/pass/status.ts';
import type { HistoryAnswer, Snapshot } from '../src/report/types.ts';

const token = 'ab'.repeat(24);
const snapshot: Snapshot = {
  at: '2026-11-25T12:00:00+00:00',
  level: 'healthy',
  heading: 'All is well',
  lede: '',
  pass: null,
  alerts: [],
  checks: [],
  live: {},
  processes: [],
  errors: [],
  errorNotes: [],
};

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

function ask(
  where: { port: number } | { socketPath: string },
  path: string,
  { body, ...options }: RequestOptions & { body?: string } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({ host: '127.0.0.1', ...where, path, ...options }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
    );
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

describe('the server of the dashboard', () => {
  const seen = { starts: 0, stops: 0, snapshots: 0 };
  const wishes: AckWish[] = [];
  const watchers = new Watchers(
    {
      start() {
        seen.starts += 1;
        return () => {
          seen.stops += 1;
        };
      },
      async snapshot() {
        seen.snapshots += 1;
        return snapshot;
      },
    },
    20,
    (error) => {
      throw error;
    },
  );
  let server: Server;
  let port = 0;
  const mine = { authorization: `Bearer ${token}` };

  before(async () => {
    server = dashboardServer({
      token,
      hosts: ['ops.example.org'],
      page: { html: '<!doctype html><title>x</title>', policy: "default-src 'none'" },
      watchers,
      history: (window) => ({ since: window }) as HistoryAnswer,
      ack: async (wish) => {
        if (wish.id === 'gone') throw new Error('There is no alert gone.');
        wishes.push(wish);
      },
    });
    port = await listenOnPort(server, 0);
  });

  after(() => {
    watchers.end();
    server.close();
    server.closeAllConnections();
  });

  it('listens on loopback alone', () => {
    assert.equal((server.address() as AddressInfo).address, '127.0.0.1');
  });

  it('answers only at an address of this machine, and no other page', async () => {
    const status = async (path: string, headers: Record<string, string>) =>
      (await ask({ port }, path, { headers })).status;
    for (const host of [
      'evil.example.org',
      '127.0.0.1.evil.org',
      'localhost.evil.org:80',
      '10.0.0.1',
      '[::2]',
    ])
      assert.equal(await status('/', { host }), 421, host);
    for (const host of [
      'localhost',
      'LOCALHOST:9',
      '[::1]:7861',
      'ops.example.org',
      `127.0.0.1:${port}`,
    ])
      assert.equal(await status('/', { host }), 200, host);
    const host = `127.0.0.1:${port}`;
    for (const origin of [
      'http://evil.example.org',
      'null',
      'http://127.0.0.1:1',
      `https://${host}`,
    ])
      assert.equal(await status('/api/history', { ...mine, host, origin }), 403, origin);
    assert.equal(await status('/api/history', { ...mine, host, origin: `http://${host}` }), 200);
    for (const site of ['cross-site', 'same-site'])
      for (const path of ['/', '/api/history'])
        assert.equal(await status(path, { ...mine, 'sec-fetch-site': site }), 403, site + path);
    // A link that is clicked opens the page, which holds nothing; it may not be framed or fetched.
    const clicked = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    assert.equal(await status('/', { ...clicked, 'sec-fetch-dest': 'document' }), 200);
    assert.equal(await status('/', { ...clicked, 'sec-fetch-dest': 'iframe' }), 403);
    assert.equal(
      await status('/api/history', { ...mine, ...clicked, 'sec-fetch-dest': 'document' }),
      403,
    );
  });

  it('wants the token, the right method and JSON', async () => {
    const json = { 'content-type': 'application/json' };
    for (const authorization of [
      undefined,
      'Bearer',
      `Bearer ${token.slice(1)}`,
      `Bearer ${token}x`,
      `Basic ${token}`,
      token,
    ])
      for (const path of ['/api/stream', '/api/history', `/api/history?token=${token}`]) {
        const headers = authorization === undefined ? {} : { authorization };
        assert.equal((await ask({ port }, path, { headers })).status, 401);
      }
    assert.equal((await ask({ port }, '/api/other', { headers: mine })).status, 404);
    assert.equal((await ask({ port }, '/..%2f', { headers: mine })).status, 404);
    for (const [path, method, allow] of [
      ['/', 'POST', 'GET'],
      ['/api/history', 'DELETE', 'GET'],
      ['/api/ack', 'GET', 'POST'],
    ] as const) {
      const { status, headers } = await ask({ port }, path, { method, headers: mine });
      assert.deepEqual([status, headers.allow], [405, allow]);
    }
    const post = (body: string, headers: Record<string, string> = json) =>
      ask({ port }, '/api/ack', { method: 'POST', body, headers: { ...mine, ...headers } });
    assert.equal((await post('id=a', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await post('x'.repeat(20_000))).status, 413);
    for (const body of [
      '',
      '{',
      'null',
      '{"id":"--all"}',
      '{"id":"a b"}',
      '{"id":"a","for":"-1h"}',
      '{"id":"a","note":7}',
    ])
      assert.equal((await post(body)).status, 400, body);
    assert.equal((await post('{"id":"gone"}')).status, 409);
    assert.deepEqual(wishes, []);
    assert.equal((await post('{"id":"k3f9ab","for":"4h","note":" at it "}')).status, 200);
    assert.deepEqual(wishes, [{ id: 'k3f9ab', for: '4h', note: 'at it' }]);
    assert.equal((await ask({ port }, '/api/history?window=9y', { headers: mine })).status, 400);
  });

  it('sends nothing that another page could use', async () => {
    const { headers, body } = await ask({ port }, '/');
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['set-cookie'], undefined);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(body.includes(token), false);
  });

  it('reads nothing while nobody watches', async () => {
    await waitFor('nobody to watch', () => watchers.count === 0);
    const before = { ...seen };
    const heard: [string[], string[]] = [[], []];
    const open = (at: 0 | 1) =>
      request({ host: '127.0.0.1', port, path: '/api/stream', headers: mine }, (response) => {
        response.setEncoding('utf8').on('data', (text: string) => heard[at].push(text));
        response.on('error', () => undefined);
      }).on('error', () => undefined);
    const [one, other] = [open(0), open(1)];
    one.end();
    other.end();
    await waitFor('both to hear', () => heard.every((lines) => lines.length > 2));
    assert.equal(seen.starts, before.starts + 1);
    assert.equal(seen.stops, before.stops);
    one.destroy();
    await waitFor('one to have gone', () => watchers.count === 1);
    assert.equal(seen.stops, before.stops);
    other.destroy();
    await waitFor('the last to have gone', () => seen.stops === before.stops + 1);
    assert.equal(watchers.count, 0);
    const ids = heard[0]
      .join('')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    assert.ok(ids.every((id) => /^[0-9a-z]+-\d+$/.test(id)));
    assert.equal(new Set(ids).size, ids.length);
  });

  it('takes no port or file of others, and nobody else may open its socket', async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(listenOnPort(dashboard(), port), { code: 'E_PORT_TAKEN' });
    const file = join(folder, 'file');
    writeFileSync(file, 'mine');
    await assert.rejects(listenOnSocket(dashboard(), file), { code: 'E_SOCKET_TAKEN' });
    await assert.rejects(listenOnSocket(dashboard(), join(folder, 'none/socket')), {
      code: 'E_NOT_FOUND',
    });
    const socketPath = join(folder, 'socket');
    chmodSync(folder, 0o755);
    const first = dashboard();
    await listenOnSocket(first, socketPath);
    t.after(() => first.close());
    assert.equal(statSync(socketPath).mode & 0o777, 0o600);
    assert.equal((await ask({ socketPath }, '/', { headers: { host: 'localhost' } })).status, 200);
    await assert.rejects(listenOnSocket(dashboard(), socketPath), { code: 'E_SOCKET_TAKEN' });
  });

  function dashboard(): Server {
    return dashboardServer({
      token,
      hosts: [],
      page: { html: '', policy: '' },
      watchers,
      history: () => assert.fail(),
      ack: undefined,
    });
  }
});

describe('what the dashboard says', () => {
  const status = (level: 'healthy' | 'critical', ageMs: number) => {
    const at = new Date(Date.now() - ageMs).toISOString();
    const checks = [
      { id: 'disk:/', title: 'Room on /', level },
      { id: 'cpu', title: 'Processors', level: 'healthy' },
    ];
    const counts = {
      healthy: level === 'healthy' ? 2 : 1,
      warning: 0,
      critical: level === 'critical' ? 1 : 0,
      unknown: 0,
      off: 0,
    };
    const pass = { at, everyMs: 60_000, level, score: null, counts, checks };
    return statusOf({ site: 'shop' }, { pass, readings: [] } as never, new Date(), true);
  };

  it('is never that all is well where nobody looks', () => {
    const none = statusOf({ site: 'shop' }, null, new Date(), true);
    assert.equal(none.level, 'unknown');
    assert.equal(headingOf(none), 'Nobody has looked at this site yet');
    const old = status('healthy', 600_000);
    assert.equal(old.level, 'unknown');
    assert.equal(headingOf(old), 'Nobody has looked for 10 min');
    assert.match(ledeOf(old, []), /unknown; it was healthy then/);
    assert.equal(headingOf(status('healthy', 1000)), 'All is well');
    assert.equal(headingOf(status('critical', 1000)), 'Critical: Room on /');
    assert.equal(
      ledeOf(status('critical', 1000), [{ id: 'a', acknowledged: null }]),
      '1 of 2 checks is well, 1 critical. 1 alert is open.',
    );
  });
});
