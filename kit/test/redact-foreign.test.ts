import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Redactor, redacted } from '../src/redact.ts';

const canary = 'CANARYv4lue';

const secrets = [
  `2026-11-25 09:00 INFO DB_PASSWORD=${canary} started`,
  `{"user":"x","password":"${canary}","a":1}`,
  `{\\"token\\":\\"${canary}\\"}`,
  `{"body":"{\\\\\\"apiKey\\\\\\":\\\\\\"${canary}\\\\\\"}"}`,
  `GET /a?x=1&access_token=${canary}&y=2`,
  `at fetch (https://h/x?token=${canary}:3:4)`,
  `Authorization: Basic ${canary}x==`,
  `Authorization: Bearer ${canary}`,
  `authorization: token ${canary}`,
  `> Cookie: sid=a; sess=${canary}; x=1`,
  `Set-Cookie: sid=${canary}; Path=/; HttpOnly`,
  `curl -H "Authorization: Digest a=b, response=${canary}" https://x`,
  `curl -H 'Cookie: a=b; c=${canary}' x`,
  `'Cookie': 'a=b; c=${canary}'`,
  `"set-cookie":["a=b","c=${canary}"]`,
  `bearer ${canary}1234`,
  `mysql -u root -p${canary} db`,
  `mysql -uroot -p'${canary} x' db`,
  `mysqldump --password=${canary} db`,
  `mysql --password ${canary} db`,
  `PGPASSWORD=${canary} psql`,
  `export MYSQL_PWD='${canary} x'`,
  `REDISCLI_AUTH=${canary} redis-cli`,
  `redis-cli -a ${canary} ping`,
  `'password' => '${canary}',`,
  `'password' => "x ${canary}"`,
  `{'password': '${canary}'}`,
  `{'password': b'a ${canary}'}`,
  `{u'password': u'${canary} x'}`,
  `password: ${canary}`,
  `  password: "a ${canary}"`,
  `db:\n  password: |\n    ab\n    ${canary}\n  user: x`,
  `db:\n  secret: >-\n    ${canary}\nuser: x`,
  `$password = '${canary}';`,
  `define('DB_PASSWORD', '${canary}');`,
  `<password>${canary}</password>`,
  `<add key="password" value="${canary}"/>`,
  `Server=x;User Id=sa;Password=a ${canary};Encrypt=1`,
  `mongodb+srv://u:${canary}@h/x`,
  `redis://:${canary}@h`,
  `root:${canary}@tcp(127.0.0.1:3306)/db`,
  `https://${canary}0123456789@sentry.io/1`,
  `CREATE USER x IDENTIFIED BY '${canary}'`,
  `ALTER USER x WITH PASSWORD '${canary}'`,
  `SET PASSWORD FOR 'x'@'y' = '${canary}'`,
  `requirepass ${canary}`,
  `API key: ${canary}`,
  `api_key=${canary}`,
  `x-api-key: ${canary}`,
  `AWS_SECRET_ACCESS_KEY=${canary}`,
  `aws_secret_access_key = ${canary}`,
  `STRIPE_KEY=${canary}`,
  `"password": "unterminated ${canary}`,
  `password=\\"${canary}\\"`,
  `[password=${canary}]`,
  `(password=${canary})`,
  `Error: ER_ACCESS password:${canary}`,
  `msg="login" password="${canary}" level=info`,
  `"msg":"x\\npassword=${canary}"`,
  `"msg":"x\\npass=${canary}"`,
  `PASSWORD=p,${canary}&x`,
  `PASSWORD="a"\nTOKEN=${canary}`,
  `-----BEGIN RSA PRIVATE KEY-----\n${canary}\nabc\n-----END RSA PRIVATE KEY-----`,
  `-----BEGIN PRIVATE KEY-----\n${canary}\n`,
  `sshpass -p ${canary} ssh x`,
  `curl -u admin:${canary} https://x`,
  `--token ${canary}`,
  `--client-secret ${canary}`,
  `ldapsearch -w ${canary}`,
  `passwords: ["a", "${canary}"]`,
  `db.password=${canary}`,
  `spring.datasource.password=${canary}`,
  `--header="X-Auth-Token: ${canary}"`,
  `Proxy-Authorization: Basic ${canary}`,
  `jdbc:mysql://h/db?user=a&password=${canary}`,
  `jdbc:sqlserver://h;user=a;password=${canary};x`,
  `https://hooks.slack.com/services/T0/B0/${canary}`,
  `https://api.telegram.org/bot123456:AAabcdefghijklmnopqrstuvwxyz-${canary}/send`,
  `AccountName=a;AccountKey=${canary};`,
  `SharedAccessKey=${canary}`,
  `pwd=${canary}`,
  `user=x pwd:${canary}`,
  `secret="${canary}"`,
  `"client_secret" : "${canary}"`,
  `:password => "${canary}"`,
  `password := "${canary}"`,
  `password is ${canary}`,
  `Password for root: ${canary}`,
  `$ENV{DB_PASSWORD} = "${canary}"`,
  `process.env.SECRET_KEY="${canary}"`,
  `os.environ['SECRET_KEY'] = '${canary}'`,
  `config["password"] = "${canary}"`,
  `SetEnv DB_PASSWORD ${canary}`,
  `fastcgi_param DB_PASSWORD ${canary};`,
  `machine h login u password ${canary}`,
  `proxy_set_header Authorization "Basic ${canary}"`,
  `{"token": {"value": "${canary}", "n": 1}, "a": 1}`,
  `{"token":{"of":{"a":"}"},"value":"${canary}"}}`,
  `secret: { value: '${canary}' }`,
  `credentials = {\n  user: 'x',\n  value: '${canary}',\n}`,
  `"tokens": [{"id": "a"}, {"id": "${canary}"}]`,
  `"tokens": [\n  "a",\n  "${canary}"\n]`,
  `"token": {"value": "${canary}`,
  `db.example.com:5432:shop:app:${canary}`,
  `*:*:*:app:${canary}`,
  `10.0.0.1:5432:shop:app:a ${canary}`,
  `# comment\nlocalhost:*:shop:o\\:app:${canary}:x\n`,
  `DB_PASSWORD\t${canary}`,
  `password\t\t a ${canary}\tx`,
  `db.password\t${canary}`,
  `A=b\nAPI_TOKEN\t${canary}`,
];

