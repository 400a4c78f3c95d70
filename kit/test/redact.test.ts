import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { looksSecret, looksSecretSetting, Redactor, redacted } from '../src/redact.ts';
import { hideEnvValues } from '../src/site/site.ts';

describe('looksSecret', () => {
  it('knows names of secrets in every spelling', () => {
    for (const key of [
      'DB_PASSWORD',
      'password',
      'jwtSecret',
      'STRIPE_API_KEY',
      'accessToken',
      'SMTP_PASS',
      'SESSION_COOKIE',
    ]) {
      assert.equal(looksSecret(key), true, key);
    }
  });

  it('leaves ordinary settings alone', () => {
    for (const key of [
      'PORT',
      'DB_HOST',
      'path',
      'compass',
      'bypass_cache',
      'author',
      'key',
      'hash',
      'sha256',
    ]) {
      assert.equal(looksSecret(key), false, key);
    }
  });
});

describe('looksSecretSetting', () => {
  it('knows the short names of env files too', () => {
    for (const key of [
      'DB_PASSWORD',
      'STRIPE_KEY',
      'APP_KEY',
      'APP_KEYS',
      'DB_PW',
      'DBPASS',
      'ADMIN_PIN',
      'PIN_CODE',
      'SMTP_AUTH',
      'SECRETKEY',
      'API_KEY_2',
      'MAIL_KEY1',
      'STRIPE_SK_LIVE',
      'SENTRY_DSN',
      'stripeKey',
      'db-pw',
    ]) {
      assert.equal(looksSecretSetting(key), true, key);
    }
    for (const key of [
      'PORT',
      'DB_HOST',
      'DB_AUTH_NAME',
      'KEY_FILE',
      'NODE_ENV',
      'BYPASS',
      'compass',
      'author',
      'category',
      'SPIN',
      'MAX_2',
      '',
    ]) {
      assert.equal(looksSecretSetting(key), false, key);
    }
  });

  it('leaves the keys of results to themselves', () => {
    for (const key of [
      ...['key', 'keys', 'hash', 'sha256', 'author', 'category', 'path', 'compass', 'prev'],
      ...['metadataPath', 'session'],
    ]) {
      assert.equal(looksSecret(key), false, key);
    }
  });
});

