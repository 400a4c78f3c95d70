import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Redactor } from '@om-ops/kit';
import { freePort } from '@om-ops/test-support/free-port';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { composed } from '../../src/notify/compose.ts';
import { backOffMs } from '../../src/notify/message.ts';
import { newMessage, Outbox } from '../../src/notify/outbox.ts';
import { type PostOptions, postDue } from '../../src/notify/post.ts';
import { sendPulse } from '../../src/notify/pulse.ts';
import type { Line } from '../../src/rules/alert.ts';
import type { Channel, NotifySection } from '../../src/site/notify.ts';

const token = 'T0K3N-abcdefghijklmnop';
const folder = temporaryFolder({ after });

interface Request {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

let http: Server;
let tls: Server;
let mute: TcpServer;
const requests: Request[] = [];
const urls: Record<string, string> = {};
/** What the mail server says to whom, and what it took. */
const mails: { to: string[]; text: string }[] = [];
let sayAtRecipient: (address: string) => number = () => 250;
let sayAtData = 250;
let smtp: SMTPServer;

const listen = async (server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const smtpError = (code: number, message: string) =>
  Object.assign(new Error(message), { responseCode: code });

const smtpOptions: SMTPServerOptions = {
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  onRcptTo({ address }, _session, done) {
    const code = sayAtRecipient(address);
    done(code === 250 ? undefined : smtpError(code, `not for ${address}`));
  },
  onData(stream, { envelope }, done) {
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('end', () => {
      if (sayAtData !== 250) return done(smtpError(sayAtData, 'the box is full'));
      mails.push({ to: envelope.rcptTo.map(({ address }) => address), text });
      done();
    });
  },
};

before(async () => {
  http = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const url = request.url ?? '';
      requests.push({ url, headers: request.headers, body });
      if (url === '/hang') return;
      if (url === '/half') {
        response.writeHead(200, { 'content-length': '100' });
        return void response.write('ok', () => request.socket.destroy());
      }
      if (url === '/busy') response.writeHead(429, { 'retry-after': '300' });
      if (url.startsWith('/gone')) response.statusCode = 410;
      if (url === '/moved') response.writeHead(302, { location: 'http://127.0.0.1:1/' });
      if (url === '/portal') return void response.end('<!DOCTYPE html><title>Log in</title>');
      response.end(url === '/slack' ? 'ok' : `said ${url}`);
    });
  });
  const port = await listen(http);
  for (const path of ['ok', 'hang', 'half', 'busy', 'moved', 'portal', 'slack'])
    urls[path] = `http://127.0.0.1:${port}/${path}`;
  urls.gone = `http://127.0.0.1:${port}/gone/${token}`;
  urls.refused = `http://127.0.0.1:${await freePort()}/`;
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
      ],
      ...['-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  tls = createTlsServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    (request, response) => {
      requests.push({ url: request.url ?? '', headers: request.headers, body: 'over TLS' });
      response.end('ok');
    },
  );
  urls.tls = `https://127.0.0.1:${await listen(tls)}/`;
  mute = createTcpServer(() => undefined);
  urls.mute = `smtp://127.0.0.1:${await listen(mute)}`;
  smtp = new SMTPServer(smtpOptions);
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  urls.smtp = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
});

after(() => {
  http.closeAllConnections();
  tls.closeAllConnections();
  for (const server of [http, tls, mute]) server.close();
  smtp.close(() => undefined);
});

function line(changes: Partial<Line> = {}): Line {
  return {
    ...{ kind: 'fired', alert: 'abc123', key: 'disk:/', title: 'Disk /', level: 'critical' },
    ...{ text: 'The disk / is 96% full.', value: 96, since: '2026-11-25T10:00:00Z' },
    ...{ at: '2026-11-25T10:00:00Z', runbook: 'disk-filling', command: null, holds: 0 },
    ...changes,
  } as Line;
}

class Office {
  readonly outbox: Outbox;
  readonly section: NotifySection;
  readonly options: PostOptions;
  readonly warnings: string[] = [];
  now = new Date('2026-11-25T10:00:00Z');
  #count = 0;

