import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';

export interface DbSite {
  site: string;
  state: string;
}

/** A site whose database is on this server. */
export function dbSite(
  test: CleansUp,
  server: {
    engine: 'postgres' | 'mysql';
    port: number;
    user: string;
    password?: string;
    host?: string;
  },
  { databases = ['shop'], db = {} }: { databases?: string[]; db?: object } = {},
): DbSite {
  const folder = temporaryFolder(test);
  const root = join(folder, 'site');
  const state = join(folder, 'state');
  mkdirSync(root);
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(root, '.env'), `DB_PASSWORD=${server.password ?? ''}\n`, { mode: 0o600 });
  const site = join(folder, 'om-ops.yaml');
  const { engine, port, user, host = '127.0.0.1' } = server;
  writeFileSync(
    site,
    JSON.stringify({
      site: 'demo',
      root,
      state,
      envFiles: ['.env'],
      database: { engine, databases, host, port, user },
      db,
    }),
  );
  return { site, state };
}
