import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { entriesOf } from '../src/repository/index-file.ts';
import { gitSite } from './git-site.ts';

// Names of all lengths modulo eight, one longer than an entry can say, one of several bytes a letter.
const names = [1, 2, 3, 4, 5, 6, 7, 8, 9, 60].map((length) => 'n'.repeat(length));
const long = `${'deep/'.repeat(840)}file`;

describe('the file of an index', () => {
  it('is read as git reads it, and left to git where it is of another kind', (t) => {
    const contents = Object.fromEntries(
      [...names, 'ünï.txt', 'sub/x'].map((name) => [name, 'x\n']),
    );
    const site = gitSite(t, contents);
    const read = () => entriesOf(readFileSync(join(site.root, '.git/index')));
    const count = names.length + 2;
    const blob = site.git('rev-parse', ':sub/x').trim();
    assert.deepEqual(read(), { count, isAnyFlagged: false });
    site.git('update-index', '--add', '--cacheinfo', `100644,${blob},${long}`);
    assert.deepEqual(read(), { count: count + 1, isAnyFlagged: false });
    site.git('rm', '-q', '--cached', long);
    for (const flag of ['assume-unchanged', 'skip-worktree']) {
      site.git('update-index', `--${flag}`, 'nnn');
      assert.deepEqual(read(), { count, isAnyFlagged: true }, flag);
      site.git('update-index', `--no-${flag}`, 'nnn');
      assert.deepEqual(read(), { count, isAnyFlagged: false }, flag);
    }
    site.write('meant', 'x\n');
    site.git('add', '--intent-to-add', 'meant');
    assert.deepEqual(read(), { count: count + 1, isAnyFlagged: true });
    site.git('rm', '-q', '--cached', 'meant');
    site.git('update-index', '--index-version', '4');
    assert.equal(read(), undefined, 'version 4');
    site.git('update-index', '--index-version', '2');
    assert.deepEqual(read(), { count, isAnyFlagged: false });
    const whole = readFileSync(join(site.root, '.git/index'));
    whole[whole.length >> 1]! ^= 1;
    assert.equal(entriesOf(whole), undefined, 'damaged');
    site.git('update-index', '--split-index');
    assert.equal(read(), undefined, 'split');
  });
});