describe('Redactor', () => {
  it('takes registered values out of text, wherever they stand and however they are encoded', () => {
    const redactor = new Redactor();
    redactor.add('p@ss "word"/1');
    const text = `a p@ss "word"/1 b ${encodeURIComponent('p@ss "word"/1')} c ${JSON.stringify('p@ss "word"/1')}`;
    const out = redactor.text(text);
    assert.equal(out.includes('p@ss'), false);
    assert.equal(out.includes('p%40ss'), false);
    assert.equal(out.includes('word'), false);
  });

  it('takes the longer of two secrets that begin alike', () => {
    const redactor = new Redactor();
    redactor.add('abc1', 'abc1 def');
    assert.equal(redactor.text('x abc1 def y abc1'), `x ${redacted} y ${redacted}`);
  });

  it('takes each line of a multi-line secret', () => {
    const redactor = new Redactor();
    redactor.add('first-line-secret\nsecond-line-secret');
    assert.equal(redactor.text('see second-line-secret'), `see ${redacted}`);
  });

  it('knows passwords in URLs, bearer tokens and assignments', () => {
    const redactor = new Redactor();
    assert.equal(redactor.text('mysql://u:hunter2@db/x'), `mysql://u:${redacted}@db/x`);
    assert.equal(
      redactor.text('Authorization: Bearer abcdefghijkl').includes('abcdefghijkl'),
      false,
    );
    assert.equal(
      redactor.text('DB_PASSWORD=hunter2 PORT=3001'),
      `DB_PASSWORD=${redacted} PORT=3001`,
    );
    assert.equal(redactor.text('a?password="x y"&b'), `a?password=${redacted}&b`);
    assert.equal(redactor.text('{"apiKey": "abc def"}').includes('abc def'), false);
  });

  it('knows a heading from an authorization', () => {
    const redactor = new Redactor();
    assert.equal(redactor.text('# Basic Settings'), '# Basic Settings');
    assert.equal(redactor.text('"Basic dXNlcjpwYXNz"'), `"Basic ${redacted}"`);
  });

  it('knows secret parameters of URLs, in text and in values', () => {
    const redactor = new Redactor();
    for (const [url, clean] of [
      ['https://x/?access_token=CANARY.', `https://x/?access_token=${redacted}.`],
      ['GET https://h/a?b=1&apiKey=CANARY&c=2', `GET https://h/a?b=1&apiKey=${redacted}&c=2`],
      ['https://h/a?token=$arg_token', 'https://h/a?token=$arg_token'],
      ['https://h/a?page=1&sort=name', 'https://h/a?page=1&sort=name'],
    ]) {
      assert.equal(redactor.text(`proxy_pass ${url}`), `proxy_pass ${clean}`);
      assert.deepEqual(redactor.value({ url }), { url: clean });
    }
  });

  it('takes values out of nested results by key and by content, and nothing else', () => {
    const redactor = new Redactor();
    redactor.add('s3cret-value');
    assert.deepEqual(
      redactor.value({
        path: '/x/s3cret-value/y',
        count: 3,
        token: 'abc',
        list: ['a', 's3cret-value'],
        none: null,
      }),
      { path: `/x/${redacted}/y`, count: 3, token: redacted, list: ['a', redacted], none: null },
    );
  });

  it('spares what om-ops makes itself from secrets that are ordinary words and numbers', () => {
    const redactor = new Redactor({ sparing: true });
    redactor.add(
      '2026',
      '2026-11-22',
      '2026-11-22_1011',
      'complete',
      'front-end',
      'COMPLETE',
      '12345678',
    );
    const result = {
      path: '/st/front-end/front-end-2026-11-22_1011.tar.gz',
      time: '2026-11-22T10:11:00+02:00',
      day: '2026-11-22',
      state: 'complete',
      verdict: 'COMPLETE',
      category: 'front-end',
      dumps: ['db-2026.sql.gz', '2026'],
    };
    assert.deepEqual(redactor.value(result), result);
    for (const text of [
      'wrote /st/config/config-2026-11-22_1011.tar.gz and /x/2026/11',
      'front-end-2026-11-22_1011-2.json  2026-11-22 10:11  4 MB',
    ])
      assert.equal(redactor.text(text), text);
    for (const [text, clean] of [
      ['the PIN 2026 is wrong', `the PIN ${redacted} is wrong`],
      ["denied for 'complete' (12345678).", `denied for '${redacted}' (${redacted}).`],
      ['PIN=2026', `PIN=${redacted}`],
    ] as const) {
      assert.equal(redactor.text(text), clean);
      if (!text.includes('=')) assert.deepEqual(redactor.value({ text }), { text: clean });
    }
  });

  it('finds what is no ordinary word wherever it stands, sparing or not', () => {
    const secret = fc
      .tuple(
        fc.string({ minLength: 12, maxLength: 40, unit: 'grapheme-ascii' }),
        fc.constantFrom('', 'Zq7', '#', '4Tq'),
      )
      .map(([text, more]) => `${text}${more}`.trim())
      .filter((text) => text.length >= 12 && /[^a-z_-]/.test(text) && /[^A-Z]/.test(text))
      .filter((text) => /[^\d.:_-]/.test(text.slice(1)) && !/^[A-Z][a-z]+$/.test(text))
      .filter((text) => !redacted.includes(text));
    fc.assert(
      fc.property(secret, fc.constantFrom('/x/', '', '-', 'config-', 'a b '), (text, before) => {
        const redactor = new Redactor({ sparing: true });
        redactor.add(text);
        const value = `${before}${text}_2026.tar.gz`;
        for (const out of [
          redactor.text(value),
          redactor.value({ value }).value,
          redactor.value([text])[0]!,
        ])
          assert.equal(out.replaceAll(redacted, '\u0001').includes(text), false);
      }),
    );
  });

  it('takes secrets out of command lines', () => {
    const redactor = new Redactor();
    assert.deepEqual(redactor.argv(['--password', 'x y', '--token=abc', '--site', 'a.yaml']), [
      '--password',
      redacted,
      `--token=${redacted}`,
      '--site',
      'a.yaml',
    ]);
  });

  it('keeps the path of the site whole, whatever secret is a part of it', () => {
    const redactor = new Redactor({ sparing: true });
    redactor.add('my-shop2');
    redactor.keep('/srv/my-shop2');
    assert.equal(
      redactor.text('in /srv/my-shop2/a, not /srv/my-shop2-x: my-shop2'),
      `in /srv/my-shop2/a, not /srv/${redacted}-x: ${redacted}`,
    );
    assert.deepEqual(redactor.value({ path: '/srv/my-shop2/b' }), { path: '/srv/my-shop2/b' });
  });

  it('never lets a registered value through', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc
            .string({ minLength: 4 })
            .filter((text) => text.trim().length >= 8 && !redacted.includes(text.trim())),
          { minLength: 1, maxLength: 5 },
        ),
        fc.string(),
        fc.string(),
        (secrets, before, after) => {
          const redactor = new Redactor();
          redactor.add(...secrets);
          for (const secret of secrets) {
            const out = redactor
              .text(`${before} ${secret} ${after}`)
              .replaceAll(redacted, '\u0001');
            assert.equal(out.includes(secret.trim()), false);
          }
        },
      ),
    );
  });
});

