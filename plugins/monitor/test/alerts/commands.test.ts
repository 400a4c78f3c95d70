import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Command, heartbeatPath, maintenanceWindowsPath } from '@om-ops/kit';
import { loadSite } from '@om-ops/kit/site';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import AlertAck from '../../src/commands/alert/ack.ts';
import AlertExport from '../../src/commands/alert/export.ts';
import AlertList from '../../src/commands/alert/list.ts';
import AlertPrune from '../../src/commands/alert/prune.ts';
import AlertResolve from '../../src/commands/alert/resolve.ts';
import AlertRules from '../../src/commands/alert/rules.ts';
import AlertShow from '../../src/commands/alert/show.ts';
import AlertSilence from '../../src/commands/alert/silence.ts';
import AlertSilences from '../../src/commands/alert/silences.ts';
import AlertUnsilence from '../../src/commands/alert/unsilence.ts';
import HealthCheck from '../../src/commands/health/check.ts';
import NotifyDrop from '../../src/commands/notify/drop.ts';
import NotifyList from '../../src/commands/notify/list.ts';
import NotifyOutbox from '../../src/commands/notify/outbox.ts';
import NotifyRetry from '../../src/commands/notify/retry.ts';
import NotifyTest from '../../src/commands/notify/test.ts';
import { monitorPanel } from '../../src/panel.ts';
import { monitorRequirements } from '../../src/requirements.ts';
import { watchRecord } from '../../src/watch-record.ts';

interface Hook {
  id: string;
  lines: { kind: string; key: string }[];
  late: boolean;
}

/** The site, and who is told of it: one server for both. */
let server: Server;
let siteStatus = 200;
let hookStatus = 200;
const hooks: Hook[] = [];
let site: ReturnType<typeof smallSite>;
const folder = temporaryFolder({ after });
const secret = 'q7ZkPw3vLmR9xT2bN8sD';

before(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (request.url?.startsWith('/hook')) {
        response.statusCode = hookStatus;
        if (hookStatus === 200) hooks.push(JSON.parse(body) as Hook);
      } else if (request.url === '/') response.statusCode = siteStatus;
      response.end('all is well');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  site = smallSite(
    folder,
    { '.env': `HOOK=${url}/hook/${secret}\n` },
    {
      profile: [
        'database: {engine: none}',
        `health: {http: [{name: site, url: "${url}/"}], bootGrace: 1s}`,
        'notify:',
        '  channels:',
        '    hook: {type: webhook, format: json, urlKey: HOOK}',
        '    keyless: {type: webhook, format: slack, urlKey: NOT_SET}',
        '  routes: [{level: warning, to: [hook]}]',
      ].join('\n'),
    },
  );
});

after(() => server.close());

/** Minutes after the begin. */
let minute = 0;
const startMs = Date.now();
const at = () => new Date(startMs + minute * 60_000).toISOString();

async function run<R>(command: Command.Class, argv: readonly string[] = [], code = 0): Promise<R> {
  const result = await runCommand(command, [...argv, '--json'], {
    site: site.profile,
    env: { OM_OPS_NOW: at() },
  });
  assert.equal(result.code, code, `${command.name}: ${result.stdout}${result.stderr}`);
  assert.equal(result.stdout.includes(secret) || result.stderr.includes(secret), false, 'a secret');
  return result.json<R>().result as R;
}

const text = async (command: Command.Class, argv: readonly string[] = []) =>
  (await runCommand(command, argv, { site: site.profile, env: { OM_OPS_NOW: at() } })).stdout;

/** Looks at the one address, a minute later. */
async function look(times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    minute += 1;
    await runCommand(HealthCheck, ['http:site', '--every', '1m', '--json'], {
      site: site.profile,
      env: { OM_OPS_NOW: at() },
    });
  }
}

type Listed = Awaited<ReturnType<AlertList['run']>>;
const listed = (argv: readonly string[] = [], code = 7) => run<Listed>(AlertList, argv, code);
const kinds = () => hooks.flatMap(({ lines }) => lines.map(({ kind, key }) => `${kind} ${key}`));

