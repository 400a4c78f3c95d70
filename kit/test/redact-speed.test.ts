import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Redactor, redacted } from '../src/redact.ts';
import { redactEnvTemplate } from '../src/site/env-template.ts';
import { oldText, oldValue } from './redact-old-rules.ts';

const length = 2 * 1024 * 1024;
const run = (text: string, bytes = length) =>
  text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);

/** Each of these is a run before a sign that some rule waits for. */
const runs: Record<string, string> = {
  hex: `${run('0123456789abcdef')} http://x`,
  hexurl: `http://x${run('a0')}`,
  dash: run('a-'),
  sch: `a://b:${run('x')}`,
  dots: `${run('a.')}http://x`,
  ab: run('a=b,', 2 * length),
  at: run('a://b:c@'),
  s2: run('://'),
  s3: run('a://b:'),
  q: run('password="'),
  q2: run('password=\\"'),
  q3: `password="${run('\\"password=\\"')}`,
  sq: run("password='"),
  sp: `${run(' ')}=`,
  sp2: `password${run(' ')}=${run(' ')}`,
  sp3: run('password = '),
  uniq: Array.from({ length: 200000 }, (_, i) => `key${i}=v`).join(','),
  br: run('password=['),
  nest: run('password={\n'),
  nest2: run('password={"'),
  nest3: run('password={"a\n'),
  nest4: run('password={[\n'),
  tab: run('a\t'),
  tab2: run('password\t'),
  tab3: `password${run('\t')}`,
  pg: run('a.b:100:'),
  pg2: run('a.b:100:c:d:'),
  pg3: run('a.b:100:c:d:\n'),
  pg4: `a.b:100:${run('\\:')}`,
  bearer: run('Bearer '),
  bearer2: `Bearer${run(' ')}`,
  bas: run('Basic a'),
  bas2: `Basic ${run('a')}`,
  eyj: run('eyJ'),
  eyjd: run('eyJaaaaa.'),
  pem: run('-----BEGIN PRIVATE KEY-----\n'),
  pem2: run('-----BEGIN RSA '),
  yml: run('password: |\n'),
  yml2: run('password: | '),
  xml: run('<a '),
  xml2: run('<a>'),
  xml3: run('</a <a '),
  opt: run('--a'),
  opt2: run(' --a'),
  u: run('-u a'),
  u2: run(' -u a:'),
  my: `mysql ${run(' -p')}`,
  id: run('identified '),
  id2: `identified ${run(' ')}`,
  q4: run('?a=b'),
  q5: run('?a'),
  q6: run('&amp;'),
  par: `?token=${run(');.,')}`,
  cookie: run('Cookie: a '),
  cookie2: run('"Cookie: a '),
  nl: run('\n'),
  tcp: `${run('a:')}@tcp(`,
  tcp2: run('a:b@tcp('),
  back: `${run('\\')}"=`,
  back2: run('password=\\'),
  num: `a${run('1')}x=1`,
  pass: run('pass'),
  bot: `bot${run('1')}`,
  gh: run('gh_p'),
  ghp: run('ghp_'),
  key: run('api key: '),
  at2: `http://${run('a')}`,
  at3: `http://${run('@')}`,
  semi: run(';password=a b'),
  kv: run('key="a" value="'),
  u8: run('é='),
  colon: run(':'),
  eq: run('='),
  pe: run('password='),
  pw2: run('password:x:'),
  sch3: run('a:b'),
  digits: `X_${run('1')}a=1`,
  set: run('set password for '),
  mixed: run('- a: "b\\" =\' '),
};

/** What is quadratic takes an hour for two megabytes; what is linear, a second or two on a slow machine. */
const limitMs = 20_000;

describe('the time redaction takes', () => {
  for (const [name, text] of Object.entries(runs))
    it(`grows with the length of the text: ${name}`, () => {
      const redactor = new Redactor({ sparing: true });
      redactor.add('s3cret-value-xyz', '2026');
      redactor.keep('/srv/site');
      const started = performance.now();
      redactor.text(text);
      redactor.foreign(text);
      redactor.value({ text });
      redactor.argv([text]);
      assert.ok(performance.now() - started < limitMs);
    });

  it('grows with the length of whatever a few signs repeated make', () => {
    const signs = fc.constantFrom(
      ...[
        'a',
        'A',
        '1',
        '-',
        '_',
        '.',
        '/',
        '\\',
        ':',
        '=',
        '?',
        '&',
        '@',
        '"',
        "'",
        '`',
        ' ',
        '\n',
      ],
      ...[
        '<',
        '>',
        '{',
        '[',
        ']',
        ',',
        ';',
        '|',
        '$',
        'password',
        'token',
        '://',
        'Bearer ',
        'Cookie:',
      ],
      ...[
        'eyJ',
        '-----BEGIN ',
        'PRIVATE KEY-----',
        ' -p',
        'mysql',
        'identified by ',
        '-u ',
        '</a>',
      ],
    );
    fc.assert(
      fc.property(fc.array(signs, { minLength: 1, maxLength: 4 }), signs, (unit, last) => {
        const text = run(unit.join(''), 256 * 1024) + last;
        const started = performance.now();
        new Redactor().foreign(text);
        new Redactor().text(text);
        // A quadratic rule takes half a minute for this.
        return performance.now() - started < 5000;
      }),
      { numRuns: 150 },
    );
  });

  it('grows with the length of a comment in an env file', () => {
    const started = performance.now();
    redactEnvTemplate(`# ${run('-a', 256 * 1024)}\n`);
    assert.ok(performance.now() - started < limitMs);
  });
});

describe('what redaction hides', () => {
  it('is no less than before it was made linear', () => {
    const bits = [
      ...[
        'password',
        'token',
        'API_KEY',
        'key',
        'a',
        'x.',
        '-',
        '_',
        '/',
        '://',
        'http',
        '@',
        '?',
        '&',
      ],
      ...[
        'amp;',
        '=',
        ':',
        ' ',
        '  ',
        '\n',
        '"',
        "'",
        '\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        ';',
        '<',
        '>',
      ],
      ...['Bearer ', 'Basic ', '$', '2026', '--', '(', ')', '|', 'cookie', 'é'],
    ];
    const word = (number: number) => `S3cr${number}tVal`;
    const piece = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...bits) },
      { weight: 1, arbitrary: fc.nat(9).map(word) },
    );
    const shown = (text: string, number: number) =>
      text.replaceAll(redacted, '\u0001').split(word(number)).length;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        // Since it parts a name from its value, `password=>$name` is a variable, which stays.
        fc.pre(!text.includes('=>'));
        const redactor = new Redactor();
        for (let number = 0; number < 10; number += 1) {
          const before = shown(oldText(text), number);
          assert.ok(shown(redactor.text(text), number) <= before);
          assert.ok(shown(redactor.foreign(text), number) <= before);
          assert.ok(shown(redactor.value([text])[0]!, number) <= shown(oldValue(text), number));
        }
      }),
      { numRuns: 5000 },
    );
  });
});