describe('hideEnvValues', () => {
  const shown = (key: string, value: string) => {
    const redactor = new Redactor({ sparing: true });
    hideEnvValues(redactor, [[key, value]], new Set(['DB_NAME']), looksSecretSetting);
    return redactor.text(`see ${value} here`) === `see ${value} here`;
  };

  it('leaves plain settings readable', () => {
    for (const value of [
      ...[
        '2026-11-22',
        '2026-11-22_1011',
        '2026-11-22T10:11:12.123Z',
        '2026-11-22 10:11',
        '10:11:12',
      ],
      ...[
        '1.24.3',
        'v2.0.0-rc.1',
        '1.0.0+build5',
        '123456789',
        '3001',
        '127.0.0.1:3001',
        '100mb',
        '900000ms',
      ],
      ...[
        'true',
        'production',
        '/var/www/site',
        './a/b',
        'db-1.example.com',
        'db.internal:5432',
        'localhost:6379',
      ],
      ...['https://example.com/a/b', 'redis://127.0.0.1:6379/0'],
    ])
      assert.equal(shown('SETTING', value), true, value);
  });

  it('hides the rest, and what secret names hold', () => {
    for (const value of [
      ...[
        'Tr0ub4dor&3',
        'kx83jd92ls',
        'c4nary-value',
        'eyJhbGciOi.eyJzdWIi4.SflKxwRJ2',
        'u:p@host.example.com',
      ],
      ...[
        'https://hooks.example.com/T0/B0/aBcDeFgHiJkLmNoP1234',
        'https://example.com/?t=abcdefgh',
      ],
    ])
      assert.equal(shown('SETTING', value), false, value);
    for (const value of ['2026-11-22', 'complete', 'v2.0.0-rc.1', '123456789'])
      assert.equal(shown('ADMIN_PASSWORD', value), false, value);
  });

  it('takes what stands below a secret key, and leaves the names of settings', () => {
    const redactor = new Redactor();
    const value = {
      token: { value: 'x', parts: ['y', 2], isSet: true, none: null },
      passwords: ['a', 'b'],
      env: { password: ['DB_PASSWORD', 'JBSWY3DPEHPK3PXP'] },
      list: [{ path: '/srv' }],
    };
    assert.deepEqual(redactor.value(value), {
      token: { value: redacted, parts: [redacted, redacted], isSet: true, none: null },
      passwords: [redacted, redacted],
      env: { password: ['DB_PASSWORD', redacted] },
      list: [{ path: '/srv' }],
    });
    const plain = { a: [{ b: 'c' }] };
    assert.equal(redactor.value(plain), plain);
  });
});
