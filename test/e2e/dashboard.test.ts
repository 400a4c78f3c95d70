import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { auditPage, startChromium } from '@om-ops/test-support/chromium';
import { freePort } from '@om-ops/test-support/free-port';
import { checkout, ownHome, runOmOps } from '@om-ops/test-support/om-ops';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import type { Browser, BrowserContext, Page } from 'playwright-core';

interface Running {
  url: string;
  child: ChildProcess;
  ended: Promise<number | null>;
  said(): string;
}

async function startDashboard(t: CleansUp, file: string, ...argv: string[]): Promise<Running> {
  const child = spawn(
    join(checkout, 'bin/om-ops'),
    ['dashboard', '--json', '--every', '1s', '--site', file, ...argv],
    {
      cwd: '/',
      env: { ...process.env, HOME: ownHome(), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const first = await waitFor('the address', () =>
    said.includes('\n') ? said.split('\n')[0] : undefined,
  );
  const { line } = JSON.parse(first) as { line: { url: string } };
  return { url: line.url, child, ended, said: () => said };
}

function profile(t: CleansUp): string {
  const folder = temporaryFolder(t);
  const file = join(folder, 'om-ops.yaml');
  writeFileSync(file, `site: shop\nroot: ${folder}\nstate: state\n`);
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  return file;
}

const isLive = (page: Page) =>
  page.locator('.live[data-connection=live]').waitFor({ timeout: 20_000 });

describe('the dashboard in a browser', () => {
  let browser: Browser;

  before(async () => {
    browser = await startChromium();
  });

  after(() => browser.close());

  function watched(context: BrowserContext) {
    const errors: string[] = [];
    const streams = { open: 0, opened: 0 };
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text());
    });
    context.on('weberror', (error) => errors.push(String(error.error())));
    context.on('request', (request) => {
      if (request.url().endsWith('/api/stream')) streams.opened += 1;
    });
    return { errors, streams };
  }

  it('is live in ten tabs by one connection, and hands that on when its tab is closed', async (t) => {
    const file = profile(t);
    await runOmOps(['health', 'check', '--every', '30m', '--site', file]);
    const { url, child, ended } = await startDashboard(t, file, '--port', '0');
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    t.after(() => context.close());
    const { errors, streams } = watched(context);
    const pages: Page[] = [];
    for (let count = 0; count < 10; count += 1) {
      const page = await context.newPage();
      await page.goto(url);
      pages.push(page);
    }
    await Promise.all(pages.map(isLive));
    assert.equal(streams.opened, 1);
    for (const page of pages) {
      // The token is neither in the address nor in what the browser keeps of it.
      assert.equal(page.url(), url.split('#')[0]);
      await page.locator('h2', { hasText: 'Processors' }).first().waitFor();
    }
    const [first, ...others] = pages as [Page, ...Page[]];
    assert.match(await first.title(), /^\S+ .* · shop$/);
    const heading = await first.locator('h1').textContent();
    const status = await runOmOps(['health', 'status', '--json', '--site', file]);
    const { level } = status.json<{ level: string }>().result;
    assert.ok(
      heading?.toLowerCase().includes(level === 'healthy' ? 'well' : level),
      `${heading}, ${level}`,
    );
    await first.close();
    await waitFor('another tab to ask', () => streams.opened === 2);
    await Promise.all(others.map(isLive));
    // Ended, it looks ended, everywhere.
    child.kill('SIGINT');
    assert.equal(await ended, 0);
    for (const page of others) {
      await page.locator('[role=alert]', { hasText: 'Connection lost' }).waitFor();
      assert.match(await page.title(), /^\? .*connection lost/i);
      assert.equal(await page.locator('.live').getAttribute('data-connection'), 'lost');
    }
    const refused =
      /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/;
    assert.deepEqual(
      errors.filter((error) => !refused.test(error)),
      [],
    );
  });

  it('knows a server that was started again, and one whose token it has not', async (t) => {
    const file = profile(t);
    const port = String(await freePort());
    const one = await startDashboard(t, file, '--port', port);
    const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(one.url);
    await isLive(page);
    await page.getByText('Nobody has looked at this site yet').first().waitFor();
    one.child.kill('SIGKILL');
    await page.locator('[role=alert]', { hasText: 'Connection lost' }).waitFor();
    const other = await startDashboard(t, file, '--port', port);
    await page.locator('[role=alert]', { hasText: 'was started again' }).waitFor();
    // The address it printed this time brings it back, in the same tab and in a new one.
    await page.goto('about:blank');
    await page.goto(other.url);
    await isLive(page);
    const bare = await context.newPage();
    await bare.goto(other.url.split('#')[0] ?? '');
    await bare.getByText('This address is not whole').waitFor();
    assert.deepEqual(await auditPage(page), []);
    assert.equal((await runOmOps(['dashboard', '--port', port, '--json', '--site', file])).code, 1);
  });

  it('lets an alert be acknowledged, by the command and its audit trail', async (t) => {
    const file = profile(t);
    const alerts = async () =>
      (await runOmOps(['alert', 'list', '--json', '--site', file])).json<{
        alerts: { id: string; open: { acknowledged: { note: string } | null } }[];
      }>().result.alerts;
    // No upload folder is there: after some looks that is told.
    await waitFor(
      'an alert',
      async () => {
        await runOmOps(['health', 'check', '--every', '30m', '--site', file]);
        return (await alerts()).length > 0;
      },
      { timeoutMs: 60_000 },
    );
    const { url } = await startDashboard(t, file, '--port', '0', '--allow-ack');
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    t.after(() => context.close());
    const { errors } = watched(context);
    const page = await context.newPage();
    await page.goto(url);
    await isLive(page);
    const [{ id = '' } = {}] = await alerts();
    const row = page.locator('.live-alerts li', { hasText: id });
    await row.getByRole('button', { name: 'Acknowledge…' }).click();
    await row.getByLabel('What is being done').fill('making the folders');
    await row.getByRole('button', { name: `Acknowledge ${id}` }).click();
    await row.getByText(/acknowledged by .* until .*: making the folders/).waitFor();
    const kept = (await alerts()).find((alert) => alert.id === id);
    assert.equal(kept?.open.acknowledged?.note, 'making the folders');
    assert.match(
      readFileSync(join(dirname(file), 'state/om-ops.log'), 'utf8'),
      /alert:ack .*parent=dashboard@/,
    );
    assert.deepEqual(errors, []);
  });

  it('shows what was done and what went wrong, for people who cannot see colours too', async (t) => {
    const file = profile(t);
    const log = join(dirname(file), 'error.log');
    writeFileSync(log, '2026/11/25 17:49:00 [error] 7#7: *1 upstream timed out\n');
    appendFileSync(file, `nginx: {errorLog: ${log}}\n`);
    await runOmOps(['backup', 'run', 'config', '--site', file]);
    await runOmOps(['health', 'check', '--every', '30m', '--site', file]);
    const { url } = await startDashboard(t, file, '--port', '0');
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    t.after(() => context.close());
    const { errors } = watched(context);
    const page = await context.newPage();
    await page.goto(url);
    await isLive(page);
    await page.locator('.mark-done', { hasText: 'backup run' }).first().waitFor();
    const failed = (client: number) =>
      `2026/11/25 17:50:0${client} [error] 7#7: *${client} connect() failed (111: Connection refused), client: 10.0.0.${client}, password=hunter2-secret\n`;
    const cameErrors = page.locator('section', { hasText: 'Errors as they come' });
    await cameErrors.getByText('upstream timed out').waitFor();
    appendFileSync(log, failed(1));
    await cameErrors.getByText('Connection refused').waitFor();
    appendFileSync(log, `${failed(2)}2026/11/25 17:50:03 [notice] 7#7: all is well\n`);
    await cameErrors.getByText('2 times').waitFor();
    assert.doesNotMatch((await cameErrors.textContent()) ?? '', /all is well|hunter2/);
    for (const name of ['Processors', 'Memory', 'Waiting for disks'])
      await page.getByRole('img', { name: new RegExp(`^${name}: now `) }).waitFor();
    await page
      .getByRole('row', { name: /Room on \/ .*healthy|Room on \/ .*(?:warning|critical)/ })
      .waitFor();
    await page.locator('section', { hasText: 'Processes' }).getByRole('row').nth(1).waitFor();
    assert.deepEqual(await auditPage(page), []);
    assert.deepEqual(errors, []);
  });
});

