import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Interfaces } from '@oclif/core';
import { fakeService } from '@om-ops/test-support/abilities';
import { freePort } from '@om-ops/test-support/free-port';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { Abilities, type AbilitiesOptions } from '../src/abilities/abilities.ts';
import { loadPlugins } from '../src/abilities/loaded-plugins.ts';
import type { AppService, ServiceDriver } from '../src/abilities/service.ts';
import { backendAnswers, waitUntilUp } from '../src/abilities/up.ts';
import { OpsError } from '../src/errors.ts';
import type { PluginContribution } from '../src/plugin.ts';
import type { Progress } from '../src/progress.ts';
import { loadSite, type Site } from '../src/site/site.ts';

const { signal } = new AbortController();
const progress: Progress = { signal, report() {}, warn() {} };

async function siteOf(context: TestContext, profile = ''): Promise<Site> {
  const file = join(temporaryFolder(context), 'om-ops.yaml');
  writeFileSync(file, `site: test\n${profile}`);
  return loadSite({ flag: file, env: {}, cwd: '/' });
}

function abilitiesOf(
  site: Site,
  contributions: readonly PluginContribution[],
  more: Partial<AbilitiesOptions> = {},
): Abilities {
  const plugins = contributions.map((contribution) => ({
    name: `plugin-${contribution.topic}`,
    version: '1.0.0',
    contribution,
  }));
  const load = async () => ({ plugins, problems: [] });
  return new Abilities({ site, signal, warn() {}, load, ...more });
}

const { state: status } = fakeService();

const service = (
  manager: string,
  name: string,
  { role = 'backend', ...answers }: Partial<AppService> = {},
): AppService => fakeService({ manager, name, role, answers });

const driver = (manager: string, ...names: string[]): ServiceDriver => ({
  manager,
  services: async () => names.map((name) => service(manager, name)),
});

const running = (...drivers: ServiceDriver[]): PluginContribution[] =>
  drivers.map((one) => ({ topic: one.manager, services: async () => [one] }));

test('finds the one service of a role, and none of another role', async (context) => {
  const site = await siteOf(context);
  const worker = service('pm2', 'jobs', { role: 'worker' });
  const abilities = abilitiesOf(
    site,
    running({ manager: 'pm2', services: async () => [worker, service('pm2', 'api')] }),
  );
  assert.equal((await abilities.service('backend')).name, 'api');
  assert.equal((await abilities.service('worker')).name, 'jobs');
  await assert.rejects(abilities.service('frontend'), { code: 'E_NO_SERVICE', exit: 5 });
});

test('takes the one that the profile names, and says what there is instead', async (context) => {
  const both = running(driver('pm2', 'api', 'other'), driver('systemd', 'api.service'));
  const chosen = async (profile: string) => {
    const abilities = abilitiesOf(await siteOf(context, profile), both);
    const { manager, name } = await abilities.service('backend');
    return `${manager} ${name}`;
  };
  assert.equal(await chosen('backend: {service: {manager: systemd}}\n'), 'systemd api.service');
  assert.equal(await chosen('backend: {service: {name: other}}\n'), 'pm2 other');
  await assert.rejects(chosen(''), (error: OpsError) => {
    assert.deepEqual([error.code, error.exit], ['E_AMBIGUOUS_SERVICE', 2]);
    assert.match(
      error.message,
      /pm2 \(api\) and pm2 \(other\) and systemd \(api.service\) all say/,
    );
    return true;
  });
  await assert.rejects(chosen('backend: {service: {manager: pm2}}\n'), (error: OpsError) => {
    assert.match(error.suggestions.join(), /service: \{manager: pm2, name: api\}/);
    return error.code === 'E_AMBIGUOUS_SERVICE';
  });
  await assert.rejects(
    chosen('backend: {service: {manager: pm2, name: nosuch}}\n'),
    /pm2 knows no backend called nosuch\. There is pm2 \(api\), pm2 \(other\)\./,
  );
  await assert.rejects(chosen('backend: {service: {manager: compose}}\n'), {
    code: 'E_NO_SERVICE',
    exit: 5,
  });
});

test('refuses a manager that there is not', async (context) => {
  await assert.rejects(
    siteOf(context, 'backend: {service: {manager: pm3}}\n'),
    (error: OpsError) => {
      assert.match(
        error.message,
        /:2: `backend.service.manager`: expected one of auto, pm2, systemd, compose, got "pm3"/,
      );
      return error.exit === 2;
    },
  );
});

