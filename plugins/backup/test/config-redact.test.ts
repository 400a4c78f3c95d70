import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { Redactor } from '@om-ops/kit';
import fc from 'fast-check';
import { jsTokens } from '../src/config/js-tokens.ts';
import { redactEcosystem } from '../src/config/redact-ecosystem.ts';
import { redactNginx } from '../src/config/redact-nginx.ts';
import { redactUnit } from '../src/config/redact-unit.ts';
import { redactYamlEcosystem } from '../src/config/redact-yaml.ts';

const known = new Redactor();
known.add('kn0wn-secret');

const ecosystem = (text: string) => redactEcosystem(text, known);

/** What the file exports, as PM2 would load it. */
function exported(text: string): unknown {
  const module = { exports: {} };
  vm.runInNewContext(text, { module, process: { env: {} }, require: () => ({}) });
  return JSON.parse(JSON.stringify(module.exports));
}

describe('redactEcosystem', () => {
  it('keeps what an ecosystem file is for and hides its secrets', () => {
    const text = `#!/usr/bin/env node
// JWT_SECRET: 'an old one'
/* const API_KEY = "abc def"; */
const fallback = 'plain';
const dbPassword = 'hunter two';
module.exports = {
  apps: [{
    name: "orthodox-backend", script: 'dist/index.js', cwd: './server', instances: 1, exec_mode: 'fork',
    max_memory_restart: '900M', node_args: '--max-old-space-size=900', args: '--port 3001 --token abc123',
    env: {
      NODE_ENV: 'production', PORT: 3001, HOST: '127.0.0.1', TZ: 'Europe/Athens',
      'JWT_SECRET': "it's \\"quoted\\"", DB_PASSWORD: process.env.DB_PASSWORD || 'fallback pw',
      SESSION_SECRET: process.env.SESSION_SECRET,
      DB_PW: 'short', MAIL_URL: 'smtp://user:pw@mail:25', ODD: 'Tr0ub4dor&3', STRIPE: \`sk_live_\${1 + '}'}\`,
      ["API_TOKEN"]: 'x', pin: 1234,
    },
    env_production: { FROM: 'kn0wn-secret', LOG: '/var/log/app.log' },
    error_file: './logs/pm2-error.log', url: 'https://u:pass@example.com/x?y=1', ratio: 4 / 2 / 1, pattern: /["'\`]\\/x/g,
  }],
  deploy: { production: { key: '/home/deploy/.ssh/id_rsa', host: ['a', 'b'], 'post-deploy': 'npm ci && pm2 reload all' } },
};
process.env.WEBHOOK = "https://hooks.example.com/T000/B000/aBcDeFgHiJkLmNoP1234"
`;
    const clean = ecosystem(text);
    assert.ok(clean);
    const { apps } = exported(clean) as { apps: Record<string, unknown>[] };
    assert.deepEqual(apps[0]?.env, {
      NODE_ENV: 'production',
      PORT: 3001,
      HOST: '127.0.0.1',
      TZ: 'Europe/Athens',
      JWT_SECRET: '<REDACTED>',
      DB_PASSWORD: '<REDACTED>',
      DB_PW: '<REDACTED>',
      MAIL_URL: '<REDACTED>',
      ODD: '<REDACTED>',
      STRIPE: '<REDACTED>',
      API_TOKEN: '<REDACTED>',
      pin: '<REDACTED>',
    });
    assert.deepEqual(apps[0]?.env_production, { FROM: '<REDACTED>', LOG: '/var/log/app.log' });
    assert.equal(apps[0]?.args, '--port 3001 --token <REDACTED>');
    assert.equal(apps[0]?.node_args, '--max-old-space-size=900');
    assert.equal(apps[0]?.script, 'dist/index.js');
    assert.equal(apps[0]?.url, 'https://u:<REDACTED>@example.com/x?y=1');
    assert.equal(apps[0]?.ratio, 2);
    assert.match(clean, /SESSION_SECRET: process\.env\.SESSION_SECRET,/);
    for (const secret of [
      'an old one',
      'abc def',
      'hunter',
      'abc123',
      'quoted',
      'fallback pw',
      'kn0wn',
      'aBcDeFgHi',
      'sk_live',
      'pass@',
    ]) {
      assert.ok(!clean.includes(secret), secret);
    }
  });

  it('lets nothing pass in env blocks and command lines, wherever they come from', () => {
    const values = (name: string) => `CANARY${name}`;
    const sources: string[] = [
      `module.exports = { apps: [{ node_args: ['--token', 'X1'], args: ['-p', 'X2', '--db-password', "X3"] }] }`,
      `module.exports = { apps: [{ args: '-p X1 --db-password=X2 --x X3', interpreter_args: \`--token X4\` }] }`,
      `module.exports = { args: ['--token=' + 'X1', '-p' + 'X2', '-pX3', ...['--key', \`X4\`]] }`,
      `module.exports = { env: { T: cond ? 'X1' : 'x', U: cond ? (a, ['X2']) : [X, 'X3'] } }`,
      `module.exports = { env: { CONCAT: 'X1' + '40', 'Z': /X2/, N: 12345678901, A: ['X3'].join('') } }`,
      `const env = {}; env.FOO = 'X1'; env['BAR'] = 'X2'; env[name] = "X3"; env.X ||= 'X4'; env.Y ??= 'X5'`,
      `module.exports.apps[0].env.QUX = 'X1'; apps[0]['env']['Y'] = 'X2'; process.env.FOO = 'X3'`,
      `const shared = { FOO: 'X1' }\nconst { a, b: [c] } = { a: 'X2', b: ['X3'] }\nmodule.exports = { apps: [{ env: { ...shared, A: a, C: c } }] }`,
      `const one = 'X1'; const two = one + 'X2'; let three; three = 'X3'; module.exports = { env_x: { two, THREE: three } }`,
      `function build() { return { FOO: 'X1' } }\nmodule.exports = { env: build('X2') }`,
      `const makeEnv = (x) => ({ FOO: 'X1', ...x });\nmodule.exports = { env: makeEnv({ BAR: 'X2' }) }`,
      `const app = (name, env) => ({ name, env }); module.exports = { apps: [app('a', { FOO: 'X1' })] }`,
      `const app = (extra) => ({ env: { ...extra } }); module.exports = { apps: [app({ FOO: 'X1' })] }`,
      `module.exports = {}; Object.assign(module.exports.env, { FOO: 'X1' }); Object.assign(app['env'], { B: 'X2' }); Object.defineProperty(app, 'env', { value: { A: 'X3' } })`,
      `module.exports = { env: { get FOO() { return 'X1' }, BAR() { return 'X2' } }, get env_b() { return { A: 'X3' } } }`,
      `module.exports = { env: {\n // OLD: 'X1'\n /* was X2 "X3" */ A: 1 } }\n// env: {\n//   FOO: 'X4',\n// BAR='X5'\n// }`,
      `for (const [k, v] of Object.entries({ A: 'X1' })) env[k] = v\nfor (const w of ['X2']) process.env.W = w`,
      `module.exports = { run: ['--token', 'X1', '--api-key', "X2"], url: 'https://hooks.example.com/T0/aBcDeFgHiJX34567890' }`,
      `module.exports = { apps: [{ environment: { A: 'X1' }, commonEnv: 'X2', env: '{"A":"X3"}', [\`env\`]: { B: 'X4' } }] }`,
      `module.exports = { env: await\nload('X1') }`,
      `{"apps": [{"env": {"A": "X1", "B": ["X2"], "C": {"D": "X3"}, "E": -5}, "args": ["-p", "X4"]}]}`,
      `var e = process.env; e.FOO = 'X1'`,
    ];
    for (const source of sources) {
      const letters = source.replace(/X(?=\d)/g, () => values(''));
      const clean = ecosystem(letters) ?? '';
      assert.ok(!/CANARY/.test(clean), clean);
      if (clean !== '') assert.ok(jsTokens(clean), clean);
      // Words alone are no less secret in an env block.
      if (!/arg|run|\/\/|\/\*/.test(source)) {
        const words = source.replace(/X(\d)/g, (_, n: string) => `canary${'abcdefgh'[Number(n)]}`);
        assert.ok(!/canary/.test(ecosystem(words) ?? ''), ecosystem(words));
      }
    }
  });

  it('keeps the plain settings of an ecosystem file as they are', () => {
    const text = `const path = require('path');
require('dotenv').config();
// Keep it running after a reboot
module.exports = {
  apps: [{
    name: 'backend', script: './dist/index.js', args: ['start', '-p', '3001', '--host', '127.0.0.1', 'dist/server.js'],
    node_args: '--max-old-space-size=900 -r ./trace.js', cwd: path.join(__dirname, 'server'), watch: false,
    env: { NODE_ENV: process.env.NODE_ENV || 'production', PORT: 3001, LOG_LEVEL: x ? 'debug' : 'info', PATH: process.env['PATH'] },
    out_file: '/var/log/app/out-1.log', exec_mode: 'cluster',
  }],
};
`;
    assert.equal(ecosystem(text), text);
  });

  it('keeps of comments only what is surely harmless', () => {
    const cases: [line: string, clean: string][] = [
      ['// CANARY password', '// <REDACTED>'],
      ['// canary', '// <REDACTED>'],
      ['/* was CANARY */', '/* <REDACTED> */'],
      ['// password production', '// password production'],
      ['// password: production', '// <REDACTED>'],
      ['// pin: 1234', '// <REDACTED>'],
      ['// instances: 2,', '// instances: 2,'],
      ['// Keep it running after a restart.', '// Keep it running after a restart.'],
      ['/**\n * CANARY\n * the server\n */', '/**\n * <REDACTED>\n * the server\n */'],
    ];
    for (const [line, clean] of cases) {
      assert.equal(
        ecosystem(`${line}\nmodule.exports = {};\n`),
        `${clean}\nmodule.exports = {};\n`,
      );
    }
  });

  it('keeps JSON valid', () => {
    const clean = ecosystem(
      '{"apps": [{"name": "x", "env": {"DB_PASSWORD": "p\\"w", "PORT": 1, "NICE": -5}}]}',
    );
    assert.deepEqual(JSON.parse(clean ?? ''), {
      apps: [{ name: 'x', env: { DB_PASSWORD: '<REDACTED>', PORT: 1, NICE: -5 } }],
    });
  });

  it('gives up what it cannot read', () => {
    for (const text of ["module.exports = { a: 'b", 'x = `${`', '({[}])', '/* open', '{']) {
      assert.equal(ecosystem(text), undefined, text);
    }
  });

  it('judges YAML by the same rules, in whatever style a value is written', () => {
    const text = `# the password is canary-comment
common: &common
  DB_PASSWORD: canary-plain
  LONG: |
    -----BEGIN KEY-----
    canary-block
apps:
  - name: shop
    script: ./dist/index.js
    args: --token canary-argument --port 3000
    env: {PORT: 3000, NODE_ENV: production, JWT_SECRET: 'it''s canary: yes', URL: "https://u:canary@db/x"}
    env_production:
      <<: *common
      STRIPE_KEY: canary4eC39HqLyjWDarjtT1zdp7dc
deploy: {production: {post-deploy: "TOKEN=canary-deploy pm2 reload"}}
`;
    const clean = redactYamlEcosystem(text, known);
    assert.doesNotMatch(clean ?? 'canary', /canary/);
    assert.match(clean ?? '', /name: shop\n +script: \.\/dist\/index\.js/);
    assert.match(clean ?? '', /PORT: 3000\n +NODE_ENV: production/);
    assert.match(clean ?? '', /env_production:\n +DB_PASSWORD: <REDACTED>\n +LONG: <REDACTED>/);
    for (const bad of ['a: [', 'a: 1\n---\nb: 2', '\ta: 1', 'a: *none', 'password: canary'])
      assert.equal(redactYamlEcosystem(bad, known), undefined, bad);
  });

  it('changes nothing in a file without secrets', () => {
    const text =
      "module.exports = { apps: [{ name: 'x', script: 'a.js', env: { NODE_ENV: 'production' } }] };\n";
    assert.equal(ecosystem(text), text);
  });

  it('lets no secret through, however it is written', () => {
    const secret = fc
      .string({ minLength: 6, maxLength: 30, unit: 'grapheme-ascii' })
      .filter(
        (text) =>
          !/^[\s\w./:-]*$/.test(text) && !text.includes('REDACTED') && text.trim().length > 5,
      );
    const wrap = fc.constantFrom<(s: string) => string>(
      (s) => JSON.stringify(s),
      (s) => `'${s.replace(/[\\']/g, '\\$&')}'`,
      (s) => `\`${s.replace(/[\\`$]/g, '\\$&')}\``,
      (s) => `process.env.X || ${JSON.stringify(s)}`,
      (s) => `/* c */ ${JSON.stringify(s)}`,
      (s) => `[${JSON.stringify(s)}]`,
      (s) => `(() => { return ${JSON.stringify(s)} })()`,
    );
    const place = fc.constantFrom<(v: string) => string>(
      (v) => `module.exports = { env: { DB_PASSWORD: ${v}, A: 1 } }`,
      (v) => `const token = ${v}\nconst other = 2\nmodule.exports = {}`,
      (v) => `module.exports = { apps: [{ "env_x": { 'apiKey' /* x */ : ${v} } }] };`,
      (v) => `process.env['SECRET'] = ${v};`,
      (v) => `module.exports = { env: { SOMETHING: ${v} } }`,
    );
    fc.assert(
      fc.property(secret, wrap, place, (text, write, put) => {
        const source = put(write(text));
        const clean = ecosystem(source);
        if (clean === undefined) return;
        assert.ok(jsTokens(clean), clean);
        for (const form of [text, JSON.stringify(text).slice(1, -1)])
          assert.ok(!clean.includes(form), clean);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('redactNginx', () => {
  const cases: [text: string, clean: string][] = [
    [
      'proxy_set_header Authorization "Basic dXNlcjpwYXNz";',
      'proxy_set_header Authorization "<REDACTED>";',
    ],
    ['  # proxy_set_header   X-Api-Key abc;', '  # proxy_set_header   X-Api-Key "<REDACTED>";'],
    [
      'proxy_set_header Authorization $http_authorization;',
      'proxy_set_header Authorization $http_authorization;',
    ],
    [
      'proxy_set_header Authorization "Bearer $token";',
      'proxy_set_header Authorization "Bearer $token";',
    ],
    ['proxy_set_header Host $host;', 'proxy_set_header Host $host;'],
    ["fastcgi_param DB_PASSWORD 'a;b';", 'fastcgi_param DB_PASSWORD "<REDACTED>";'],
    ['env JWT_SECRET=abc;', 'env JWT_SECRET=<REDACTED>;'],
    ['set $api_token "s3cr}et";', 'set $api_token "<REDACTED>";'],
    [
      'if ($http_x_api_key != "abc") { return 403; }',
      'if ($http_x_api_key != "<REDACTED>") { return 403; }',
    ],
    ['if ($arg_token = abc) { }', 'if ($arg_token = "<REDACTED>") { }'],
    ['if ($request_method = POST) { }', 'if ($request_method = POST) { }'],
    ['secure_link_secret enigma;', 'secure_link_secret "<REDACTED>";'],
    ['secure_link_md5 "$expires$uri enigma";', 'secure_link_md5 "<REDACTED>";'],
    [
      'proxy_pass http://user:pw@10.0.0.1:3001;',
      'proxy_pass http://user:<REDACTED>@10.0.0.1:3001;',
    ],
    [
      'auth_basic "Staff only"; auth_basic_user_file /etc/nginx/.htpasswd;',
      'auth_basic "Staff only"; auth_basic_user_file /etc/nginx/.htpasswd;',
    ],
    [
      'ssl_certificate_key /etc/ssl/private/site.key;',
      'ssl_certificate_key /etc/ssl/private/site.key;',
    ],
    ['proxy_cache_key "$scheme$host$request_uri";', 'proxy_cache_key "$scheme$host$request_uri";'],
    [
      'map $http_x_api_key $ok {\n  default 0;\n  "a}bc" 1; # key of Bob\n  ~^x\\d{3} 2;\n}\nserver { listen 80; }',
      'map $http_x_api_key $ok {\n  default 0;\n  "<REDACTED>" 1; # key of Bob\n  "<REDACTED>" 2;\n}\nserver { listen 80; }',
    ],
    [
      'map $http_upgrade $connection_upgrade {\n  default upgrade;\n  "" close;\n}',
      'map $http_upgrade $connection_upgrade {\n  default upgrade;\n  "" close;\n}',
    ],
    ['deploy:$apr1$abc$defghijklmnop\n', 'deploy:<REDACTED>\n'],
    [
      '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n',
      '-----BEGIN PRIVATE KEY-----\n<REDACTED>\n-----END PRIVATE KEY-----\n',
    ],
    ['return 200 kn0wn-secret;', 'return 200 <REDACTED>;'],
    [
      'location /a { proxy_pass http://h:81/b/?x=1&token=CANARY; }',
      'location /a { proxy_pass http://h:81/b/?x=1&token=<REDACTED>; }',
    ],
    [
      'return 301 https://x/?access_token=CANARY;}',
      'return 301 https://x/?access_token=<REDACTED>;}',
    ],
    ['return 301 "https://x/?sig=CANARY&a=b";', 'return 301 "https://x/?sig=<REDACTED>&a=b";'],
    ['proxy_pass http://h/?token=$arg_token;', 'proxy_pass http://h/?token=$arg_token;'],
    ['listen 80; # pass CANARY', 'listen 80; # pass <REDACTED>'],
    ['# Passwort:\n# CANARY\nlisten 80;', '# Passwort:\n# <REDACTED>\nlisten 80;'],
    ['# listen 80; # Kennwort CANARY', '# listen 80; # Kennwort <REDACTED>'],
    ['# curl -u admin:CANARY https://x', '# curl -u admin:<REDACTED> https://x'],
    [
      'location / {\n  set_by_lua_block $x { local a = "CANARY" -- the } of CANARY\n  if a == [[CANARY}]] then return {} end }\n  content_by_lua_block {\n    local r = require "resty.redis"; r:auth(\'CANARY\') ngx.say(8765432109)\n  }\n  root /srv/www;\n}',
      'location / {\n  set_by_lua_block $x { local a = "<REDACTED>" -- <REDACTED>\n  if a == "<REDACTED>" then return {} end }\n  content_by_lua_block {\n    local r = require "resty.redis"; r:auth("<REDACTED>") ngx.say(0)\n  }\n  root /srv/www;\n}',
    ],
    [
      `# content_by_lua_block {\n#   red:auth("CANARY")\n# }\n# see "that"`,
      `# content_by_lua_block {\n#   red:auth("<REDACTED>")\n# }\n# see "that"`,
    ],
    [`access_by_lua 'local a = "CANARY"';`, 'access_by_lua "<REDACTED>";'],
  ];
  it('leaves a configuration without secrets as it is', () => {
    const text = `# pass the PHP scripts to FastCGI server listening on 127.0.0.1:9000
#location ~ \\.php$ {
#    fastcgi_pass   127.0.0.1:9000;
#    fastcgi_param  SCRIPT_FILENAME  /scripts$fastcgi_script_name;
#}
# ssl_certificate_key /etc/ssl/site.key;
server {
  listen 443 ssl; # managed by Certbot
  location ~ ^/(?:a|b)\\.html$ { try_files $uri /index.html?page=1; }
  location = /login { proxy_pass http://127.0.0.1:3001/auth?next=$uri; } # the login page of Orthodox Metrics
  log_format main '$remote_addr - "$request" #1';
}
`;
    assert.equal(redactNginx(text, known), text);
  });

  for (const [text, clean] of cases) {
    it(text.slice(0, 60), () => assert.equal(redactNginx(text, known), clean));
  }
});

describe('redactUnit', () => {
  const cases: [text: string, clean: string][] = [
    ['Environment=PATH=/usr/bin:/bin', 'Environment=PATH=/usr/bin:/bin'],
    ['Environment=PM2_HOME=/root/.pm2', 'Environment=PM2_HOME=/root/.pm2'],
    [
      'Environment="DB_PASSWORD=a b" NODE_ENV=production',
      'Environment="DB_PASSWORD=<REDACTED>" NODE_ENV=production',
    ],
    [
      `Environment=TOKEN='a b' "X=1" SECRET=x\\ y`,
      'Environment=TOKEN=<REDACTED> "X=1" SECRET=<REDACTED>',
    ],
    ['Environment="API_KEY=open end', 'Environment="API_KEY=<REDACTED>"'],
    ['#Environment=JWT_SECRET=old', '#Environment=JWT_SECRET=<REDACTED>'],
    [
      'Environment=A=1 \\\n  DB_PASSWORD=two\nExecStart=/bin/x',
      'Environment=A=1 \\\n  DB_PASSWORD=<REDACTED>\nExecStart=/bin/x',
    ],
    ['# Passwort: CANARY\n; mysql -pCANARY', '# Passwort: <REDACTED>\n; mysql -p<REDACTED>'],
    ['ExecStart=/bin/curl -u a:CANARY x', 'ExecStart=/bin/curl -u a:<REDACTED> x'],
    ['SetCredential=db:geheim und mehr', 'SetCredential=<REDACTED>'],
    [
      'ExecStart=/usr/bin/app --password "a b" --port 3 --token=x',
      'ExecStart=/usr/bin/app --password <REDACTED> --port 3 --token=<REDACTED>',
    ],
    [
      'ExecStart=/usr/lib/node_modules/pm2/bin/pm2 resurrect',
      'ExecStart=/usr/lib/node_modules/pm2/bin/pm2 resurrect',
    ],
  ];
  for (const [text, clean] of cases) {
    it(text.slice(0, 60), () => assert.equal(redactUnit(text, known), clean));
  }
});
