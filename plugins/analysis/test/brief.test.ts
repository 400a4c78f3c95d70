import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { briefAnalysis } from '../src/run/brief.ts';
import { analysisFolders, loadAnalysis } from '../src/run/store.ts';
import { run } from './run-fixture.ts';
import { writeFiles } from './tree-fixture.ts';

test('a run is read with as many groups as are wanted, and all else whole', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  for (let at = 0; at < 20; at += 1)
    writeFiles(folder, {
      [`site/a/f"stale":${at}\n`]: at + 1,
      [`site/b/f"stale":${at}\n`]: at + 1,
    });
  const { run: name, ...whole } = await run(folder);
  assert.equal(whole.duplicates.groupCount, 20);
  for (const most of [0, 1, 7, 19, 20, 21, 1000]) {
    const brief = loadAnalysis(state, name, most);
    const { groups } = brief.duplicates;
    assert.deepEqual(groups, whole.duplicates.groups.slice(0, groups.length));
    assert.ok(most >= 19 ? groups.length >= 19 : groups.length === most, `${most}`);
    assert.equal(brief.duplicates.groupCount, 20);
    const { duplicates: _, ...rest } = loadAnalysis(state, name);
    const { duplicates: __, ...briefRest } = brief;
    assert.deepEqual(briefRest, rest);
  }
});

test('a run without groups, and one that is laid out differently, is read whole', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  writeFiles(folder, { 'site/a': 'x' });
  const { run: name } = await run(folder);
  assert.deepEqual(loadAnalysis(state, name, 5), loadAnalysis(state, name));
  const path = join(analysisFolders(state).runs, name, 'analysis.json');
  const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
  for (const text of [JSON.stringify(document), JSON.stringify(document, null, 2)]) {
    writeFileSync(path, text);
    assert.deepEqual(loadAnalysis(state, name, 0), loadAnalysis(state, name));
  }
  assert.equal(briefAnalysis(Buffer.from(''), 3), undefined);
});
