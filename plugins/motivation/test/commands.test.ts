import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { dayStamp } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import MotivationRun from '../src/commands/motivation/run.ts';
import MotivationShow from '../src/commands/motivation/show.ts';
import type { Motivation } from '../src/motivation.ts';

type Kept = Motivation & { path: string; report: string };

function shell(context: TestContext) {
  const profile =
    'database: {engine: none}\nuploads: {dirs: []}\nnginx: {bin: /nowhere/nginx}\npm2: {bin: /nowhere/pm2}';
  const site = smallSite(temporaryFolder(context), {}, { profile });
  mkdirSync(site.state, { mode: 0o700 });
  const options = { site: site.profile };
  return {
    ...site,
    motivation: (...argv: string[]) => runCommand(MotivationRun, argv, options),
    show: (...argv: string[]) => runCommand(MotivationShow, argv, options),
  };
}

describe('motivation', () => {
  it('tells a day from the real record, keeps it, and shows it again', async (context) => {
    const { state, motivation, show } = shell(context);
    assert.equal((await show()).code, 2);
    const changelog = openChangelog(state);
    const { session } = await changelog.startSession({ title: 'Slow health check' });
    await changelog.append({ type: 'result', actor: 'user', content: 'It takes 2.1 s.' });
    await changelog.append({ type: 'command', actor: 'system', content: 'om-ops git status' });
    await changelog.closeSession({
      summary: 'It answers in 38 ms. password=hunter2',
      outcome: 'success',
    });
    await changelog.startSession({ title: 'Gallery to WebP' });
    const told = (await motivation('--json')).json<Kept>();
    assert.equal(told.ok, true, JSON.stringify(told.error));
    const { result } = told;
    assert.equal(result.headline, 'It answers in 38 ms');
    assert.deepEqual(
      result.accomplishments.map(({ kind, ref }) => [kind, ref]),
      [['session', `changelog/report.html#tab=timeline&session=${session.session_id}`]],
    );
    const { sessions, succeeded, open, entries } = result.counts;
    assert.deepEqual([sessions, succeeded, open, entries], [2, 1, 1, 1]);
    assert.equal(result.streak.days, 1);
    assert.equal(result.quiet, false);
    assert.match(result.next[0]?.text ?? '', /^“Gallery to WebP”, open since /);
    for (const file of [result.path, result.report])
      assert.doesNotMatch(readFileSync(file, 'utf8'), /hunter2/);
    assert.match(readFileSync(join(state, 'index.html'), 'utf8'), /It answers in 38 ms/);
    const shown = await show('--date', 'today');
    assert.equal(shown.code, 0);
    assert.match(shown.stdout, /It answers in 38 ms\.\n.*It can go on with:/s);
    assert.equal((await show('--json')).json<Kept>().result.date, dayStamp(new Date()));
    const quiet = (await motivation('--date', 'yesterday', '--json')).json<Kept>().result;
    assert.equal(quiet.quiet, true);
    assert.deepEqual(quiet.accomplishments, []);
    // What failed of a day is told without praise.
    await changelog.closeSession({ outcome: 'fail' });
    const mixed = (await motivation('--json')).json<Kept>().result;
    assert.deepEqual(
      mixed.setbacks.map(({ title }) => title),
      ['Gallery to WebP'],
    );
  });

  it('changes nothing in a dry run, and says when a part of the record cannot be read', async (context) => {
    const { state, motivation } = shell(context);
    const dry = await motivation('--dry-run', '--date', '2026-01-02');
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /days\/2026-01-02\.json.*Nothing was changed/);
    assert.deepEqual(readdirSync(state), []);
    mkdirSync(join(state, 'roadmap'));
    writeFileSync(join(state, 'roadmap/roadmap.json'), '{"milestones": 1}');
    const part = await motivation('--json');
    assert.equal(part.code, 7);
    assert.match(part.json().warnings.join('\n'), /The milestones could not be read: roadmap: /);
    assert.equal((await motivation('--date', 'tomorrow')).code, 2);
  });
});
