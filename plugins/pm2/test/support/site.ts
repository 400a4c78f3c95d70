import { join } from 'node:path';
import { runCommand } from '@om-ops/test-support/command';
import type { RunResult } from '@om-ops/test-support/om-ops';
import {
  serverSource,
  type TestNode,
  type TestPm2,
  testPm2,
  writeFiles,
} from '@om-ops/test-support/pm2';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import type { CleansUp } from '@om-ops/test-support/temp';

export interface Pm2Site extends SmallSite {
  pm2: TestPm2;
  /** What the backend is called: other PM2s of this machine may run a `demo` too. */
  app: string;
  /** Runs a command in this process, with the environment of PM2. */
  command(
    command: Parameters<typeof runCommand>[0],
    argv?: readonly string[],
    env?: Record<string, string>,
  ): Promise<RunResult>;
}

export interface Pm2SiteOptions {
  node?: TestNode;
  files?: Readonly<Record<string, string>>;
  /** More of the section `pm2`, in braces. */
  pm2?: string;
  /** More of the profile. */
  profile?: string;
}

/** A site whose backend is to run in a PM2 of its own, under a name of its own. */
export async function pm2Site(test: CleansUp, options: Pm2SiteOptions = {}): Promise<Pm2Site> {
  const { node = 'system', files = {}, pm2: section = '', profile = '' } = options;
  const pm2 = await testPm2(test, node);
  const app = `demo-${pm2.port}`;
  const site = smallSite(
    pm2.folder,
    {
      'server/app.js': serverSource(pm2.port),
      ...files,
    },
    {
      profile: [
        'database: {engine: none}',
        `backend: {port: ${pm2.port}, health: [/health]}`,
        `pm2: {app: ${app}, bin: ${pm2.bin}, home: ${pm2.home}, boot: elsewhere${section === '' ? '' : `, ${section}`}}`,
        profile,
      ].join('\n'),
    },
  );
  return {
    ...site,
    pm2,
    app,
    command: (command, argv = ['--json'], env = {}) =>
      runCommand(command, argv, {
        site: site.profile,
        env: { PATH: pm2.env.PATH, HOME: pm2.folder, PM2_HOME: undefined, ...env },
      }),
  };
}

/** An ecosystem file with one app. */
export function rewrite(site: Pm2Site, files: Readonly<Record<string, string>>): void {
  writeFiles(site.root, files);
}

export const inRoot = (site: Pm2Site, name: string) => join(site.root, name);
