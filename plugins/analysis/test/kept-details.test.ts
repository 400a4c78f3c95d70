import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { makeReport } from '../src/report/report.ts';
import { analysisFolders, prune } from '../src/run/store.ts';
import { run } from './run-fixture.ts';
import { writeFiles } from './tree-fixture.ts';

const now = new Date('2026-11-22T12:00:00Z');

test('a report with kept details is the report without them', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  const { details, runs } = analysisFolders(state);
  const made = async (): Promise<string> => {
    const { path } = await makeReport({
      site: 'x',
      state,
      pages: [],
      version: '0',
      progress: silentProgress(),
      now,
    });
    return readFileSync(path, 'utf8');
  };
  const names: string[] = [];
  for (let at = 0; at < 4; at += 1) {
    writeFiles(folder, { [`site/a${at}/same`]: 'x'.repeat(at + 1), [`site/b${at}/same`]: 'y' });
    names.push((await run(folder)).run);
  }
  const keptRuns = (): string[] => Object.keys(JSON.parse(readFileSync(details, 'utf8')).runs);
  const page = await made();
  assert.deepEqual(keptRuns().sort(), names.slice(0, 3));
  // What is kept is what is shown: nothing is read from the runs again.
  const text = readFileSync(details, 'utf8');
  assert.equal(await made(), page);
  assert.equal(readFileSync(details, 'utf8'), text);
  for (const damaged of [
    '',
    '{',
    'null',
    '{"format":"0","runs":{}}',
    text.replace('packed', 'x'),
  ]) {
    writeFileSync(details, damaged);
    assert.equal(await made(), page, damaged);
  }
  assert.equal(readFileSync(details, 'utf8'), text);
  // A run that was changed by hand is read anew; one that is gone is forgotten.
  appendFileSync(join(runs, names[0]!, 'analysis.json'), ' \n');
  assert.equal(await made(), page);
  assert.notEqual(readFileSync(details, 'utf8'), text);
  await prune(state, { kept: names.slice(1), removed: names.slice(0, 1) });
  assert.notEqual(await made(), page);
  assert.deepEqual(keptRuns().sort(), names.slice(1, 3));
});
