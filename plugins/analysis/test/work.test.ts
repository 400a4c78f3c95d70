import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { buildPages } from '../../../scripts/build-pages.mjs';
import { makeReport } from '../src/report/report.ts';
import type { AnalysisReport } from '../src/report/types.ts';

test('the page has the work sessions of the changelog', async (context) => {
  await buildPages(['plugins/analysis']);
  const state = temporaryFolder(context);
  mkdirSync(join(state, 'changelog'));
  const { session } = await openChangelog(state).startSession({ title: 'Record tables' });
  const made = async (): Promise<AnalysisReport> => {
    const { path } = await makeReport({
      site: 'demo',
      state,
      pages: [],
      version: '0.1.0',
      progress: silentProgress(),
    });
    const html = readFileSync(path, 'utf8');
    return JSON.parse(/id="report-data">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '');
  };
  const { work } = await made();
  assert.equal(work[0]?.sessions[0]?.title, 'Record tables');
  assert.equal(work[0]?.sessions[0]?.id, session.session_id);
});
