import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isOpsError } from '../src/errors.ts';
import { envAssignments, envSecrets, parseEnvFile, readEnvFile } from '../src/site/env-file.ts';
import { redactEnvTemplate } from '../src/site/env-template.ts';

const read = (text: string) =>
  Object.fromEntries(
    [...envAssignments(parseEnvFile(text))].map(([key, { value }]) => [key, value]),
  );

/** What dotenv 17 does (motdotla/dotenv, BSD-2-Clause), to compare with. */
function dotenv(text: string): Record<string, string> {
  const pattern =
    /(?:^|^)\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)/gm;
  const values: Record<string, string> = {};
  for (const match of text.replace(/\r\n?/g, '\n').matchAll(pattern)) {
    let value = (match[2] ?? '').trim();
    const quote = value[0];
    value = value.replace(/^(['"`])([\s\S]*)\1$/gm, '$2');
    if (quote === '"') value = value.replace(/\\n/g, '\n').replace(/\\r/g, '\r');
    values[match[1]!] = value;
  }
  return values;
}

describe('parseEnvFile', () => {
  const cases: [name: string, text: string, values: Record<string, string>][] = [
    ['plain', 'A=1\nB=two words\n', { A: '1', B: 'two words' }],
    ['a BOM and CRLF', '\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['quotes', `A="x y"\nB='x # y'\nC=\`it's "q"\`\n`, { A: 'x y', B: 'x # y', C: `it's "q"` }],
    ['escapes', 'A="1\\n2"\nB=\'1\\n2\'\nC=1\\n2', { A: '1\n2', B: '1\\n2', C: '1\\n2' }],
    ['an escaped quote', 'A="say \\"hi\\""\n', { A: 'say \\"hi\\"' }],
    ['a value that ends in a backslash', 'A="c:\\dir\\"\nB=1\n', { A: 'c:\\dir\\', B: '1' }],
    ['several lines', 'A="1\n2\n\n3"\nB=4', { A: '1\n2\n\n3', B: '4' }],
    ['export', 'export A=1\nexport  B="2"\nexport=3', { A: '1', B: '2', export: '3' }],
    [
      'inline comments',
      'A=1 # one\nB="2" # two\nC=3#4\nD= # none',
      { A: '1', B: '2', C: '3', D: '' },
    ],
    ['spaces', '  A = 1  \nB=\nC =', { A: '1', B: '', C: '' }],
    ['YAML style', 'A: 1\nB:2\nC: "x y"', { A: '1', C: 'x y' }],
    ['the last of two', 'A=1\nA=2', { A: '2' }],
    ['an unterminated quote', 'A="1\nB=2', { A: '"1', B: '2' }],
    ['equals signs in the value', 'A=a=b==\nB="k=v"', { A: 'a=b==', B: 'k=v' }],
    ['no line ending', 'A=1', { A: '1' }],
    ['nothing', '', {}],
    ['comments and nonsense', '# A=1\n\nnonsense\n"\nA.b-c=2', { 'A.b-c': '2' }],
  ];
  for (const [name, text, values] of cases) {
    it(`reads ${name}`, () => {
      assert.deepEqual(read(text), values);
      assert.deepEqual(dotenv(text), values, 'what dotenv reads');
    });
  }

  it('keeps every line with its numbers', () => {
    const text = '# top\n\nA="1\n2" # why\nnonsense\nexport B=3\n';
    const lines = parseEnvFile(text);
    assert.deepEqual(
      lines.map((line) => [line.kind, line.startLine, line.endLine]),
      [
        ['comment', 1, 1],
        ['blank', 2, 2],
        ['assignment', 3, 4],
        ['malformed', 5, 5],
        ['assignment', 6, 6],
      ],
    );
    assert.equal(`${lines.map((line) => line.raw).join('\n')}\n`, text);
    assert.deepEqual(envSecrets(lines), ['1\n2', '"1\n2"', '3']);
  });

  it('keeps what dotenv cuts off a password among the secrets', () => {
    assert.ok(envSecrets(parseEnvFile('P=ab#cdef')).includes('ab#cdef'));
  });

  it('reads what dotenv reads', () => {
    const piece = fc.constantFrom(
      ...['A', 'B', 'x', 'y y', '"', "'", '`', '\\', '\\n', '\\"', "\\'", '#', ' # ', '\n', '='],
      ...['A=', 'B = ', 'export C=', 'D: ', 'A="', "B='", '"\n', '\t', '\r\n', '\n\n', ' ', '12'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        // dotenv also joins a key, `=` and a value that stand on three lines; nobody means that.
        fc.pre(!/[=:]\s*\n\s*["'`]|:[^\S\n]*\r?(?:\n|$)|export\s*\n|\n[^\S\n]*[=:]/.test(text));
        assert.deepEqual(read(text), dotenv(text));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('readEnvFile', () => {
  it('says which file is missing', () => {
    assert.throws(
      () => readEnvFile('/nonexistent/.env'),
      (error) =>
        isOpsError(error) && error.exit === 5 && error.message.includes('/nonexistent/.env'),
    );
  });

  it('reads a file', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'om-ops-env-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, '.env'), 'DB_NAME=shop\n');
    assert.equal(readEnvFile(join(folder, '.env')).get('DB_NAME')?.value, 'shop');
  });
});

describe('redactEnvTemplate', () => {
  const cases: [name: string, text: string, template: string][] = [
    [
      'keeps keys, order, blank lines and comments',
      '# Database\nDB_HOST=localhost\n\nexport DB_PASSWORD="hunter 22"\nEMPTY=\nY: yes\n',
      '# Database\nDB_HOST=<REDACTED>\n\nexport DB_PASSWORD=<REDACTED>\nEMPTY=<REDACTED>\nY: <REDACTED>\n',
    ],
    ['keeps CRLF', 'A=1\r\nB=2', 'A=<REDACTED>\r\nB=<REDACTED>\r\n'],
    ['takes all lines of a value', 'A="1\n2\n3"\nB=4', 'A=<REDACTED>\nB=<REDACTED>\n'],
    [
      'keeps certain inline comments only',
      'A="s3cret" # rotate yearly\nB=abc # daily\nC=abc#def\nD=abc #def\nE=#abc',
      'A=<REDACTED> # rotate yearly\nB=<REDACTED> # daily\nC=<REDACTED>\nD=<REDACTED>\nE=<REDACTED>\n',
    ],
    [
      'hides commented-out assignments',
      '#DB_PASSWORD=old pass\n## export X="y z" # w\n# was DB_PASS=hunter1 once\n# SMTP_KEY: abc def\n# NOTE: keep\n',
      '#DB_PASSWORD=<REDACTED>\n## export X=<REDACTED>\n# was DB_PASS=<REDACTED>\n# SMTP_KEY: <REDACTED>\n# NOTE: keep\n',
    ],
    [
      'hides commented-out values over several lines',
      '#K="-----BEGIN\n#abc\n#end"\n# after\n',
      '#K=<REDACTED>\n# <REDACTED>\n# <REDACTED>\n# after\n',
    ],
    [
      'hides values that comments repeat',
      '# in production we use hunter2\nPW=hunter2\nMODE=production\n',
      '# in <REDACTED> we use <REDACTED>\nPW=<REDACTED>\nMODE=<REDACTED>\n',
    ],
    [
      'hides what else looks like a secret in a comment',
      '# old one: mysql://u:pw@h/db\n# the password is swordfish\n# aGVsbG8gd29ybGQgMTIzNDU2Nzg5MA==\n# see https://example.com/a/b-c/d\n',
      '# old one: mysql://u:<REDACTED>@h/db\n# the password is <REDACTED>\n# <REDACTED>\n# see https://example.com/a/b-c/d\n',
    ],
    [
      'hides what command lines in comments are given',
      '# curl -u admin:CANARY https://x\n# mysql -pCANARY -u root\n# sshpass -p CANARY ssh x\n# x --db-password CANARY -v\n# docker run -p 8080:80 -u 1000:1000\n# see https://x/?a=1&token=CANARY\n',
      '# curl -u admin:<REDACTED> https://x\n# mysql -p<REDACTED> -u root\n# sshpass -p <REDACTED> ssh x\n# <REDACTED> --db-password <REDACTED>\n# docker run -p 8080:80 -u 1000:1000\n# see https://x/?a=<REDACTED>\n',
    ],
    [
      'hides what comments say is a password, in several languages',
      '# Passwort: CANARY\n# Kennwort:\n# CANARY\n# mot de passe CANARY\n# contraseña es CANARY\n# κωδικός CANARY\n# parola CANARY\n# Datenbankpasswort CANARY\n# CANARY is the password\nA=1 # pass CANARY\n',
      '# Passwort: <REDACTED>\n# Kennwort:\n# <REDACTED>\n# mot de passe <REDACTED>\n# contraseña es <REDACTED>\n# κωδικός <REDACTED>\n# parola <REDACTED>\n# Datenbankpasswort <REDACTED>\n# <REDACTED> is the password\nA=<REDACTED> # pass <REDACTED>\n',
    ],
    [
      'keeps comments that only speak of secrets',
      '# JWT secret, generate with openssl rand -base64 32\n# password for the database (at least 16 characters)\n# key of Bob\nA=1\n',
      '# JWT secret, generate with openssl rand -base64 32\n# password for the database (at least 16 characters)\n# key of Bob\nA=<REDACTED>\n',
    ],
    [
      'replaces malformed lines',
      'A=1\nhunter2\nB=2\n',
      'A=<REDACTED>\n# <REDACTED>\nB=<REDACTED>\n',
    ],
    [
      'stops at a quote that is never closed',
      'A=1\nB="abc\nC=2\nmore\n',
      'A=<REDACTED>\nB=<REDACTED>\n# <REDACTED> (the quote opened above is never closed)\n',
    ],
    [
      'hides keys and values that run on without quotes',
      'K=-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----\nA=1 \\\nB=2\nC=3',
      'K=<REDACTED>\n# <REDACTED>\n# <REDACTED>\nA=<REDACTED>\n# <REDACTED>\nC=<REDACTED>\n',
    ],
    ['makes nothing of nothing', '', ''],
  ];
  for (const [name, text, template] of cases) {
    it(name, () => assert.equal(redactEnvTemplate(text), template));
  }

  const word = fc.oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }),
    fc.constantFrom('hunter2', 'production', 'REDACTED', '<REDACTED>', 'pass word', '####', 'a=b'),
    fc.constantFrom('"', "'", '`', '\\', '\n', '\r\n', ' # ', '#', '-----BEGIN x', '=', ': ', '\0'),
  );
  const line = fc.oneof(
    fc.tuple(fc.constantFrom('A=', 'export B=', 'C: ', 'PASS="', "D='", ' E = `'), fc.array(word)),
    fc.tuple(fc.constantFrom('#', '# ', '#A=', '# x ', '', '#"'), fc.array(word)),
  );
  const file = fc.oneof(
    fc.array(line).map((lines) => lines.map(([start, words]) => start + words.join('')).join('\n')),
    fc.array(word).map((words) => words.join('')),
  );

  it('lets no value through, whatever the file', () => {
    fc.assert(
      fc.property(file, (text) => {
        const values = [...envAssignments(parseEnvFile(text)).values()]
          .map(({ value }) => value)
          .flatMap((value) => [value, ...value.split('\n')])
          .map((value) => value.trim())
          .filter((value) => value.length >= 4);
        for (const out of redactEnvTemplate(text).split(/\r?\n/)) {
          const assigned = /^(?:export )?[\w.-]+(?:=|: )<REDACTED>(?: (#.*))?$/s.exec(out);
          const comment = assigned === null ? out : (assigned[1] ?? '');
          if (/^(# <REDACTED>( \(the quote opened above is never closed\))?)?$/.test(comment))
            continue;
          assert.equal(comment[0], '#');
          for (const piece of comment.split('<REDACTED>')) {
            for (const value of values) assert.ok(!piece.includes(value), `${value} in ${out}`);
          }
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('lets no commented-out value through', () => {
    const secret = fc
      .string({ minLength: 4, maxLength: 30, unit: 'grapheme-ascii' })
      // An equals sign in front counts to the assignment's own.
      .filter((text) => text.trim().length >= 4 && !text.trimStart().startsWith('='));
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('', '"', "'"),
        fc.constantFrom('#', '# ', '#export '),
        (value, quote, start) => {
          const out = redactEnvTemplate(`${start}DB_PASSWORD=${quote}${value}${quote}\nA=1\n`);
          assert.equal(out, `${start}DB_PASSWORD=<REDACTED>\nA=<REDACTED>\n`);
        },
      ),
    );
  });

  it('stays quick on a hostile file', () => {
    const started = performance.now();
    redactEnvTemplate(`A="${String.raw`\"`.repeat(20000)}\n`.repeat(3));
    redactEnvTemplate(`# ${'a='.repeat(20000)}`);
    redactEnvTemplate(`# ${'password '.repeat(5000)}\n`);
    redactEnvTemplate('A="x\n'.repeat(3000));
    for (const unit of ['a', '-p', '-a redis-cli ', 'A_', 'token key ', 'κ', '?a=;'])
      redactEnvTemplate(`# ${unit.repeat(4000)}\n`);
    assert.ok(performance.now() - started < 5000);
  });
});
