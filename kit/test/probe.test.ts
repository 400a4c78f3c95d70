import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort } from '@om-ops/test-support/free-port';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { probe } from '../src/probe.ts';

const { signal } = new AbortController();

/** Listens on a free port, or a socket, and ends with the test whatever is still connected. */
async function listening(
  context: TestContext,
  server: { listen(...where: never[]): unknown } & Pick<Server, 'on' | 'close' | 'address'>,
  path?: string,
): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  (server as unknown as { listen(...where: unknown[]): void }).listen(
    path ?? 0,
    ...(path ? [] : ['127.0.0.1']),
  );
  await once(server as unknown as Server, 'listening');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

function serve(context: TestContext, listener: RequestListener, path?: string): Promise<number> {
  return listening(context, createServer(listener), path);
}

function certificate(
  folder: string,
  name: string,
  ...more: string[]
): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', cert, '-subj', `/O=Test of ${name}/CN=${name}`],
    ...['-addext', `subjectAltName=DNS:${name}`],
    ...more,
  ]);
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

test('answers with status, headers and the begin of the body', async (context) => {
  const port = await serve(context, (request, response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.end(
      `${request.method} ${request.url} ${request.headers.host} ${request.headers['x-me']}`,
    );
  });
  const found = await probe(
    { url: `http://127.0.0.1:${port}/health?full=1`, headers: { 'x-me': 'yes' } },
    { signal },
  );
  assert.ok(found.ok);
  assert.equal(found.body, `GET /health?full=1 127.0.0.1:${port} yes`);
  assert.deepEqual(
    [found.status, found.headers['set-cookie'], found.tls],
    [200, 'a=1, b=2', undefined],
  );
  const head = await probe({ url: `http://127.0.0.1:${port}/`, method: 'HEAD' }, { signal });
  assert.ok(head.ok && head.status === 200 && head.body === '');
});

test('follows no redirect', async (context) => {
  const asked: (string | undefined)[] = [];
  const port = await serve(context, (request, response) => {
    asked.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const found = await probe({ url: `http://127.0.0.1:${port}/` }, { signal });
  assert.ok(found.ok);
  assert.deepEqual([found.status, found.headers.location, asked], [302, '/elsewhere', ['/']]);
});

test('keeps so much of a body without an end, and does not hang on it', async (context) => {
  const port = await serve(context, (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(1000)));
    };
    response.on('drain', more).on('error', () => {});
    more();
  });
  const started = performance.now();
  const found = await probe(
    { url: `http://127.0.0.1:${port}/`, bodyBytes: 100 },
    { signal, timeoutMs: 20_000 },
  );
  assert.ok(found.ok && found.body === 'x'.repeat(100));
  assert.ok(performance.now() - started < 10_000);
  const none = await probe(
    { url: `http://127.0.0.1:${port}/`, bodyBytes: 0 },
    { signal, timeoutMs: 20_000 },
  );
  assert.ok(none.ok && none.body === '');
});

test('connects elsewhere than the name says: another host and port, a socket', async (context) => {
  const port = await serve(context, (request, response) => response.end(request.headers.host));
  const url = 'http://shop.example/';
  const found = await probe({ url, connect: { host: '127.0.0.1', port } }, { signal });
  assert.ok(found.ok && found.body === 'shop.example');
  const socketPath = join(temporaryFolder(context), 'app.sock');
  await serve(
    context,
    (request, response) => response.end(`${request.headers.host} by socket`),
    socketPath,
  );
  const bySocket = await probe({ url, connect: { socketPath } }, { signal });
  assert.ok(bySocket.ok && bySocket.body === 'shop.example by socket');
});

test('finds an app on either address of localhost', async (context) => {
  // On a machine where the name stands for one only, that one.
  for (const { address: host } of await lookup('localhost', { all: true })) {
    const server = createServer((_request, response) => response.end('here'));
    server.listen(0, host);
    await once(server, 'listening');
    context.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const found = await probe({ url: `http://localhost:${port}/` }, { signal });
    assert.ok(found.ok, JSON.stringify(found));
  }
});