  constructor(
    test: TestContext,
    channels: Record<string, Channel>,
    routes: NotifySection['routes'] = [],
  ) {
    const redactor = new Redactor();
    redactor.add(token);
    const warn = (message: string) => void this.warnings.push(message);
    this.outbox = new Outbox(temporaryFolder(test), { warn, command: 'test' });
    this.section = { channels, routes, heartbeat: { urlKey: null, every: '5m' }, digest: {} };
    this.options = {
      outbox: this.outbox,
      section: this.section,
      sender: { site: 'shop', host: 'web 1' },
      secrets: (key) => urls[key] ?? assert.fail(key),
      redact: (text) => redactor.foreign(text),
      warn,
      now: () => this.now,
      timeoutMs: 10_000,
      signal: new AbortController().signal,
    };
  }

  async tell(...lines: Line[]): Promise<void> {
    this.#count += 1;
    const at = this.now.toISOString();
    await this.outbox.enqueue(
      { pass: `${this.#count}-pass`, at, lines },
      { section: this.section, now: this.now, pauseMs: 0 },
    );
  }

  post = () => postDue(this.options);

  wait(ms: number): void {
    this.now = new Date(this.now.getTime() + ms);
  }
}

const hook = (urlKey: string, format: 'json' | 'slack' | 'discord' | 'ntfy' = 'json'): Channel => ({
  type: 'webhook',
  format,
  urlKey,
});
const mail = (urlKey = 'smtp', to = ['anna@example.org']): Channel => ({
  type: 'smtp',
  urlKey,
  from: 'shop <ops@example.org>',
  to,
});

