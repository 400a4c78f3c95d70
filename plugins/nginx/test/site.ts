import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Daemon } from '@om-ops/test-support/daemon';
import { type Echo, type EchoServer, echoServer } from '@om-ops/test-support/echo-server';
import { freePort } from '@om-ops/test-support/free-port';
import { type NginxFolder, nginxFolder, startNginx } from '@om-ops/test-support/nginx';
import type { CleansUp } from '@om-ops/test-support/temp';

export interface Site extends NginxFolder {
  port: number;
  backend: EchoServer;
  state: string;
  profile: string;
  daemon: Daemon | undefined;
  /** The site's file. */
  file: string;
  read(path?: string): string;
  ask(
    path: string,
    options?: { port?: number; host?: string },
  ): Promise<{ status: number; location: string | undefined; body: string }>;
  echo(path: string): Promise<Echo>;
}

export interface SiteOptions {
  /** What stands in the file of the site; PORT and BACKEND are put in. Default: a real API location. */
  text?: string;
  /** More in the http block. */
  http?: string;
  /** More of the profile's section, as YAML. */
  section?: string;
  starts?: boolean;
}

export const apiLocation = `    location /api/ {
        proxy_pass http://127.0.0.1:BACKEND;
        proxy_cookie_path / "/; secure"; # kept
        proxy_set_header Upgrade $http_upgrade;
        client_max_body_size 10m;
        if ($request_method = OPTIONS) {
            return 204;
        }
        location /api/deep/ { proxy_pass http://127.0.0.1:BACKEND/d/; }
    }`;

export const siteText = `# the site, é
server {
    listen 127.0.0.1:PORT;
    server_name site.test;
    location / { return 200 "front end"; }
${apiLocation}
}
`;

/** nginx with a site in a file of its own, a backend behind it, and a profile that names them. */
export async function nginxSite(test: CleansUp, options: SiteOptions = {}): Promise<Site> {
  const backend = await echoServer(test);
  const port = await freePort();
  const nginx = nginxFolder(test, `${options.http ?? ''}\n  include sites-enabled/*;`);
  const { folder, conf, errorLog } = nginx;
  const filled = (text: string) =>
    text.replaceAll('PORT', String(port)).replaceAll('BACKEND', String(backend.port));
  const file = nginx.put('sites-enabled/site', filled(options.text ?? siteText));
  const state = join(folder, 'state');
  mkdirSync(state, { mode: 0o700 });
  const profile = join(folder, 'om-ops.yaml');
  writeFileSync(
    profile,
    `site: small
root: ${folder}
state: ${state}
envFiles: []
backend: {port: ${backend.port}, health: [/api/health]}
nginx: {conf: ${conf}, errorLog: ${errorLog}, serverName: site.test${options.section === undefined ? '' : `, ${filled(options.section)}`}}
`,
  );
  const daemon = options.starts === false ? undefined : await startNginx(test, nginx);
  const ask: Site['ask'] = (path, { port: at = port, host = 'site.test' } = {}) =>
    new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: at, path, headers: { host }, agent: false },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (data: string) => {
            body += data;
          });
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              location: response.headers.location,
              body,
            }),
          );
        },
      );
      sent.once('error', reject).end();
    });
  return {
    ...nginx,
    port,
    backend,
    state,
    profile,
    daemon,
    file,
    read: (path = file) => readFileSync(path, 'utf8'),
    ask,
    echo: async (path) => JSON.parse((await ask(path)).body) as Echo,
  };
}

/** Asks again and again until it is stopped; what was no answer of the API is kept. */
export function watching(site: Site, path = '/api/watch'): { stop(): Promise<string[]> } {
  const bad: string[] = [];
  let goesOn = true;
  const done = (async () => {
    while (goesOn) {
      const said = await site.ask(path).then(
        ({ status }) => (status === 200 ? undefined : String(status)),
        (error: Error) => error.message,
      );
      if (said !== undefined) bad.push(said);
    }
  })();
  return {
    async stop() {
      goesOn = false;
      await done;
      return bad;
    },
  };
}
