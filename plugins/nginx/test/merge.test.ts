import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nginxFolder } from '@om-ops/test-support/nginx';
import { type EditOptions, planEdit } from '../src/edit/plan.ts';

const options: EditOptions = {
  serverName: 'site.test',
  location: '/api/',
  port: 3001,
  maxBodySize: '50m',
  timeoutSeconds: 300,
  replace: false,
};

interface Given {
  /** In the server. */
  server: string;
  http?: string;
  files?: Readonly<Record<string, string>>;
  options?: Partial<EditOptions>;
  isCrlf?: boolean;
}

/** Plans, and lets the real nginx judge what would be written. */
async function planned(
  t: Parameters<typeof nginxFolder>[0],
  { server, http = '', files = {}, options: more, isCrlf = false }: Given,
) {
  const lines = `server {\n    listen 127.0.0.1:8180;\n    server_name site.test;\n${server}\n}\n`;
  const text = isCrlf ? lines.replaceAll('\n', '\r\n') : lines;
  const nginx = nginxFolder(t, `${http}\ninclude sites/*;`);
  for (const [name, content] of Object.entries(files)) nginx.put(name, content);
  const file = nginx.put('sites/site', text);
  assert.equal(nginx.test().code, 0, nginx.test().output);
  const plan = await planEdit(nginx.conf, { ...options, ...more });
  nginx.put(
    plan.file.path === file ? 'sites/site' : plan.file.path.slice(nginx.folder.length + 1),
    Buffer.from(plan.after, 'latin1'),
  );
  const { code, output } = nginx.test();
  assert.equal(code, 0, `${output}\n${plan.after}`);
  const again = await planEdit(nginx.conf, { ...options, ...more });
  assert.equal(again.isChanged, false, again.diff);
  return { plan, before: text, file, nginx };
}

const baselineLines = [
  'proxy_http_version 1.1;',
  'proxy_set_header Host $host;',
  'proxy_set_header X-Real-IP $remote_addr;',
  'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
  'proxy_set_header X-Forwarded-Proto $scheme;',
  'client_max_body_size 50m;',
  'proxy_read_timeout 300s;',
  'proxy_connect_timeout 300s;',
];

function without(text: string, lines: readonly string[]): string {
  return text
    .split('\n')
    .filter((line) => !lines.includes(line.trim()))
    .join('\n');
}

