import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { programPath } from '@om-ops/test-support/daemon';
import { nginxFolder } from '@om-ops/test-support/nginx';
import { readConfiguration } from '../src/config/configuration.ts';

const names = [
  'a.conf',
  'b.conf',
  'B.conf',
  '.hidden.conf',
  'c.conf.bak',
  'é.conf',
  'x[1].conf',
  'x1.conf',
  'x2.conf',
  'x-.conf',
  'deep/d.conf',
  'deeper/d.conf',
  'star*.conf',
  'z y.conf',
];

const patterns = [
  '*',
  '*.conf',
  '[ab].conf',
  '[!ab].conf',
  '[^ab].conf',
  '[a-c]*',
  'x?.conf',
  'x[0-9].conf',
  'x[]1-].conf',
  'x\\[1\\].conf',
  'star\\*.conf',
  'x[1.conf',
  '.*.conf',
  '?hidden.conf',
  'deep*/d.conf',
  '*/d.conf',
  'deep/../a.conf',
  '../files/a*.conf',
  'no-such-*',
  'é*',
  '"z y.conf"',
  "'z *'",
];

describe('what an include finds', () => {
  it('is what nginx finds, in its order', (t) => {
    for (const pattern of patterns) {
      const quote = /^["']/.exec(pattern)?.[0] ?? '"';
      const bare = pattern.replace(/^["']|["']$/g, '').replaceAll('\\', '\\\\');
      const nginx = nginxFolder(t, `types { include ${quote}files/${bare}${quote}; }`);
      for (const name of names) nginx.put(join('files', name), `text/x y${names.indexOf(name)};\n`);
      symlinkSync('a.conf', join(nginx.folder, 'files/linked.conf'));
      const ran = spawnSync(programPath('nginx'), ['-T', '-c', nginx.conf], { encoding: 'utf8' });
      let read: string[] | undefined;
      try {
        read = readConfiguration(nginx.conf).files.map(({ path }) => path);
      } catch (error) {
        assert.notEqual(ran.status, 0, `${pattern}: ${String(error)}`);
        continue;
      }
      assert.equal(ran.status, 0, `${pattern}: ${ran.stderr}; om-ops: ${read.join(', ')}`);
      const theirs = [...ran.stdout.matchAll(/^# configuration file (.*):$/gm)].map(
        ([, path]) => path,
      );
      assert.deepEqual(read, theirs, pattern);
    }
  });
});
