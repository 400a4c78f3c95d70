import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openChangelog } from '@om-ops/kit/journal';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import SummaryRun from '../src/commands/summary/run.ts';
import SummaryShow from '../src/commands/summary/show.ts';
import type { Summary } from '../src/summary.ts';

type Kept = Summary & { run: string; path: string; report: string };

/** A site that uses as little as a site can. */
export const bare = [
  'database: {engine: none}',
  'uploads: {dirs: []}',
  'nginx: {bin: /nowhere/nginx}',
  'pm2: {bin: /nowhere/pm2}',
].join('\n');

function shell(context: TestContext) {
  const site = smallSite(temporaryFolder(context), { 'a.txt': 'a' }, { profile: bare });
  mkdirSync(site.state, { mode: 0o700 });
  const options = { site: site.profile };
  return {
    ...site,
    summary: (...argv: string[]) => runCommand(SummaryRun, argv, options),
    show: (...argv: string[]) => runCommand(SummaryShow, argv, options),
  };
}

describe('summary', () => {
  it('keeps each run, compares with the last or with the one that is named, and shows it', async (context) => {
    const { state, summary, show } = shell(context);
    const none = await show();
    assert.equal(none.code, 2);
    assert.match(none.stderr, /There is no run yet.*om-ops summary run/s);
    const first = (await summary('--json')).json<Kept>();
    assert.equal(first.command, 'summary:run');
    const { result } = first;
    assert.equal(result.level, 'critical');
    assert.equal(first.error.code, 'E_CRITICAL');
    assert.ok(result.attention.some(({ command }) => command === 'om-ops backup run --all'));
    assert.deepEqual(JSON.parse(readFileSync(result.path, 'utf8')).panels, result.panels);
    assert.equal(result.path, join(state, 'summary/runs', result.run, 'summary.json'));
    assert.match(readFileSync(join(state, 'index.html'), 'utf8'), /summary\/report\.html/);
    openChangelog(state);
    const second = await summary();
    assert.equal(second.code, 6);
    assert.match(second.stdout, /^.+ critical/);
    assert.match(second.stdout, /Nothing changed since run |Since run /);
    assert.match(second.stdout, /Nothing watches this site.*om-ops schedule install/s);
    const named = (await summary('--since', result.run.slice(0, 13), '--json')).json<Kept>();
    if (named.error.code === 'E_CRITICAL') assert.equal(named.result.against?.run, result.run);
    else assert.equal(named.error.code, 'E_AMBIGUOUS');
    const exact = (await summary('--since', result.run, '--json')).json<Kept>();
    assert.equal(exact.result.against?.run, result.run);
    const shown = (await show(result.run, '--json')).json<Kept>();
    assert.equal(shown.ok, true);
    assert.equal(shown.result.verdict, result.verdict);
    assert.match(
      (await show()).stdout,
      /^This is what run .* saw .* ago; om-ops summary run looks anew\./,
    );
  });

  it('changes nothing in a dry run, and refuses a run that is not there', async (context) => {
    const { state, summary } = shell(context);
    const dry = await summary('--dry-run', '--json');
    assert.equal(dry.code, 0);
    const { result } = dry.json<{ dryRun: boolean; folder: string; report: string }>();
    assert.deepEqual(result, {
      dryRun: true,
      folder: join(state, 'summary/runs'),
      report: join(state, 'summary/report.html'),
    });
    assert.deepEqual(readdirSync(state), []);
    const missing = (await summary('--since', '2001', '--json')).json();
    assert.equal(missing.error.exit, 2);
    assert.match(missing.error.message, /^There is no run 2001 in /);
  });

  it('calls unknown what cannot be read, and goes on with the rest', async (context) => {
    const { state, summary } = shell(context);
    mkdirSync(join(state, 'roadmap'));
    writeFileSync(join(state, 'roadmap/roadmap.json'), '{"milestones": 1}');
    const { result, warnings } = (await summary('--json')).json<Kept>();
    const roadmap = result.panels.find(({ topic }) => topic === 'roadmap');
    assert.equal(roadmap?.state, 'unknown');
    assert.ok(result.counts.unknown > 0);
    assert.ok(
      result.attention.some(({ text }) =>
        /^The milestones could not be read: roadmap: /.test(text),
      ),
    );
    assert.ok(
      result.panels.some(({ topic, state: of }) => topic === 'backup' && of === 'critical'),
    );
    assert.deepEqual(
      warnings.filter((warning) => /roadmap/.test(warning)),
      [],
    );
  });
});
