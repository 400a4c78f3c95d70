import assert from 'node:assert/strict';
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadSite } from '@om-ops/kit/site';
import { waitFor } from '@om-ops/test-support/wait';
import Pm2Env from '../src/commands/pm2/env.ts';
import Pm2Logs from '../src/commands/pm2/logs.ts';
import { pm2LogSources } from '../src/logs/sources.ts';
import { inRoot, type Pm2Site, pm2Site, rewrite } from './support/site.ts';

interface Lines {
  lines: { text: string; from: string; instance: number | null }[];
}

const noisy = (site: Pm2Site) => `
console.log('GET /pay?access_token=tok-1234567890 200');
console.error('cannot log in as app with hunter2-of-the-app');
require('node:http').createServer((_, answer) => answer.end('ok')).listen(${site.pm2.port});
`;

async function started(test: Parameters<typeof pm2Site>[0]): Promise<Pm2Site> {
  const site = await pm2Site(test);
  rewrite(site, { 'server/app.js': noisy(site), '.env': 'MAIL_PASSWORD=hunter3-of-the-file\n' });
  Object.assign(site.pm2.env, {
    DB_PASSWORD: 'hunter2-of-the-app',
    MAIL: 'hunter3-of-the-file',
    PLAIN: 'yes',
  });
  await site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
  await waitFor('what it prints', async () => (await lines(site)).length === 2);
  return site;
}

async function lines(site: Pm2Site, argv: string[] = []): Promise<Lines['lines']> {
  return (await site.command(Pm2Logs, ['--json', ...argv])).json<Lines>().result.lines;
}

describe('pm2 logs', () => {
  it('shows both outputs without secrets, and the errors alone', async (test) => {
    const site = await started(test);
    const both = await lines(site);
    assert.deepEqual(
      both.map(({ from, instance }) => [from, instance]),
      [
        ['stdout', 0],
        ['stderr', 0],
      ],
    );
    const text = JSON.stringify(both);
    assert.ok(!/tok-1234567890|hunter2/.test(text), text);
    const errors = await lines(site, ['--err']);
    assert.deepEqual(
      errors.map(({ text: one }) => one),
      ['cannot log in as app with <REDACTED>'],
    );
    const { stdout } = await site.command(Pm2Logs, ['--lines', '1']);
    assert.match(stdout, /^0 out \| GET \/pay\?access_token=<REDACTED> 200\n$/);
  });

  it('shows what is left when PM2 is gone, and starts none', async (test) => {
    const site = await started(test);
    await site.pm2.run(['save', '-s']);
    await site.pm2.run(['kill', '-s']);
    assert.equal((await lines(site)).length, 2);
    assert.equal(site.pm2.daemon(), undefined);
    rmSync(join(site.pm2.home, 'dump.pm2'));
    assert.equal((await lines(site, ['--err'])).length, 1);
    assert.equal(site.pm2.daemon(), undefined);
  });

  it('says that PM2 has no such app', async (test) => {
    const site = await pm2Site(test);
    const run = await site.command(Pm2Logs);
    assert.equal(run.code, 5);
    assert.equal(run.json().error.code, 'E_PM2_DOWN');
    assert.ok(!existsSync(site.pm2.home));
  });

  it('is a source of lines for others, which goes on', async (test) => {
    const site = await started(test);
    const loaded = await loadSite({
      flag: site.profile,
      cwd: '/',
      env: {},
      sections: ['pm2', 'database'],
    });
    const [all] = pm2LogSources(loaded);
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { text } of all?.lines({ lines: 10, follow: true }, stop.signal) ?? [])
        seen.push(text);
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    await waitFor('the first lines', () => seen.length === 2);
    appendFileSync(join(site.pm2.home, `logs/${site.app}-out.log`), 'and hunter3-of-the-file\n');
    await waitFor('the next line', () => seen.length === 3);
    stop.abort();
    await reading;
    assert.equal(seen[2], 'and <REDACTED>');
  });
});

describe('pm2 env', () => {
  it('shows names and what is no secret', async (test) => {
    const site = await started(test);
    const run = await site.command(Pm2Env);
    const { result } = run.json<{ variables: { name: string; value: string }[]; from: string }>();
    const values = Object.fromEntries(result.variables.map(({ name, value }) => [name, value]));
    assert.equal(result.from, 'pm2');
    assert.equal(values.PLAIN, 'yes');
    assert.equal(values.DB_PASSWORD, '<REDACTED>');
    assert.equal(values.MAIL, '<REDACTED>');
    assert.equal(values.PM2_HOME, site.pm2.home);
    assert.ok(!/hunter/.test(run.stdout));
    const text = await site.command(Pm2Env, []);
    assert.match(text.stdout, /PLAIN +yes/);
    assert.ok(!/hunter/.test(text.stdout + text.stderr));
  });
});
