import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from '@om-ops/kit';
import { runCommand } from '@om-ops/test-support/command';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';

/** A site that is a real repository, with a HOME of its own. */
export interface GitSite extends SmallSite {
  folder: string;
  env: Record<string, string | undefined>;
  /** Runs git in the root; returns what it prints. */
  git(...args: readonly string[]): string;
  write(name: string, content: string | Uint8Array): void;
  /** Runs a command of the plugin in this process. */
  om(
    command: Command.Class,
    argv?: readonly string[],
    env?: Record<string, string | undefined>,
  ): ReturnType<typeof runCommand>;
  /** HEAD, the branches' heads, the bytes and time of the index, and every file of the work tree. */
  picture(): Record<string, string>;
}

export interface GitSiteOptions {
  /** More of the profile. */
  profile?: string;
  /** False: git knows no name. Default true. */
  identity?: boolean;
  /** False: no repository. `empty`: one without a commit. Default: one with a commit of its files. */
  repository?: boolean | 'empty';
}

export function gitSite(
  test: CleansUp,
  files: Readonly<Record<string, string>> = { 'a.txt': 'one\n' },
  { profile = '', identity = true, repository = true }: GitSiteOptions = {},
): GitSite {
  const folder = temporaryFolder(test);
  // Others may be its owner.
  chmodSync(folder, 0o755);
  const site = smallSite(folder, files, { profile: `database: {engine: none}\n${profile}` });
  const home = join(folder, 'home');
  mkdirSync(home);
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: undefined,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
  };
  const name = '[user]\n\tname = Ann\n\temail = ann@example.org\n';
  // Without a name git would make one of the machine's.
  writeFileSync(
    env.GIT_CONFIG_GLOBAL,
    `${identity ? name : '[user]\n\tuseConfigOnly = true\n'}[init]\n\tdefaultBranch = main\n`,
  );
  const git = (...args: readonly string[]) =>
    execFileSync('git', [...args], {
      cwd: site.root,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  if (repository !== false) git('init', '--quiet');
  if (repository === true) {
    git('add', '--all');
    git('-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', 'commit', '-qm', 'first');
  }
  return {
    ...site,
    folder,
    env,
    git,
    write(name, content) {
      const path = join(site.root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    },
    om: (command, argv = [], more = {}) =>
      runCommand(command, ['--json', ...argv], { site: site.profile, env: { ...env, ...more } }),
    picture: () => pictureOf(site.root, git),
  };
}

function pictureOf(root: string, git: GitSite['git']): Record<string, string> {
  const index = join(root, '.git/index');
  const stat = lstatSync(index, { throwIfNoEntry: false, bigint: true });
  return {
    HEAD: readFileSync(join(root, '.git/HEAD'), 'utf8'),
    refs: git('for-each-ref', '--format=%(refname) %(objectname)')
      .split('\n')
      .filter((line) => !line.startsWith('refs/heads/checkpoint-'))
      .join('\n'),
    index:
      stat === undefined
        ? 'none'
        : `${createHash('sha256').update(readFileSync(index)).digest('hex')} ${stat.mtimeNs} ${stat.ino}`,
    ...treeOf(root, ''),
  };
}

/** Names are bytes: held one character a byte. */
function treeOf(root: string, below: string): Record<string, string> {
  const found: Record<string, string> = {};
  const at = (name: string) => Buffer.from(`${root}/${name}`, 'latin1');
  for (const entry of readdirSync(at(below), { withFileTypes: true, encoding: 'latin1' })) {
    const name = join(below, entry.name);
    if (name === '.git') continue;
    if (entry.isDirectory()) Object.assign(found, treeOf(root, name));
    else if (entry.isSymbolicLink()) found[name] = `→ ${readlinkSync(at(name))}`;
    else found[name] = `${lstatSync(at(name)).mtimeMs} ${readFileSync(at(name), 'base64')}`;
  }
  return found;
}

/** A bare repository that the site's `origin` is, with a pre-receive hook if `refusing` says why it refuses. */
export function bareRemote(site: GitSite, { refusing }: { refusing?: string } = {}): string {
  const path = join(site.folder, 'remote.git');
  site.git('init', '--quiet', '--bare', path);
  site.git('remote', 'add', 'origin', path);
  if (refusing !== undefined)
    hook(join(path, 'hooks/pre-receive'), `printf '%s\\n' '${refusing}' >&2; exit 1`);
  return path;
}

export function hook(path: string, script: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
