import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RunOptions, runOmOps } from './om-ops.ts';

export interface SmallSite {
  root: string;
  state: string;
  profile: string;
  run(argv: readonly string[], options?: RunOptions): ReturnType<typeof runOmOps>;
}

export interface SmallSiteOptions {
  /** Default: the folder's `state`. */
  state?: string;
  /** Default: the folder's `root`. */
  root?: string;
  site?: string;
  /** More of the profile, as YAML. Default: no database. */
  profile?: string;
}

/** A site of nothing but the files it is given, with a profile of its own, in a folder that is there. */
export function smallSite(
  folder: string,
  files: Readonly<Record<string, string>>,
  options: SmallSiteOptions = {},
): SmallSite {
  const { root = join(folder, 'root'), state = join(folder, 'state'), site = 'small' } = options;
  mkdirSync(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  const profile = join(folder, 'om-ops.yaml');
  const { profile: more = 'database: {engine: none}' } = options;
  writeFileSync(
    profile,
    `site: ${site}\nroot: ${root}\nstate: ${state}\nenvFiles: [.env]\n${more}\n`,
  );
  return {
    root,
    state,
    profile,
    run: (argv, given = {}) =>
      runOmOps(argv, {
        cwd: folder,
        ...given,
        env: { OM_OPS_SITE: profile, HOME: folder, ...given.env },
      }),
  };
}
