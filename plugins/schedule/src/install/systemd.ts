import { existsSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  fromSystemError,
  makeStateFolder,
  OpsError,
  program,
  systemCode,
  writeFileAtomicSync,
} from '@om-ops/kit';
import type { TickCommand } from './tick-command.ts';

export const systemctl = program('systemctl', {
  install: 'systemd is not installed here; use cron: om-ops schedule install --cron',
});

/** Whether systemd runs this machine. */
export function systemdRuns(): boolean {
  return existsSync('/run/systemd/system');
}

/** The timer and the service of one site. */
export interface Units {
  folder: string;
  timer: string;
  service: string;
  /** They are this user's and not the system's. */
  isUser: boolean;
}

export function unitsOf(name: string, env: NodeJS.ProcessEnv): Units {
  const isUser = process.geteuid?.() !== 0;
  const config = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  const slug = name.replace(/^\/+/, '').replace(/[^A-Za-z0-9]+/g, '-');
  const unit = `om-ops-schedule-${slug}`;
  return {
    folder: isUser ? join(config, 'systemd/user') : '/etc/systemd/system',
    timer: `${unit}.timer`,
    service: `${unit}.service`,
    isUser,
  };
}

const mark = (name: string) => `# om-ops schedule: ${name}`;

/** Unit files by name. */
export type UnitFiles = Readonly<Record<string, string>>;

export function unitFiles(
  { timer, service }: Units,
  { name, site, tick }: { name: string; site: string; tick: TickCommand },
): UnitFiles {
  const head = `${mark(name)}\n# Made by om-ops schedule install; om-ops schedule remove takes it away.\n`;
  const title = site.replace(/[\s%]+/g, ' ');
  const environment = Object.entries(tick.env).map(
    ([key, value]) => `Environment=${quoted(`${key}=${value}`)}\n`,
  );
  return {
    [service]: `${head}[Unit]
Description=Runs what is due of ${title}

[Service]
Type=oneshot
ExecStart=${[...tick.argv, '--detach'].map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}
${environment.join('')}# What it has begun goes on when it returns.
KillMode=process
`,
    [timer]: `${head}[Unit]
Description=Each minute: what is due of ${title}

[Timer]
OnCalendar=*-*-* *:*:00
AccuracySec=1s

[Install]
WantedBy=timers.target
`,
  };
}

/** One word of a unit file. */
function quoted(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /^[A-Za-z0-9_./:@=,+-]+$/.test(text) ? text : `"${escaped}"`;
}

/**
 * What stands where the units go; null: nothing.
 *
 * @throws OpsError E_NOT_OURS (exit 1) for a file that om-ops did not make
 */
export function readUnits({ folder, timer, service }: Units, name: string): UnitFiles | null {
  const found: Record<string, string> = {};
  for (const file of [service, timer]) {
    const path = join(folder, file);
    try {
      const text = readFileSync(path, 'utf8');
      if (!text.startsWith(`${mark(name)}\n`))
        throw new OpsError(
          'E_NOT_OURS',
          `${path} was not made by om-ops for this site, so it stays as it is.`,
          {
            suggestions: [
              `See what it is: systemctl cat ${file}`,
              'Or use cron: om-ops schedule install --cron',
            ],
          },
        );
      found[file] = text;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, 'read', path);
    }
  }
  return Object.keys(found).length === 0 ? null : found;
}

/** Writes the units and starts the timer; null stops it and takes them away. @throws OpsError E_PERMISSION, E_PROGRAM_FAILED */
export async function applyUnits(
  units: Units,
  files: UnitFiles | null,
  signal?: AbortSignal,
): Promise<void> {
  const { folder, timer, service, isUser } = units;
  const run = (...args: string[]) =>
    systemctl.exec([...(isUser ? ['--user'] : []), ...args], {
      timeoutMs: 60_000,
      ...(signal === undefined ? {} : { signal }),
    });
  if (files === null && existsSync(join(folder, timer))) await run('disable', '--now', timer);
  if (files !== null && isUser) makeStateFolder(folder);
  for (const name of [service, timer]) {
    const path = join(folder, name);
    const text = files?.[name];
    if (text === undefined) removeUnit(path);
    else writeFileAtomicSync(path, text, { mode: 0o644 });
  }
  await run('daemon-reload');
  if (files !== null) await run('enable', '--now', timer);
}

/**
 * Takes back units that were not there before. systemd may be what failed, and then has nothing of them; the files are
 * what would come back at the next boot.
 *
 * @throws OpsError E_PERMISSION
 */
export async function dropUnits(units: Units): Promise<void> {
  const { folder, timer, service, isUser } = units;
  const tell = (...args: string[]) =>
    systemctl.exec([...(isUser ? ['--user'] : []), ...args], { accept: 'any', timeoutMs: 30_000 });
  await tell('disable', '--now', timer);
  for (const name of [service, timer]) removeUnit(join(folder, name));
  await tell('daemon-reload');
}

function removeUnit(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw fromSystemError(error, 'remove', path);
  }
}

/** What is wrong with the timer now, as a sentence. */
export async function timerProblem({ timer, isUser }: Units): Promise<string | undefined> {
  const { stdout } = await systemctl.look([...(isUser ? ['--user'] : []), 'is-active', timer], {
    accept: 'any',
  });
  const said = stdout.trim();
  return said === 'active'
    ? undefined
    : `systemd says that ${timer} is ${said === '' ? 'unknown' : said}.`;
}

/** A user's timers run while he is logged in, unless he lingers. */
export function lingers(user: string): boolean {
  return existsSync(join('/var/lib/systemd/linger', user));
}
