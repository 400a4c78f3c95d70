import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';

/** `nobody`, on every Debian. */
export const nobody = { uid: 65534, gid: 65534 };
export const isRoot = process.geteuid?.() === 0;

export interface UploadSite {
  folder: string;
  root: string;
  profile: string;
  state: string;
}

/** A site whose uploads are `dirs`, and nothing of it made but its root. */
export function uploadSite(
  test: CleansUp,
  dirs: readonly string[],
  more: { owner?: string; mode?: string; port?: number } = {},
): UploadSite {
  const folder = temporaryFolder(test);
  // Others have to get there.
  mkdirSync(join(folder, 'site'), { mode: 0o755 });
  const { owner = 'nobody', mode = '755', port = 9 } = more;
  const profile = join(folder, 'om-ops.yaml');
  writeFileSync(
    profile,
    JSON.stringify({
      site: 'demo',
      root: 'site',
      state: '../state',
      backend: { port },
      database: { engine: 'none' },
      uploads: { dirs, owner, mode, smoke: { path: '/api/docs' } },
    }),
  );
  return { folder, root: join(folder, 'site'), profile, state: join(folder, 'state') };
}

export function make(
  path: string,
  mode = 0o755,
  owner: { uid: number; gid: number } | undefined = undefined,
) {
  mkdirSync(path, { recursive: true, mode });
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
}
