import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import LogsAccess from '../src/commands/logs/access.ts';
import LogsLatency from '../src/commands/logs/latency.ts';
import LogsRate from '../src/commands/logs/rate.ts';

const request = (second: number, client: string, path: string, status: number, took: string) =>
  `${client} - - [25/Nov/2026:16:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" ${status} 512 "-" "agent 401 403" ${took}\n`;

describe('rates, times and requests', () => {
  it('are what the lines say', async (test) => {
    const access = [
      ...Array.from({ length: 12 }, (_, n) => request(n, '10.0.0.9', '/login', 401, '0.010')),
      ...Array.from({ length: 100 }, (_, n) =>
        request(n, '10.0.0.1', `/api/projects/${n}?page=401`, 200, ((n + 1) / 100).toFixed(3)),
      ),
      request(110, '10.0.0.2', '/api/broken', 502, '3.000'),
    ];
    const app = [
      '2026-11-25 10:00:00 INFO synced 17 records, 0 failed\n',
      '2026-11-25 10:00:01 INFO synced 18 records, no errors\n',
      '2026-11-25 10:00:02 INFO synced 3 records, 2 failed\n',
      '2026-11-25 10:00:03 ERROR sync failed: connection reset\n',
      '2026-11-25 10:00:04 INFO step 1 took 250 ms\n',
      '2026-11-25 10:00:05 INFO step 2 took 1.5 s\n',
    ];
    const site = smallSite(
      temporaryFolder(test),
      { 'access.log': access.join(''), 'app.log': app.join(''), 'empty.log': '' },
      {
        profile: [
          'database: {engine: none}',
          'logs:',
          '  sources: {access: {files: [access.log]}, app: {files: [app.log]}, empty: {files: [empty.log]}}',
          '  rates:',
          '    sync: {source: app, success: [synced], failure: ["\\\\bfailed\\\\b"], minPercent: 60}',
          '    none: {source: empty, success: [synced], failure: [failed], minPercent: 60}',
        ].join('\n'),
      },
    );
    const run = async <R>(command: Parameters<typeof runCommand>[0], ...argv: string[]) => {
      const ran = await runCommand(command, [...argv, '--json'], { site: site.profile });
      return { ...ran, ...ran.json<R>() };
    };
    const rate = await run<{ rates: { success: number; failure: number; percent: number }[] }>(
      ...([LogsRate, 'sync'] as const),
    );
    assert.deepEqual([rate.code, rate.error.code], [6, 'E_RATE_LOW']);
    assert.deepEqual(
      rate.result.rates.map(({ success, failure, percent }) => [success, failure, percent]),
      [[2, 2, 50]],
    );
    assert.equal((await run(LogsRate, 'none')).code, 7, 'nothing is not all');
    assert.equal((await run(LogsRate, 'other')).code, 2);

    const times = await run<{
      timed: number;
      kinds: { name: string; p50: number; p95: number; max: number }[];
    }>(...([LogsLatency, 'access', '--by', 'path'] as const));
    const projects = times.result.kinds.find(({ name }) => name === '/api/projects/<n>');
    assert.deepEqual([projects?.p50, projects?.p95, projects?.max], [500, 950, 1000]);
    assert.equal(times.result.kinds[0]?.name, '/api/broken');
    const steps = await run<{ kinds: { name: string; max: number; count: number }[] }>(
      LogsLatency,
      'app',
    );
    assert.equal(
      Math.max(...steps.result.kinds.map(({ max }) => max)),
      1500,
      'units are understood',
    );

    const refused = await run<{
      requests: number;
      refused: number;
      groups: { name: string; requests: number; isBurst: boolean }[];
    }>(...([LogsAccess, 'access', '--failed', '--by', 'client'] as const));
    assert.deepEqual(
      [
        refused.result.requests,
        refused.result.refused,
        refused.result.groups.map(({ name, requests, isBurst }) => [name, requests, isBurst]),
      ],
      [113, 12, [['10.0.0.9', 12, true]]],
    );
    const paths = await run<{ groups: { name: string; broken: number }[] }>(LogsAccess, 'access');
    assert.deepEqual(
      paths.result.groups.map(({ name, broken }) => [name, broken]),
      [
        ['GET /api/projects/<n>', 0],
        ['GET /login', 0],
        ['GET /api/broken', 1],
      ],
    );
    assert.equal((await run(LogsAccess, 'app')).code, 7);
  });
});
