import { statSync } from 'node:fs';
import { delimiter } from 'node:path';
import { shellWord, sitePath } from '@om-ops/kit';

/** How the tick is started from outside. */
export interface TickCommand {
  /** What it needs of the environment that it is installed from. */
  env: Readonly<Record<string, string>>;
  argv: readonly string[];
}

export interface TickSource {
  launcher: string;
  profile: string | undefined;
  env: NodeJS.ProcessEnv;
}

/** What decides which site, plugins and time of day are meant, and is set by some people's shells only. */
const kept = ['TZ', 'OM_OPS_STATE', 'OM_OPS_DATA_DIR', 'XDG_DATA_HOME'] as const;

export function tickCommand({ launcher, profile, env }: TickSource): TickCommand {
  const set = kept.flatMap((name) => {
    const value = env[name];
    return value ? [[name, value] as const] : [];
  });
  return {
    env: { PATH: steadyPath(env.PATH), ...Object.fromEntries(set) },
    argv: [
      launcher,
      'schedule',
      'tick',
      '--quiet',
      ...(profile === undefined ? [] : ['--site', profile]),
    ],
  };
}

/** As one line of a shell. */
export function shellLine({ env, argv }: TickCommand): string {
  const set = Object.entries(env).map(([name, value]) => `${name}=${shellWord(value)}`);
  return [...set, ...argv.map(shellWord)].join(' ');
}

const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * PATH for what runs unseen: the folders of now that stay, and those of the system, which cron leaves out (nginx lies in
 * /usr/sbin). As root none in which another user could put a program.
 */
function steadyPath(path: string | undefined): string {
  const asRoot = process.geteuid?.() === 0;
  const folders = [...sitePath(path).split(delimiter), ...system];
  return [...new Set(folders)]
    .filter((folder) => system.includes(folder) || isSteady(folder, asRoot))
    .join(delimiter);
}

function isSteady(folder: string, asRoot: boolean): boolean {
  if (/^\/(?:tmp|run|proc|dev)\//.test(folder)) return false;
  try {
    const { uid, mode } = statSync(folder);
    return !asRoot || (uid === 0 && (mode & 0o022) === 0);
  } catch {
    return false;
  }
}
