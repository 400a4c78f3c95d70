// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { Redactor } from '../src/redact.ts';
import { readEnvFiles } from '../src/site/env.ts';
import { expandEnv } from '../src/site/env-expansion.ts';
import { envAssignments, parseEnvFile } from '../src/site/env-file.ts';
import { redactEnvTemplate } from '../src/site/env-template.ts';
import { hideEnvValues } from '../src/site/site.ts';

function expanded(text: string): Record<string, string> {
  return Object.fromEntries(expandEnv(envAssignments(parseEnvFile(text))).values);
}

describe('expandEnv', () => {
  it('puts in what variables stand for, whatever the order', () => {
    const values = expanded(
      'DATABASE_URL="postgres://${DB_USER}:${DB_PASSWORD}@$DB_HOST:5432/${DB_NAME:-shop}"\nDB_USER=app\nDB_PASSWORD=pw\nDB_HOST=h\n',
    );
    assert.equal(values.DATABASE_URL, 'postgres://app:pw@h:5432/shop');
  });

  it('leaves what is no variable', () => {
    assert.deepEqual(expanded("A='${B}'\nB=x\nC=pa$word\nD=a\\$B\nE=$$\nF=${B:+y}\nG=${NONE:-}"), {
      A: '${B}',
      B: 'x',
      C: 'pa$word',
      D: 'a$B',
      E: '$$',
      F: 'y',
      G: '',
    });
  });

  it('names what nothing sets, and ends in circles and in what grows without measure', () => {
    const { values, unresolved } = expandEnv(
      envAssignments(parseEnvFile('A=${NONE}_x\nB=${C}\nC=${B}')),
    );
    assert.equal(values.get('A'), '${NONE}_x');
    assert.equal(unresolved.get('A'), 'NONE');
    assert.ok(unresolved.has('B') || unresolved.has('C'));
    const lines = Array.from({ length: 60 }, (_, at) => `V${at}=\${V${at + 1}}\${V${at + 1}}`);
    const grown = expanded(`${lines.join('\n')}\nV60=xxxxxxxx`);
    assert.ok(Object.values(grown).every((value) => value.length <= 64 * 1024));
  });
});

describe('readEnvFiles', () => {
  it('expands across files, and what comes of it is as secret as what it came from', (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, '.env'), 'DB_PASSWORD=Tr0ub4dor\nAPP_KEY=k3y\n');
    writeFileSync(
      join(folder, '.env.production'),
      'DATABASE_URL=mysql://app:${DB_PASSWORD}%23x@h/shop\nJOINED=${APP_KEY}-${DB_PASSWORD}\n',
    );
    const { values } = readEnvFiles({
      envFiles: ['.env.production', '.env'],
      below: (path) => join(folder, path),
    });
    assert.equal(values.get('DATABASE_URL'), 'mysql://app:Tr0ub4dor%23x@h/shop');
    const redactor = new Redactor();
    hideEnvValues(redactor, values, new Set(), () => false);
    for (const secret of ['Tr0ub4dor#x', 'k3y-Tr0ub4dor', 'mysql://app:Tr0ub4dor%23x@h/shop']) {
      assert.ok(!redactor.text(`denied for ${secret}.`).includes('Tr0ub'), secret);
    }
  });

  it("reads the constants of WordPress' wp-config.php, which no template shows", (t) => {
    const folder = temporaryFolder(t);
    const text = `<?php
/* define( 'DB_NAME', 'old' ); */
/*
define( 'DB_USER', 'old' );
*/
define( 'DB_NAME', 'blog' );
define("DB_PASSWORD", "it's $ecret");
define( 'DB_HOST', 'localhost:/run/mysqld/mysqld.sock' );
$table_prefix = 'wp_secret';
`;
    writeFileSync(join(folder, 'wp-config.php'), text);
    const { values } = readEnvFiles({
      envFiles: ['wp-config.php'],
      below: (path) => join(folder, path),
    });
    assert.deepEqual(Object.fromEntries(values), {
      DB_NAME: 'blog',
      DB_PASSWORD: "it's $ecret",
      DB_HOST: 'localhost:/run/mysqld/mysqld.sock',
    });
    const template = redactEnvTemplate(text);
    assert.match(template, /^DB_PASSWORD=<REDACTED>$/m);
    assert.doesNotMatch(template, /blog|ecret|old/);
  });
});