describe('the dashboard as a command', () => {
  it('refuses what is wrong, and leaves its socket clean', async (t) => {
    const file = profile(t);
    const run = (...argv: string[]) => runOmOps(['dashboard', '--site', file, ...argv]);
    assert.equal((await run('--every', '10ms')).code, 2);
    assert.equal((await run('--port', '70000')).code, 2);
    assert.equal((await run('--port', '1', '--socket', '/x')).code, 2);
    const folder = dirname(file);
    assert.equal((await run('--socket', file)).code, 2);
    assert.equal((await run('--socket', join(folder, 'none/x'))).code, 5);
    const socket = join(folder, 'om.sock');
    // What a killed one has left is taken over; ended, nothing is left.
    const killed = await startDashboard(t, file, '--socket', socket);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const again = await startDashboard(t, file, '--socket', socket);
    assert.equal((await run('--socket', socket)).code, 2);
    again.child.kill('SIGTERM');
    assert.equal(await again.ended, 0);
    assert.throws(() => readFileSync(socket), { code: 'ENOENT' });
    const idle = await run('--port', '0', '--idle-exit', '1s');
    assert.equal(idle.code, 0);
    assert.match(
      idle.stdout,
      /^Open http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{48}\n.*ssh -N -L [\s\S]*nobody has watched/m,
    );
    const desktop = await runOmOps(['dashboard', '--port', '0', '--open', '--site', file], {
      env: { DISPLAY: undefined, WAYLAND_DISPLAY: undefined },
    });
    assert.equal(desktop.code, 5);
  });
});