describe('merging the baseline', () => {
  it('keeps comments, tabs, odd lines and everything that is not asked for', async (t) => {
    const server = [
      '\tlocation /api/ {\t# the API, é',
      '\t\tproxy_pass   http://127.0.0.1:3001 ; # here',
      '',
      '\t\tproxy_set_header Upgrade $http_upgrade;',
      '\t\tproxy_set_header Connection "upgrade";',
      "\t\tadd_header X-Odd 'a; b }' always;",
      '\t\tproxy_cookie_flags ~ secure ;',
      '\t\tif ($request_method = "OPTIONS") { return 204; }',
      // A brace ends a word for nginx: quoted, it is one.
      '\t\tlocation ~ "^/api/x{2}" ',
      '\t\t{ proxy_pass http://127.0.0.1:3001; }',
      '\t}',
    ];
    const { plan, before } = await planned(t, { server: server.join('\n') });
    assert.equal(
      without(Buffer.from(plan.after, 'latin1').toString('utf8'), baselineLines),
      before,
    );
    assert.match(plan.after, /\n\t\tproxy_http_version 1\.1;\n/);
  });

  it('keeps the ends of lines of Windows', async (t) => {
    const server =
      '    location /api/ { # the API\n        proxy_pass http://127.0.0.1:3001;\n    }';
    const { plan, before } = await planned(t, { server, isCrlf: true });
    assert.equal(plan.after.replaceAll('\r\n', '').includes('\n'), false);
    const after = plan.after.replaceAll('\r\n', '\n');
    assert.equal(without(after, baselineLines), before.replaceAll('\r\n', '\n'));
  });

  it('reads a location on one line', async (t) => {
    for (const server of [
      '    location /api/ { proxy_pass http://127.0.0.1:3001; }',
      '    location /api/{proxy_pass http://127.0.0.1:3001;}',
      '    location /api/ { proxy_pass http://127.0.0.1:3001; proxy_buffering off; } location /x { return 200; }',
      '    location /api/ { proxy_buffering off; }',
      '    location /api/ {}',
    ]) {
      const { plan } = await planned(t, { server });
      for (const line of baselineLines) assert.ok(plan.after.includes(line), line);
    }
  });

  it('changes a value where it stands', async (t) => {
    const { plan, before } = await planned(t, {
      server: `    location /api/ {
        proxy_pass http://127.0.0.1:3001;
        proxy_http_version 1.0; proxy_set_header host "$http_host"; # as it came
        proxy_set_header X-REAL-IP 1.2.3.4;
        client_max_body_size 1m; proxy_read_timeout "1m 30s";
        proxy_connect_timeout 5m;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
    }`,
    });
    assert.equal(
      plan.after,
      before
        .replace('proxy_http_version 1.0', 'proxy_http_version 1.1')
        .replace('host "$http_host"', 'host $host')
        .replace('X-REAL-IP 1.2.3.4', 'X-REAL-IP $remote_addr')
        .replace('client_max_body_size 1m', 'client_max_body_size 50m')
        .replace('proxy_read_timeout "1m 30s"', 'proxy_read_timeout 300s'),
    );
    assert.deepEqual(plan.warnings, []);
  });

  it('takes what is inherited for set, and does not lose the headers from outside', async (t) => {
    const http = '  client_max_body_size 51200k;\n  proxy_http_version 1.1;';
    const server = `    proxy_read_timeout 5m;
    proxy_set_header X-Tenant "a b";
    proxy_set_header X-Real-IP $remote_addr;
    location /api/ {
        proxy_pass http://127.0.0.1:3001;
    }`;
    const { plan, before } = await planned(t, { http, server });
    const added = plan.after.split('\n').filter((line) => !before.split('\n').includes(line));
    assert.deepEqual(added.map((line) => line.trim()).sort(), [
      'proxy_connect_timeout 300s;',
      'proxy_set_header Host $host;',
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      'proxy_set_header X-Real-IP $remote_addr;',
      'proxy_set_header X-Tenant "a b";',
    ]);
  });

  it('leaves what an included file says, and names it', async (t) => {
    const server = `    location /api/ {
        proxy_pass http://127.0.0.1:3001;
        include proxy_params;
    }`;
    const params = `proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
`;
    const { plan, nginx } = await planned(t, { server, files: { proxy_params: params } });
    assert.equal(plan.left.length, 1);
    assert.ok(
      plan.left[0]?.includes(`Host is set to $http_host by ${nginx.folder}/proxy_params:1`),
    );
    assert.ok(!plan.after.includes('proxy_set_header'));
    assert.ok(plan.after.includes('proxy_http_version 1.1;'));
  });

  it('warns of what gets smaller, and of headers set behind another proxy', async (t) => {
    const server = `    client_max_body_size 0;
    location /api/ {
        proxy_pass http://127.0.0.1:4000;
        proxy_read_timeout 1h;
        proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
    }`;
    const { plan } = await planned(t, { server });
    for (const pattern of [
      /client_max_body_size is lowered from 0 /,
      /proxy_read_timeout is lowered from 1h .* --timeout 3600/,
      /X-Forwarded-Proto was \$http_x_forwarded_proto/,
      /proxy_pass leads to port 4000 .* 3001; it was kept/,
    ])
      assert.ok(
        plan.warnings.some((one) => pattern.test(one)),
        `${pattern}: ${plan.warnings.join('\n')}`,
      );
  });

  it('finds the API below a regular expression, in ^~ and without its slash', async (t) => {
    for (const [name, line] of [
      ['^~ /api/', 4],
      ['/api', 4],
      ['~ ^/api/', 4],
      ['~* "^/API(/|$)"', 4],
    ] as const) {
      const { plan } = await planned(t, {
        server: `    location ${name} {\n        proxy_pass http://127.0.0.1:3001;\n    }\n    location / { return 200; }`,
      });
      assert.equal(plan.line, line, name);
      assert.ok(plan.what.includes(name.replace(/"/g, '')), plan.what);
    }
  });

  it('does not touch /apixyz, nor = /api/', async (t) => {
    const server = `    location /apixyz { proxy_pass http://127.0.0.1:3001; }
    location = /api/ { proxy_pass http://127.0.0.1:3001; }
    location /api/ { proxy_pass http://127.0.0.1:3001; }`;
    const { plan } = await planned(t, { server });
    assert.equal(plan.line, 6);
    assert.ok(plan.after.includes(server.split('\n').slice(0, 2).join('\n')));
  });

  it('replaces the location as a whole when it is told to, keeps the URI, and names what goes', async (t) => {
    const server = `    location /api/ {
        # gone
        proxy_pass http://127.0.0.1:99/v1/;
        proxy_cookie_path / /x;
        location /api/y { return 200; }
    }
    location /z { return 200; }`;
    const { plan, before } = await planned(t, { server, options: { replace: true } });
    assert.ok(plan.after.includes('proxy_pass http://127.0.0.1:3001/v1/;'));
    assert.ok(!plan.after.includes('proxy_cookie_path'));
    assert.ok(
      plan.warnings.some((one) =>
        /loses what else stands in it: proxy_cookie_path .*, location /.test(one),
      ),
      plan.warnings.join(),
    );
    const [head = ''] = before.split('    location /api/');
    assert.ok(plan.after.startsWith(head));
    assert.ok(plan.after.endsWith('    location /z { return 200; }\n}\n'));
  });

  it('asks for other values when it is told to', async (t) => {
    const server = '    location /api/ { proxy_pass http://127.0.0.1:3001; }';
    const { plan } = await planned(t, {
      server,
      options: { maxBodySize: '1g', timeoutSeconds: 60 },
    });
    assert.match(plan.after, /client_max_body_size 1g;/);
    // 60 s is what nginx does by itself.
    assert.ok(!plan.after.includes('timeout'));
  });
});