describe('alert and notify', () => {
  it('say plainly that nobody has watched yet', async () => {
    const { alerts, watched } = await listed();
    assert.deepEqual([alerts, watched], [[], null]);
    await run(AlertRules, [], 7);
    const { channels } = await run<Awaited<ReturnType<NotifyList['run']>>>(NotifyList, [], 6);
    assert.deepEqual(
      channels.map(({ name, state, missing }) => [name, state, missing]),
      [
        ['hook', 'unused', []],
        ['keyless', 'unused', ['NOT_SET']],
      ],
    );
  });

  it('raise after three looks, tell once, and list, show and export what is open', async () => {
    siteStatus = 500;
    await look(2);
    assert.deepEqual(hooks, []);
    await look(2);
    assert.deepEqual(kinds(), ['fired http:site']);
    const { alerts } = await listed();
    const [alert] = alerts;
    assert.equal(alert?.key, 'http:site');
    const shown = await run<Awaited<ReturnType<AlertShow['run']>>>(
      AlertShow,
      [alert?.id.slice(0, 4) ?? ''],
      7,
    );
    assert.deepEqual(
      shown.messages.map(({ channel, state, kinds: of }) => [channel, state, of]),
      [['hook', 'sent', ['fired']]],
    );
    assert.match(await text(AlertExport, ['--format', 'csv']), /^id,key,title.*\r\n\w+,http:site,/);
    assert.match(await text(AlertList), /1 alert is open, 1 critical/);
    await run(AlertShow, ['no-such'], 2);
  });

  it('stand in the record for others, on the card of the summary and in doctor', async () => {
    const loaded = await loadSite({
      flag: site.profile,
      env: {},
      cwd: '/',
      sections: ['database', 'health', 'notify'],
    });
    // Only a look at everything is one.
    assert.equal(watchRecord(loaded), null);
    const at = new Date().toISOString();
    const beat = { at, bootId: '', durationMs: 1, everyMs: 60_000, level: 'critical', counts: {} };
    writeFileSync(heartbeatPath(site.state), JSON.stringify(beat));
    const open = await watchRecord(loaded)?.alerts();
    assert.deepEqual(
      open?.map(({ key, level, acknowledged }) => [key, level, acknowledged]),
      [['http:site', 'critical', null]],
    );
    const { signal } = new AbortController();
    const panel = await monitorPanel({ site: loaded, signal, now: new Date() });
    assert.equal(panel.state, 'critical');
    assert.match(panel.notes.join(' '), /keyless cannot be used: NOT_SET is in no env file/);
    assert.equal(
      (await monitorPanel({ site: loaded, signal, now: new Date(Date.now() + 86_400_000) }))
        .facts[0]?.state,
      'unknown',
    );
    const missing = (await monitorRequirements(loaded)).filter(({ state }) => state === 'missing');
    assert.deepEqual(
      missing.map(({ name, detail }) => [name, detail]),
      [['NOT_SET', 'is in no env file']],
    );
    rmSync(heartbeatPath(site.state));
  });

  it('are acknowledged with who and until when, and only as the dry run says', async () => {
    const before = readFileSync(join(site.state, 'monitor/alerts.jsonl'), 'utf8');
    await run(AlertAck, ['http:site', '--for', '4h', '--dry-run']);
    await run(AlertAck, ['http:site', '--for', '0m'], 2);
    await run(AlertAck, ['no-such'], 2);
    assert.equal(readFileSync(join(site.state, 'monitor/alerts.jsonl'), 'utf8'), before);
    const password = 'hunter2-very-secret';
    await run(AlertAck, ['http:site', '--for', '4h', '--note', `DB_PASSWORD=${password} is wrong`]);
    const { alerts } = await listed();
    const taken = alerts[0]?.open?.acknowledged;
    assert.equal(Date.parse(taken?.until ?? '') - Date.parse(at()), 4 * 3_600_000);
    assert.match(taken?.note ?? '', /<REDACTED> is wrong/);
    assert.equal(
      readFileSync(join(site.state, 'monitor/alerts.jsonl'), 'utf8').includes(password),
      false,
    );
    assert.match(await text(AlertList), /taken by .* until/);
  });

  it('are resolved by hand, told so, and reopened under the same ID when still bad', async () => {
    const id = (await listed()).alerts[0]?.id ?? '';
    await run(AlertResolve, [id], 2);
    await run(AlertResolve, [id, '--note', 'restarted']);
    assert.deepEqual(kinds(), ['fired http:site', 'resolved http:site']);
    assert.deepEqual((await listed()).alerts, []);
    await look(3);
    assert.deepEqual(kinds().slice(2), ['reopened http:site']);
    assert.equal((await listed()).alerts[0]?.id, id);
  });

  it('are silenced with an end and a reason, and told when it is over', async () => {
    siteStatus = 200;
    await look(8);
    assert.equal(kinds().at(-1), 'resolved http:site');
    await run(AlertSilence, ['http:*', '--for', '20m'], 2);
    await run(AlertSilence, ['http:*', '--for', '20m', '--reason', 'moving', '--dry-run']);
    assert.deepEqual(
      (await run<Awaited<ReturnType<AlertSilences['run']>>>(AlertSilences)).silences,
      [],
    );
    await run(AlertSilence, ['http:*', '--for', '20m', '--reason', 'moving']);
    await run(AlertSilence, ['htp:*', '--for', '30d', '--reason', 'misspelt']);
    siteStatus = 500;
    const told = kinds().length;
    await look(4);
    assert.equal(kinds().length, told);
    assert.notEqual((await listed()).alerts[0]?.open?.silencedUntil, null);
    minute += 20;
    await look(1);
    assert.deepEqual(kinds().slice(told), ['fired http:site']);
    minute += 8 * 24 * 60;
    const { silences } = await run<Awaited<ReturnType<AlertSilences['run']>>>(AlertSilences);
    assert.deepEqual(
      silences.map(({ match, useless }) => [match, useless]),
      [['htp:*', true]],
    );
    await run(AlertUnsilence, ['htp:*']);
    await run(AlertUnsilence, ['htp:*'], 2);
  });

  it('hold what is found while work is under way, and tell it afterwards if it is still so', async () => {
    siteStatus = 200;
    await look(40);
    const told = kinds().length;
    const until = new Date(startMs + (minute + 10) * 60_000).toISOString();
    const window = { id: 'w1', startedAt: at(), until, reason: 'moving', by: 'anna' };
    mkdirSync(dirname(maintenanceWindowsPath(site.state)), { recursive: true });
    writeFileSync(maintenanceWindowsPath(site.state), `${JSON.stringify(window)}\n`);
    siteStatus = 500;
    await look(5);
    assert.equal((await listed()).counts.open, 1);
    assert.equal(kinds().length, told);
    await look(6);
    assert.deepEqual(kinds().slice(told), ['fired http:site']);
    siteStatus = 200;
    await look(8);
  });

  it('wait in the outbox while the channel is down, become one, and go with the next look', async () => {
    siteStatus = 500;
    await look(3);
    hookStatus = 503;
    siteStatus = 200;
    await look(8);
    const { messages, waiting } = await run<Awaited<ReturnType<NotifyOutbox['run']>>>(NotifyOutbox);
    assert.ok(waiting >= 1);
    assert.equal(messages[0]?.error, 'answered 503: all is well');
    await run(NotifyRetry, [], 1);
    await run(NotifyRetry, ['--dry-run']);
    hookStatus = 200;
    minute += 5;
    const told = kinds().length;
    await run(NotifyRetry);
    assert.ok(kinds().slice(told).includes('resolved http:site'), kinds().slice(told).join());
    assert.equal(hooks.at(-1)?.late, true);
    await run(NotifyRetry, ['no-such'], 2);
    assert.equal((await run<Awaited<ReturnType<NotifyOutbox['run']>>>(NotifyOutbox)).waiting, 0);
  });

  it('test a channel and say why it does not work', async () => {
    const count = hooks.length;
    await run(NotifyTest, ['hook', '--dry-run']);
    assert.equal(hooks.length, count);
    await run(NotifyTest, ['hook']);
    assert.equal(hooks.length, count + 1);
    await run(NotifyTest, ['keyless'], 5);
    await run(NotifyTest, ['no-such'], 2);
    hookStatus = 404;
    await run(NotifyTest, ['hook'], 1);
    const { channels } = await run<Awaited<ReturnType<NotifyList['run']>>>(NotifyList, [], 6);
    assert.equal(channels[0]?.state, 'refused');
    hookStatus = 200;
  });

  it('drop a message only when that is confirmed', async () => {
    hookStatus = 503;
    siteStatus = 500;
    await look(3);
    const { messages } = await run<Awaited<ReturnType<NotifyOutbox['run']>>>(NotifyOutbox);
    const id = messages[0]?.id ?? '';
    await run(NotifyDrop, [id], 3);
    await run(NotifyDrop, [id, '--dry-run']);
    await run(NotifyDrop, [id, '--confirm', 'YES APPLY']);
    await run(NotifyDrop, [id, '--confirm', 'YES APPLY'], 2);
    assert.equal((await run<Awaited<ReturnType<NotifyOutbox['run']>>>(NotifyOutbox)).waiting, 0);
    hookStatus = 200;
  });

  it('are not taken for those of another site that shares the folder', async () => {
    const other = smallSite(join(folder, 'other'), {}, { site: 'other', state: site.state });
    const journal = join(site.state, 'monitor/alerts.jsonl');
    const kept = readFileSync(journal, 'utf8');
    const looked = await runCommand(HealthCheck, ['http', '--json'], { site: other.profile });
    assert.match(looked.json().warnings.join(' '), /are those of small, not of other/);
    assert.equal(readFileSync(journal, 'utf8'), kept);
    for (const command of [AlertList, NotifyOutbox]) {
      const result = await runCommand(command, ['--json'], { site: other.profile });
      assert.equal(result.code, 5, result.stdout);
      assert.equal(result.json().error.code, 'E_OTHER_SITE');
    }
  });

  it('prune what has been over for long, and nothing that is open', async () => {
    minute += 500 * 24 * 60;
    const before = await listed(['--all']);
    assert.equal(before.counts.open, 1);
    await run(AlertPrune, ['--older-than', '400d'], 3);
    await run(AlertPrune, ['--older-than', '6m', '--dry-run'], 2);
    const planned = await run<Awaited<ReturnType<AlertPrune['run']>>>(AlertPrune, [
      '--older-than',
      '400d',
      '--dry-run',
    ]);
    assert.equal(planned.alerts.length, before.alerts.length - 1);
    await run(AlertPrune, ['--older-than', '400d', '--confirm', 'YES APPLY']);
    const left = await listed(['--all']);
    assert.deepEqual(
      left.alerts.map(({ state }) => state),
      ['firing'],
    );
    // What was counted goes on.
    siteStatus = 200;
    await look(9);
    assert.equal((await listed(['--all'])).alerts[0]?.state, 'resolved');
  });
});