test('a driver that fails or hangs takes none from the others, and is said', async (context) => {
  const warnings: string[] = [];
  const broken: ServiceDriver = {
    manager: 'pm2',
    services: () => Promise.reject(new Error('the daemon is wedged')),
  };
  const warn = (message: string) => warnings.push(message);
  const site = await siteOf(context);
  const found = await abilitiesOf(site, running(broken, driver('systemd', 'api.service')), {
    warn,
  }).service('backend');
  assert.equal(found.name, 'api.service');
  assert.match(
    warnings.join(),
    /pm2 could not be asked: the daemon is wedged\. systemd \(api.service\) is taken/,
  );
  await assert.rejects(
    abilitiesOf(site, running(broken)).service('backend'),
    /the daemon is wedged/,
  );
});

test('panels: late, broken and senseless ones are unknown with the reason, and hold up nobody', async (context) => {
  const panel = { title: 'T', metrics: [], facts: [], notes: [] };
  const abilities = abilitiesOf(await siteOf(context), [
    { topic: 'good', state: async () => ({ ...panel, state: 'healthy' }) },
    { topic: 'late', state: () => new Promise(() => {}) },
    { topic: 'broken', state: () => Promise.reject(new Error('no access.')) },
    {
      topic: 'thrown',
      state() {
        throw new OpsError('E_X', 'At once.');
      },
    },
    { topic: 'old', state: async () => ({ ...panel, state: 'ok' as 'healthy' }) },
    { topic: 'nothing', state: async () => undefined as never },
    { topic: 'other' },
  ]);
  const started = performance.now();
  const read = await abilities.panels(150);
  assert.ok(performance.now() - started < 5000);
  assert.deepEqual(
    read.map(({ topic, state, failure }) => [topic, state, failure]),
    [
      ['good', 'healthy', undefined],
      ['late', 'unknown', 'no answer within 0.15 s'],
      ['broken', 'unknown', 'no access'],
      ['thrown', 'unknown', 'At once'],
      ['old', 'unknown', 'it gave no state that om-ops knows'],
      ['nothing', 'unknown', 'it gave no state that om-ops knows'],
    ],
  );
  assert.deepEqual(read[2]?.notes, ['broken could not be asked: no access.']);
});

test('panels end at an interruption, and their signal with them', async (context) => {
  const abort = new AbortController();
  let inside: AbortSignal | undefined;
  const abilities = abilitiesOf(
    await siteOf(context),
    [
      {
        topic: 'hangs',
        state: ({ signal: given }) => {
          inside = given;
          return new Promise(() => {});
        },
      },
    ],
    { signal: abort.signal },
  );
  const reading = abilities.panels(60_000);
  await delay(1);
  abort.abort(new Error('Ctrl-C'));
  await assert.rejects(reading, /Ctrl-C/);
  assert.equal(inside?.aborted, true);
});

test('checks: a plugin that cannot say which it has is one check, which is unknown', async (context) => {
  const abilities = abilitiesOf(await siteOf(context), [
    {
      topic: 'nginx',
      checks: async () => [
        {
          key: 'answers',
          title: 'Answers',
          run: async () => ({ state: 'healthy', message: 'It does.' }),
        },
        { key: 'slow', title: 'Slow', timeoutMs: 30, run: () => new Promise(() => {}) },
      ],
    },
    { topic: 'redis', checks: () => Promise.reject(new Error('no redis-cli.')) },
  ]);
  assert.deepEqual(
    (await abilities.checkResults(5000)).map(({ id, state, message }) => [id, state, message]),
    [
      ['nginx.answers', 'healthy', 'It does.'],
      ['nginx.slow', 'unknown', 'Slow could not be checked: no answer within 0.03 s.'],
      ['redis.checks', 'unknown', 'The checks of redis could not be checked: no redis-cli.'],
    ],
  );
});

test('gathers what plugins offer with who offers it, and who failed', async (context) => {
  const file = { path: '/etc/nginx/nginx.conf', kind: 'nginx' } as const;
  const abilities = abilitiesOf(await siteOf(context), [
    { topic: 'nginx', configFiles: async () => [file] },
    {
      topic: 'pm2',
      configFiles() {
        throw new Error('broken.');
      },
    },
    { topic: 'analysis', pages: () => [{ title: 'Analysis', path: 'analysis/report.html' }] },
  ]);
  assert.deepEqual(await abilities.configFiles(), {
    values: [{ topic: 'nginx', value: file }],
    failures: [{ topic: 'pm2', reason: 'broken' }],
  });
  assert.deepEqual(
    (await abilities.pages()).values.map(({ topic }) => topic),
    ['analysis'],
  );
  assert.deepEqual(await abilities.tasks(), { values: [], failures: [] });
});

