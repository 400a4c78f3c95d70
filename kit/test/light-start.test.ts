import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const lib = join(import.meta.dirname, '../lib');

/** What a bundle loads at once, itself included; what it imports only when it is needed is left out. */
function loadedWith(entry: string): string {
  const seen = new Map<string, string>();
  const queue = [entry];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    const text = readFileSync(join(lib, name), 'utf8');
    seen.set(name, text);
    for (const [, next] of text.matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g))
      queue.push(`${next}`);
  }
  return [...seen.values()].join('\n');
}

describe('the kit that every command loads', () => {
  it('leaves the work sessions to those that ask for them', () => {
    // The name of a session's file of entries: only the journal's modules hold it.
    const onlyJournals = 'entries.jsonl';
    assert.equal(loadedWith('journal.js').includes(onlyJournals), true);
    assert.equal(loadedWith('index.js').includes(onlyJournals), false);
  });
});