test('sends the name of the address, and tells the certificate, also one that does not verify', async (context) => {
  const folder = temporaryFolder(context);
  const server = createTlsServer(certificate(folder, 'shop.example'), (request, response) =>
    response.end(
      `${(request.socket as unknown as { servername: string }).servername} ${request.headers.host}`,
    ),
  );
  const port = await listening(context, server);
  const connect = { host: '127.0.0.1', port };
  const refused = await probe({ url: 'https://shop.example/', connect }, { signal });
  assert.ok(!refused.ok);
  assert.deepEqual(
    [refused.why, refused.message],
    ['certificate', 'the certificate is self-signed'],
  );
  assert.deepEqual(
    [refused.tls?.authorized, refused.tls?.issuer, refused.tls?.names],
    [false, 'Test of shop.example', ['shop.example']],
  );
  assert.ok(
    refused.tls?.daysLeft === 29 || refused.tls?.daysLeft === 30,
    String(refused.tls?.daysLeft),
  );
  const taken = await probe({ url: 'https://shop.example/', connect, insecure: true }, { signal });
  assert.ok(taken.ok);
  assert.equal(taken.body, 'shop.example shop.example');
  assert.deepEqual(
    [taken.tls?.authorized, taken.tls?.problem],
    [false, 'the certificate is self-signed'],
  );
});

test('sends nothing to a server whose certificate does not verify', async (context) => {
  let requests = 0;
  const server = createTlsServer(
    certificate(temporaryFolder(context), 'a.example'),
    (_request, response) => {
      requests += 1;
      response.end();
    },
  );
  const port = await listening(context, server);
  const url = `https://user:hunter2@a.example:${port}/`;
  const found = await probe({ url, connect: { host: '127.0.0.1' } }, { signal });
  assert.ok(!found.ok && found.why === 'certificate');
  assert.equal(requests, 0);
});

