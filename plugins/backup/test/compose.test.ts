import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { composeArchive, storableName } from '../src/archive/members-archive.ts';

const modified = new Date('2026-01-02T03:04:05Z');
const { signal } = new AbortController();

test('every member is stored under the name it was given, or the archive fails', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.tar.gz');
  const file = join(folder, 'file');
  writeFileSync(file, 'from a file');
  const names = [
    'plain',
    'with space/ü',
    'x:y.db',
    'C:/x',
    'a\\b',
    '..hidden',
    'a/..b',
    "od d=na.me'x",
  ];
  const members = names.flatMap((name, at) => [
    { name: storableName(name), content: `${at}`, modified },
    { name: storableName(`link-${name}`), content: { linkTo: 'a\\b:c' }, modified },
  ]);
  members.push({
    name: storableName('s:file'),
    content: { path: file, bytes: 11 },
    modified,
  } as never);
  {
    await using output = await open(path, 'w');
    await composeArchive(members, output, { signal });
  }
  const listed = execFileSync('tar', ['--quoting-style=literal', '-tzf', path], {
    encoding: 'utf8',
  });
  assert.deepEqual(
    listed.trimEnd().split('\n'),
    members.map(({ name }) => name),
  );
  assert.equal(new Set(members.map(({ name }) => name)).size, members.length);
  for (const name of ['a\\b', 'x:y', '/rooted', '../up']) {
    await using output = await open(path, 'w');
    await assert.rejects(
      composeArchive([{ name, content: 'x', modified }], output, { signal }),
      /was stored as/,
      name,
    );
  }
});
