import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

let server: Server;
let hangs = true;
const told: string[] = [];
let site: ReturnType<typeof smallSite>;
const folder = temporaryFolder({ after });

before(async () => {
  server = createServer((request, response) => {
    if (request.url === '/') {
      response.statusCode = 500;
      return void response.end();
    }
    told.push(String(request.headers['idempotency-key']));
    if (!hangs) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  site = smallSite(
    folder,
    { '.env': `HOOK=${url}/hook\n` },
    {
      profile: [
        'database: {engine: none}',
        `health: {http: [{name: site, url: "${url}/"}], bootGrace: 1s}`,
        'notify:',
        '  channels:',
        '    hook: {type: webhook, format: json, urlKey: HOOK}',
        '    nobody: {type: webhook, format: json, urlKey: NOT_SET}',
        '  routes: [{level: warning, to: [hook]}]',
      ].join('\n'),
    },
  );
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const code = async (...argv: string[]) => (await site.run(argv)).code;
const waiting = () =>
  readdirSync(join(site.state, 'monitor/outbox')).filter((name) => name.endsWith('.json'));

describe('alert and notify', () => {
  it('tell again with the same ID what Ctrl-C cut off while it was sent', async () => {
    assert.equal(await code('alert', 'list'), 7);
    const look = ['health', 'check', 'http:site', '--every', '1m'];
    await site.run(look);
    await site.run(look);
    let pid = 0;
    const cut = site.run(look, {
      onStart: (started) => {
        pid = started;
      },
    });
    await waitFor('the message to be on its way', () => told.length > 0);
    process.kill(pid, 'SIGINT');
    assert.equal((await cut).code, 130);
    assert.equal(waiting().length, 1);
    const { alerts } = (await site.run(['alert', 'list', '--json'])).json<{
      alerts: { key: string }[];
    }>().result;
    assert.deepEqual(
      alerts.map(({ key }) => key),
      ['http:site'],
    );
    hangs = false;
    assert.equal((await site.run(look)).code, 6);
    assert.deepEqual(waiting(), []);
    assert.deepEqual(told, [told[0], told[0]]);
  });

  it('have their exit codes', async () => {
    assert.equal(await code('alert', 'ack', 'http:site', '--for', '1h'), 0);
    assert.equal(await code('alert', 'ack', 'no-such'), 2);
    assert.equal(await code('alert', 'prune', '--older-than', '400d'), 0);
    assert.equal(await code('notify', 'test', 'nobody'), 5);
    assert.equal(await code('notify', 'list'), 6);
    assert.equal(await code('notify', 'digest', 'daily'), 0);
    const shown = await site.run(['alert', 'show', 'http:site']);
    assert.match(shown.stdout, /acknowledged/);
  });
});