const plain = [
  'mkdir -p dist',
  '2026-11-25 10:00:00 [error] 123#0: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 1.2.3.4, server: x, request: "GET /api HTTP/1.1", upstream: "http://127.0.0.1:3001/api", host: "x"',
  '    at Object.<anonymous> (/srv/app/server.js:10:5)',
  'npm warn deprecated foo@1.0.0: use bar',
  'vite v5 building for production...',
  'SyntaxError: Unexpected token } in JSON',
  "error TS2304: Cannot find name 'x'.",
  'key: users:1',
  '{"level":30,"time":1700000000,"pid":1,"hostname":"h","msg":"ok","key":"a"}',
  'bearer authentication failed',
  'GET /api/tokens?page=2 200 5 ms',
  'mysqld: ready for connections. port: 3306',
  'author: Jane',
  'cp -p a b',
  'docker run -p 8080:80 x',
  'curl -u 1000:1000 x',
  '<a href="https://x/y">text</a>',
  'Basic settings: none',
  'postgres://db.example.com:5432/x',
  '-p 3306',
  '09:00:12:456 started',
  '2026-11-25T09:00:12.123 x',
  'src/app.c:1024:10: error: expected a name',
  'at f (/srv/app/server.js:100:5)',
  'listening on localhost:3001',
  'name\tcolour\tsize',
  'users\t12\t3',
  `sha256 ${'ab12'.repeat(16)}`,
  'ab12'.repeat(16),
];

describe('Redactor.foreign', () => {
  it('takes the secret out of what other programs print, in all its shapes', () => {
    const redactor = new Redactor();
    for (const text of secrets) {
      const out = redactor.foreign(text);
      assert.equal(out.includes(canary), false, `${text}\n→ ${out}`);
      assert.ok(out.includes(redacted), text);
    }
  });

  it('knows tokens that tell what they are', () => {
    const redactor = new Redactor();
    for (const token of [
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def',
      ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
      ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_'),
      ['sk', 'live', 'abcdefghijkl'].join('_'),
    ])
      assert.equal(redactor.foreign(`x ${token} y`), `x ${redacted} y`);
  });

  it('leaves ordinary lines as they are', () => {
    const redactor = new Redactor();
    for (const text of plain) assert.equal(redactor.foreign(text), text);
  });

  it('keeps what is around a secret', () => {
    const redactor = new Redactor();
    assert.equal(
      redactor.foreign(`09:00 INFO DB_PASSWORD=${canary} started`),
      `09:00 INFO DB_PASSWORD=${redacted} started`,
    );
    assert.equal(
      redactor.foreign(`{"user":"x","password":"${canary}","a":1}`),
      `{"user":"x","password":${redacted},"a":1}`,
    );
  });

  it('goes over the lines of a private key that come one by one', () => {
    const clean = new Redactor().foreignLines();
    const lines = [
      'starting',
      '-----BEGIN EC PRIVATE KEY-----',
      `MHcCAQEE${canary}`,
      `${canary}==`,
      '-----END EC PRIVATE KEY-----',
      'listening on 3001',
    ].map(clean);
    assert.equal(lines.join('\n').includes(canary), false);
    assert.deepEqual([lines[0], lines[5]], ['starting', 'listening on 3001']);
  });

  it('begins in the middle of a private key', () => {
    const clean = new Redactor().foreignLines();
    const body = `Abc+/${canary}`.padEnd(64, 'x');
    assert.deepEqual([body, '-----END PRIVATE KEY-----', 'ab12'.repeat(16)].map(clean), [
      redacted,
      '-----END PRIVATE KEY-----',
      'ab12'.repeat(16),
    ]);
  });

  it('hides no more than the object that a secret is', () => {
    const redactor = new Redactor();
    assert.equal(
      redactor.foreign(`{"token": {"value": "${canary}"}, "path": "/srv/x"}`),
      `{"token": ${redacted}, "path": "/srv/x"}`,
    );
  });
});