test('says of a certificate that it has expired, and that it is for another name', async (context) => {
  const folder = temporaryFolder(context);
  const authority = certificate(folder, 'ca', '-addext', 'basicConstraints=critical,CA:TRUE');
  const signed = (name: string, from: string, to: string) => {
    const [key, request, cert] = [`${name}.key`, `${name}.csr`, `${name}.crt`].map((one) =>
      join(folder, one),
    ) as [string, string, string];
    const run = (...args: string[]) =>
      execFileSync('openssl', args, { stdio: 'pipe', cwd: folder });
    run(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
    );
    writeFileSync(join(folder, 'index.txt'), '');
    rmSync(join(folder, 'index.txt.attr'), { force: true });
    writeFileSync(join(folder, 'serial'), '01');
    writeFileSync(
      join(folder, 'ca.cnf'),
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${folder}/index.txt\nserial=${folder}/serial\nnew_certs_dir=${folder}\ncertificate=${folder}/ca.crt\nprivate_key=${folder}/ca.key\ndefault_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=DNS:${name}\n`,
    );
    run(
      'ca',
      '-batch',
      '-config',
      join(folder, 'ca.cnf'),
      '-in',
      request,
      '-out',
      cert,
      '-startdate',
      from,
      '-enddate',
      to,
      '-notext',
    );
    return { key: readFileSync(key), cert: Buffer.concat([readFileSync(cert), authority.cert]) };
  };
  // Another process, because the authorities a process trusts are read once.
  const script = `import { probe } from ${JSON.stringify(new URL('../src/probe.ts', import.meta.url).href)};
    const [port, name] = process.argv.slice(1);
    const found = await probe({ url: 'https://' + name + '/', connect: { host: '127.0.0.1', port: Number(port) } }, { signal: new AbortController().signal });
    process.stdout.write(JSON.stringify(found));`;
  const ask = async (name: string, pair: { key: Buffer; cert: Buffer }) => {
    const port = await listening(
      context,
      createTlsServer(pair, (_request, response) => response.end('in')),
    );
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script, String(port), name],
      {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt') },
      },
    );
    return JSON.parse(stdout);
  };
  const good = signed('good.example', '20200101000000Z', '20991231000000Z');
  const fine = await ask('good.example', good);
  assert.deepEqual(
    [fine.ok, fine.body, fine.tls?.authorized, fine.tls?.problem],
    [true, 'in', true, null],
  );
  assert.ok(fine.tls.daysLeft > 20_000);
  const other = await ask('other.example', good);
  assert.deepEqual(
    [other.why, other.message],
    ['certificate', 'the certificate is for another name (good.example)'],
  );
  const old = await ask('old.example', signed('old.example', '20200101000000Z', '20210101000000Z'));
  assert.equal(old.why, 'certificate');
  assert.match(old.message, /has expired \(it is valid to 2021-01-01\)/);
  assert.ok(old.tls.daysLeft < 0);
});

test('says what kind of failure it is', async (context) => {
  const why = async (url: string, connect?: { socketPath: string }) => {
    const found = await probe(
      { url, ...(connect === undefined ? {} : { connect }) },
      { signal, timeoutMs: 3000 },
    );
    assert.ok(!found.ok, url);
    assert.notEqual(found.message, '');
    return [found.why, found.message];
  };
  assert.deepEqual(await why(`http://127.0.0.1:${await freePort()}/`), [
    'refused',
    'connection refused',
  ]);
  // Two addresses, one error for both.
  assert.deepEqual(await why(`http://localhost:${await freePort()}/`), [
    'refused',
    'connection refused',
  ]);
  assert.deepEqual(await why('http://x/', { socketPath: '/nowhere/app.sock' }), [
    'refused',
    'there is no such socket',
  ]);
  assert.equal((await why('http://name.invalid/'))[0], 'no-such-host');
  const tcp = async (answer: (socket: Socket) => void) =>
    `127.0.0.1:${await listening(context, createTcpServer((socket) => socket.once('data', () => answer(socket))) as never)}`;
  assert.equal((await why(`http://${await tcp((socket) => socket.destroy())}/`))[0], 'reset');
  assert.equal(
    (await why(`http://${await tcp((socket) => socket.resetAndDestroy())}/`))[0],
    'reset',
  );
  assert.equal(
    (await why(`http://${await tcp((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))}/`))[0],
    'bad-answer',
  );
  assert.equal(
    (
      await why(`https://${await tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))}/`)
    )[0],
    'bad-answer',
  );
  const broken = await tcp((socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'),
  );
  assert.deepEqual(await why(`http://${broken}/`), ['reset', 'answered 200, and then broke off']);
});

test('waits no longer than it may: for the connection, the answer, the rest of the answer', async (context) => {
  const silent = await listening(context, createTcpServer(() => {}) as never);
  for (const scheme of ['http', 'https']) {
    const found = await probe(
      { url: `${scheme}://127.0.0.1:${silent}/` },
      { signal, timeoutMs: 150 },
    );
    assert.ok(!found.ok);
    assert.deepEqual([found.why, found.message], ['timeout', 'no answer within 150 ms']);
  }
  const half = await serve(context, (_request, response) => response.writeHead(200).write('a'));
  const found = await probe({ url: `http://127.0.0.1:${half}/` }, { signal, timeoutMs: 150 });
  assert.ok(!found.ok);
  assert.deepEqual(
    [found.why, found.message],
    ['timeout', 'answered 200, and the rest did not come within 150 ms'],
  );
});

test('throws for an interruption and for what is no address, and for nothing else', async (context) => {
  const silent = await listening(context, createTcpServer(() => {}) as never);
  const abort = new AbortController();
  const asked = probe({ url: `http://127.0.0.1:${silent}/` }, { signal: abort.signal });
  abort.abort(new Error('Ctrl-C'));
  await assert.rejects(asked, /Ctrl-C/);
  for (const url of ['shop.example', 'ftp://shop.example/', ''])
    await assert.rejects(probe({ url }, { signal }), { code: 'E_BAD_URL', exit: 2 });
});