test('loads plugins in their order, once and only when asked; one broken plugin is said', async (context) => {
  const folder = temporaryFolder(context);
  const plugin = (name: string, source: string | undefined) => {
    const root = join(folder, name);
    mkdirSync(root);
    if (source !== undefined) writeFileSync(join(root, 'plugin.mjs'), source);
    const pjson = { omOps: source === undefined ? {} : { plugin: 'plugin.mjs' } };
    return [name, { name, version: '1.0.0', root, pjson }] as const;
  };
  const config = {
    plugins: new Map([
      plugin(
        'slow',
        "await new Promise((go) => setTimeout(go, 50)); export default { topic: 'slow' };",
      ),
      plugin('broken', 'export default {'),
      plugin('empty', 'export const topic = 1;'),
      plugin('oclif', undefined),
      plugin('quick', "export default { topic: 'quick' };"),
    ]),
  } as unknown as Interfaces.Config;
  const { plugins, problems } = await loadPlugins(config);
  assert.deepEqual(
    plugins.map(({ name }) => name),
    ['slow', 'quick'],
  );
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /^The plugin broken could not be loaded: /);
  assert.match(
    problems[1] ?? '',
    /^The plugin empty could not be loaded: plugin.mjs exports no contribution/,
  );
  const warnings: string[] = [];
  let loads = 0;
  const abilities = new Abilities({
    site: await siteOf(context),
    signal,
    warn: (message) => warnings.push(message),
    load: () => {
      loads += 1;
      return loadPlugins(config);
    },
  });
  assert.equal(loads, 0);
  await Promise.all([abilities.tasks(), abilities.panels(100)]);
  await abilities.logSources();
  assert.equal(loads, 1);
  assert.deepEqual(warnings, problems);
});

/** An app that answers as it is told, on a port of its own. */
async function app(context: TestContext, statusOf: (path: string) => number): Promise<number> {
  const server = createServer((request, response) => {
    response.writeHead(statusOf(request.url ?? '')).end();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  context.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const upOptions = { deadlineMs: 10_000, steadyMs: 0, progress };

test('up: the first health address that is there decides', async (context) => {
  const site = await siteOf(context);
  const up = async (answers: Record<string, number>) => {
    const port = await app(context, (path) => answers[path] ?? 404);
    const { health } = backendAnswers({
      backend: { ...site.backend, port, health: ['/api/health', '/health'] },
    });
    const found = await waitUntilUp(service('pm2', 'api'), {
      ...upOptions,
      port,
      health,
      deadlineMs: 600,
    });
    return found.health?.url.replace(/.*:\d+/, '');
  };
  assert.equal(await up({ '/api/health': 200, '/health': 500 }), '/api/health');
  assert.equal(await up({ '/health': 204 }), '/health');
  await assert.rejects(up({ '/api/health': 503, '/health': 200 }), (error: OpsError) => {
    assert.equal(error.code, 'E_TIMED_OUT');
    assert.match(
      error.message,
      /until api is up; last: pm2 says up, and .*\/api\/health answers 503\./,
    );
    assert.match(error.suggestions.join(), /om-ops pm2 logs --err/);
    return true;
  });
  await assert.rejects(up({}), /\/health answers 404/);
});

test('up: waits for the port although the manager says so already', async () => {
  await assert.rejects(
    waitUntilUp(service('pm2', 'api', { status: async () => ({ ...status, detail: 'online' }) }), {
      ...upOptions,
      port: await freePort(),
      health: [],
      deadlineMs: 300,
    }),
    /pm2 says online, and nothing listens on port/,
  );
});

test('up: a crash loop that says up under one pid after the other is not', async () => {
  let pid = 100;
  const looping = service('pm2', 'api', {
    status: async () => {
      pid += 1;
      return { ...status, pid };
    },
  });
  await assert.rejects(
    waitUntilUp(looping, { ...upOptions, health: [], deadlineMs: 800, steadyMs: 500 }),
    /has to be for 0\.5 s \(it changed/,
  );
});

test('up: does not wait for what its manager has given up', async () => {
  let asked = 0;
  const dead = service('pm2', 'api', {
    status: async () => {
      asked += 1;
      return asked < 3
        ? { ...status, state: 'starting' }
        : { ...status, state: 'failed', restarts: 16, detail: 'errored' };
    },
  });
  await assert.rejects(
    waitUntilUp(dead, { ...upOptions, health: [], deadlineMs: 60_000 }),
    (error: OpsError) => {
      assert.deepEqual([error.code, error.exit], ['E_SERVICE_FAILED', 1]);
      assert.equal(
        error.message,
        'api does not come up: pm2 has given up on it after 16 restarts (errored).',
      );
      return true;
    },
  );
  assert.equal(asked, 3);
});
