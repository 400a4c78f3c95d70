import { type DemoSite, makeDemoSite } from './demo-site.ts';
import { type RunOptions, runOmOps } from './om-ops.ts';
import { type CleansUp, temporaryFolder } from './temp.ts';

export interface RunningDemo extends DemoSite {
  /** Runs om-ops on the site, with a home folder of its own. */
  run(argv: readonly string[], options?: RunOptions): ReturnType<typeof runOmOps>;
}

/** A demo site for one test, removed when the test ends. */
export function demo(test: CleansUp): RunningDemo {
  const folder = temporaryFolder(test);
  const site = makeDemoSite(folder);
  return {
    ...site,
    run: (argv, options = {}) =>
      runOmOps(argv, {
        cwd: folder,
        ...options,
        env: { OM_OPS_SITE: site.profile, HOME: folder, ...options.env },
      }),
  };
}