describe('sending', () => {
  it('posts in the shape of each service, with one ID, and no secret in what it keeps', async (test) => {
    const office = new Office(test, {
      json: hook('ok'),
      slack: hook('slack', 'slack'),
      discord: hook('ok', 'discord'),
      ntfy: hook('ok', 'ntfy'),
      command: { type: 'command', argv: ['sh', '-c', `cat > ${folder}/told.json`] },
    });
    requests.length = 0;
    await office.tell(line({ text: 'Disk <!channel> @everyone é' }));
    const sent = await office.post();
    assert.deepEqual(
      sent.map(({ outcome }) => outcome),
      Array(5).fill('sent'),
    );
    const by = (test: (request: Request) => boolean) => requests.find(test) as Request;
    const json = JSON.parse(by(({ body }) => body.includes('"version"')).body) as {
      id: string;
      lines: Line[];
    };
    assert.equal(json.id, '1-pass-json');
    assert.equal(json.lines[0]?.key, 'disk:/');
    const slack = by(({ url }) => url === '/slack');
    assert.match(JSON.parse(slack.body).text, /&lt;!channel&gt;/);
    assert.equal(slack.headers['idempotency-key'], '1-pass-slack');
    const discord = JSON.parse(by(({ body }) => body.includes('allowed_mentions')).body);
    assert.deepEqual(discord.allowed_mentions, { parse: [] });
    const ntfy = by(({ headers }) => headers.priority === 'urgent');
    assert.match(ntfy.body, /Disk .* é/);
    assert.equal(
      JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8')).subject,
      '[shop] CRITICAL Disk /',
    );
    assert.equal(office.outbox.waiting().length, 0);
  });

  it('tries again later after what may pass, each time later, with the same ID', async (test) => {
    for (const [key, error] of [
      ['refused', /connection refused/],
      ['hang', /no answer within 0.4 s/],
      ['half', /broke off|aborted/],
      ['portal', /a page for people/],
      ['tls', /self-signed/],
    ] as const) {
      const office = new Office(test, { it: hook(key, 'json') });
      if (key === 'hang') office.options.timeoutMs = 400;
      await office.tell(line());
      const [sent] = await office.post();
      assert.equal(sent?.outcome, 'later', key);
      assert.match(sent?.error ?? '', error);
      assert.deepEqual(await office.post(), [], 'not before its time');
    }
    const office = new Office(test, { it: hook('refused') });
    await office.tell(line());
    const waits: number[] = [];
    for (let tries = 0; tries < 9; tries += 1) {
      await office.post();
      const [message] = office.outbox.waiting();
      waits.push((Date.parse(message?.nextAt ?? '') - office.now.getTime()) / 1000);
      office.wait(waits.at(-1) ?? 0 * 1000);
      office.now = new Date(message?.nextAt ?? '');
    }
    assert.deepEqual(waits.slice(0, 5), [10, 30, 120, 600, 3600]);
    assert.equal(waits.at(-1), 86_400);
    assert.equal(backOffMs(50), 86_400_000);
    urls.refused = urls.ok ?? '';
    requests.length = 0;
    const [sent] = await office.post();
    assert.deepEqual([sent?.id, sent?.outcome], ['1-pass-it', 'sent']);
    assert.match(requests[0]?.body ?? '', /happened at/);
    assert.equal(office.outbox.ended()[0]?.tries.length, 10);
  });

  it('goes over TLS once the certificate is one to trust', async (test) => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, readFileSync(join(folder, 'cert.pem'), 'utf8')]);
    test.after(() => setDefaultCACertificates(before));
    const office = new Office(test, { it: hook('tls') });
    await office.tell(line());
    assert.equal((await office.post())[0]?.outcome, 'sent');
  });

  it('waits as long as the other side asks for', async (test) => {
    const office = new Office(test, { it: hook('busy') });
    await office.tell(line());
    await office.post();
    assert.equal(
      Date.parse(office.outbox.waiting()[0]?.nextAt ?? '') - office.now.getTime(),
      300_000,
    );
  });

  it('tells on another channel what one refuses for good, once', async (test) => {
    for (const key of ['gone', 'moved']) {
      const office = new Office(test, { bad: hook(key), good: hook('ok') }, [
        { level: 'warning', to: ['bad'] },
      ]);
      requests.length = 0;
      await office.tell(line());
      assert.equal((await office.post())[0]?.outcome, 'never');
      await office.post();
      const [told] = requests.filter(({ url }) => url === '/ok');
      const { subject, text, lines } = JSON.parse(told?.body ?? '{}') as {
        subject: string;
        text: string;
        lines: Line[];
      };
      assert.match(subject, /bad takes no messages/);
      assert.match(text, /does not take what it is sent: answered (410|302)/);
      assert.equal(lines[0]?.key, 'disk:/');
      assert.equal(JSON.stringify(office.outbox.ended()).includes(token), false);
      assert.equal(office.outbox.records().bad?.refused, true);
      assert.equal(office.outbox.waiting().length, 0);
    }
    const alone = new Office(test, { a: hook('gone'), b: hook('gone') });
    await alone.tell(line());
    for (let time = 0; time < 5; time += 1) await alone.post();
    assert.equal(
      alone.outbox.waiting().length,
      0,
      'two that refuse do not tell each other for ever',
    );
  });

  it('sends mail that makes a thread of an alert', async (test) => {
    const office = new Office(test, { mail: mail() });
    mails.length = 0;
    await office.tell(line({ title: 'Disk\r\nBcc: evil@example.org' }));
    await office.post();
    office.wait(60_000);
    await office.tell(line({ kind: 'resolved' }));
    await office.post();
    const [first, second] = mails.map(({ text }) => text);
    assert.match(first ?? '', /^Message-ID: <1-pass-mail@web-1>\r?$/m);
    assert.match(first ?? '', /^References: <alert-abc123@web-1>\r?$/m);
    assert.match(second ?? '', /^References: <alert-abc123@web-1>\r?$/m);
    assert.match(first ?? '', /^Auto-Submitted: auto-generated\r?$/m);
    assert.doesNotMatch(first ?? '', /^Bcc:/m);
    assert.match(second ?? '', /^Subject: \[shop\] RESOLVED/m);
  });

  it('tells mail that may work later from mail that never will', async (test) => {
    const try1 = async (urlKey = 'smtp') => {
      const office = new Office(test, { mail: mail(urlKey) });
      if (urlKey === 'mute') office.options.timeoutMs = 400;
      await office.tell(line());
      const [sent] = await office.post();
      return sent;
    };
    sayAtData = 451;
    assert.equal((await try1())?.outcome, 'later');
    sayAtData = 550;
    assert.match((await try1())?.error ?? '', /550 the box is full/);
    assert.equal((await try1())?.outcome, 'never');
    sayAtData = 250;
    sayAtRecipient = () => 451;
    assert.equal((await try1())?.outcome, 'later');
    sayAtRecipient = () => 550;
    assert.equal((await try1())?.outcome, 'never');
    sayAtRecipient = () => 250;
    assert.match((await try1('mute'))?.error ?? '', /did not answer in time/);
    assert.equal((await try1('ok'))?.outcome, 'never');
  });

  it('takes a mail that some of its receivers refused for what it is', async (test) => {
    const to = ['anna@example.org', 'bob@example.org', 'carl@example.org'];
    const office = new Office(test, { mail: mail('smtp', to), other: hook('ok') }, [
      { level: 'warning', to: ['mail'] },
    ]);
    mails.length = 0;
    requests.length = 0;
    sayAtRecipient = (address) =>
      address.startsWith('bob') ? 451 : address.startsWith('carl') ? 550 : 250;
    await office.tell(line());
    assert.equal((await office.post())[0]?.outcome, 'later');
    sayAtRecipient = (address) => (address.startsWith('carl') ? 550 : 250);
    office.wait(10_000);
    // Bob has it now, and Anna not twice. Carl never will, which is said elsewhere.
    assert.equal((await office.post())[0]?.outcome, 'never');
    assert.deepEqual(
      mails.map(({ to: had }) => had),
      [['anna@example.org'], ['bob@example.org']],
    );
    await office.post();
    assert.match(requests[0]?.body ?? '', /not for carl@example.org/);
    sayAtRecipient = () => 250;
  });

  it('makes one of what fired and was over before it could be told', async (test) => {
    const office = new Office(test, { it: hook('gone') });
    urls.gone = 'http://127.0.0.1:1/';
    await office.tell(line(), line({ alert: 'other', key: 'cpu', title: 'CPU', level: 'warning' }));
    await office.post();
    office.wait(5 * 60_000);
    await office.tell(line({ kind: 'resolved', at: office.now.toISOString() }));
    const waiting = office.outbox.waiting();
    assert.deepEqual(
      waiting.map(({ lines }) => lines.map(({ kind, key }) => `${kind} ${key}`)),
      [['passed disk:/', 'fired cpu']],
    );
    urls.gone = urls.ok ?? '';
    requests.length = 0;
    await office.post();
    assert.match(requests[0]?.body ?? '', /WAS: The disk \/ is 96% full. It is over since/);
    assert.equal(office.outbox.waiting().length, 0);
  });

  it('keeps a warning for its hours, and what is worse never', async (test) => {
    const routes: NotifySection['routes'] = [
      { level: 'warning', to: ['it'], hours: '08:00-20:00' },
    ];
    const office = new Office(test, { it: hook('ok') }, routes);
    office.now = new Date(2026, 10, 25, 23, 30);
    await office.tell(line({ level: 'warning' }));
    assert.deepEqual(await office.post(), []);
    await office.tell(
      line({ alert: 'worse', level: 'critical' }),
      line({ alert: 'third', level: 'warning' }),
    );
    assert.equal((await office.post()).length, 1);
    const [held, ...rest] = office.outbox.waiting();
    assert.deepEqual(rest, []);
    assert.equal(held?.lines.length, 2);
    assert.equal(Date.parse(held?.nextAt ?? ''), new Date(2026, 10, 26, 8).getTime());
    // What is held and becomes worse goes at once, and is not told a second time in the morning.
    await office.tell(line({ kind: 'raised', alert: 'third', level: 'critical' }));
    assert.equal((await office.post())[0]?.outcome, 'sent');
    assert.deepEqual(
      office.outbox.waiting().map(({ lines }) => lines.map(({ alert }) => alert)),
      [['abc123']],
    );
    office.now = new Date(2026, 10, 26, 8);
    assert.equal((await office.post())[0]?.outcome, 'sent');
  });

  it('is one message of 20 lines and a count where 200 keys are bad at once', async (test) => {
    const office = new Office(test, { it: hook('ok') });
    requests.length = 0;
    await office.tell(
      ...Array.from({ length: 200 }, (_, at) => line({ alert: `a${at}`, key: `key-${at}` })),
    );
    await office.post();
    const { lines, more, subject, text } = JSON.parse(requests[0]?.body ?? '') as {
      lines: Line[];
      more: number;
      subject: string;
      text: string;
    };
    assert.deepEqual([requests.length, lines.length, more], [1, 20, 180]);
    assert.match(subject, /and 199 more$/);
    assert.match(text, /and 180 more: om-ops alert list/);
  });

  it('sends what a killed process had taken, alerts again and digests not', async (test) => {
    const office = new Office(test, { it: hook('ok') });
    await office.tell(line());
    const [alert] = office.outbox.waiting();
    assert.ok(alert);
    const claim = {
      pid: 2 ** 22 + 1,
      start: '1',
      host: (await import('node:os')).hostname(),
      boot: null,
      pidSpace: null,
      at: office.now.toISOString(),
    };
    office.outbox.write({ ...alert, claim });
    office.outbox.write({ ...alert, id: 'digest-daily', kind: 'digest', claim });
    const sent = await office.post();
    assert.deepEqual(sent.map(({ id, outcome }) => [id, outcome]).toSorted(), [
      ['1-pass-it', 'sent'],
      ['digest-daily', 'in-doubt'],
    ]);
    // Ctrl-C in the midst of it is no different.
    const cut = new AbortController();
    const slow = new Office(test, { it: hook('hang') });
    slow.outbox.write({ ...alert, id: 'digest-weekly', kind: 'digest' });
    slow.outbox.write({ ...alert, id: 'alert-again', channel: 'it' });
    const ended = Promise.all(
      ['digest-weekly', 'alert-again'].map((id) =>
        postDue({ ...slow.options, signal: cut.signal }, new Set([id])).catch(() => 'cut off'),
      ),
    );
    setTimeout(() => cut.abort(new Error('interrupted')), 200);
    assert.deepEqual(await ended, ['cut off', 'cut off']);
    assert.deepEqual(
      slow.outbox.ended().map(({ id, state }) => [id, state]),
      [['digest-weekly', 'in-doubt']],
    );
    assert.deepEqual(
      slow.outbox.waiting().map(({ id, claim: held }) => [id, held]),
      [['alert-again', null]],
    );
    // One that lives is left to it.
    office.outbox.write({
      ...alert,
      id: 'mine',
      claim: { ...claim, pid: process.pid, start: null },
    });
    assert.deepEqual(await office.post(), []);
  });

  it('says outside that all is well, no more often than asked, and keeps the address to itself', async (test) => {
    const state = temporaryFolder(test);
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(state, 'monitor'));
    const warnings: string[] = [];
    let now = new Date('2026-11-25T10:00:00Z');
    const pulse = (urlKey: string) =>
      sendPulse({
        ...{ state, now, secrets: (key) => urls[key] ?? '' },
        timeoutMs: urlKey === 'hang' ? 300 : 10_000,
        heartbeat: { urlKey, every: '5m' },
        redact: (text) => text.replaceAll(token, '<REDACTED>'),
        warn: (message) => warnings.push(message),
        signal: new AbortController().signal,
      });
    requests.length = 0;
    assert.equal(await pulse('ok'), true);
    assert.equal(await pulse('ok'), false);
    now = new Date('2026-11-25T10:04:59.500Z');
    assert.equal(await pulse('ok'), true);
    now = new Date('2026-11-25T10:10:00Z');
    assert.equal(await pulse('hang'), false);
    assert.match(warnings[0] ?? '', /could not be sent: no answer within 0.3 s/);
    // Not having been heard, it is due at once.
    assert.equal(await pulse('ok'), true);
    assert.equal(requests.filter(({ url }) => url === '/ok').length, 3);
  });

  it('composes lines that cannot pass for others', () => {
    const now = new Date('2026-11-25T10:00:01Z');
    const lines = [line({ text: 'up\u001b[2J\nRESOLVED: all is well' })];
    const message = { ...newMessage({ id: 'm', channel: 'it', kind: 'alert', now }), lines };
    const { body } = composed(message, { site: 'shop', host: 'web' }, now);
    assert.equal(body.includes('\u001b'), false);
    assert.doesNotMatch(body, /^RESOLVED/m);
  });
});
