import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openChangelog, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { buildPages } from '../../../scripts/build-pages.mjs';
import { makeReport } from '../src/report/report.ts';
import type { AnalysisReport } from '../src/report/types.ts';

test('a work session is linked only while there is a changelog page to open', async (context) => {
  await buildPages(['plugins/analysis']);
  const state = temporaryFolder(context);
  mkdirSync(join(state, 'changelog'));
  const { session } = await openChangelog(state).startSession({ title: 'Record tables' });
  const made = async (): Promise<AnalysisReport> => {
    const { path } = await makeReport({
      site: 'demo',
      state,
      version: '0.1.0',
      progress: silentProgress(),
    });
    const html = readFileSync(path, 'utf8');
    return JSON.parse(/id="report-data">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '');
  };
  const without = await made();
  assert.equal(without.work[0]?.sessions[0]?.title, 'Record tables');
  assert.equal(without.work[0]?.sessions[0]?.link, undefined);
  assert.equal(without.changelogLink, undefined);
  writeFileSync(join(state, 'changelog/report.html'), '');
  const withPage = await made();
  assert.equal(
    withPage.work[0]?.sessions[0]?.link,
    `../changelog/report.html#tab=timeline&session=${session.session_id}`,
  );
  assert.equal(withPage.changelogLink, '../changelog/report.html');
});
