import { readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type AppService,
  execLook,
  findProgram,
  OpsError,
  type Progress,
  type ServiceCommand,
  type ServiceDriver,
  type ServiceLogFile,
  type ServiceNode,
  type ServiceUser,
} from '@om-ops/kit';
import { accountOf } from '@om-ops/kit/proc';
import { knownOrSaved, knownProcesses } from './app/known.ts';
import { type AppLook, diagnose, lookAtApp, type Pm2Setting, pm2Setting } from './app/look.ts';
import { order } from './app/orders.ts';
import type { AppProcess } from './app/process.ts';
import { oldest, serviceStatus } from './app/status.ts';

export const showLogs = 'om-ops pm2 logs --err --lines 50';

/** PM2 as what keeps the backend running. */
export const pm2Driver: ServiceDriver = {
  manager: 'pm2',
  async services(site, signal) {
    const setting = await pm2Setting(site);
    const look = await lookAtApp(setting, signal);
    if (look.status.exists) return [pm2Service(setting)];
    // No daemon of anybody, and nothing to say about one: this site does not use PM2.
    const { problems } = await diagnose(setting, signal);
    const telling = problems.find(({ code }) => !['E_PM2_DOWN', 'E_APP_UNKNOWN'].includes(code));
    if (telling !== undefined)
      throw new OpsError(telling.code, telling.message, { suggestions: [telling.fix] });
    return [];
  },
  async named(site, name) {
    const setting = await pm2Setting(site);
    const { section } = setting;
    const role = name === section.app ? 'backend' : 'worker';
    return { ...pm2Service({ ...setting, section: { ...section, app: name } }), role };
  },
};

/** The app of the profile. */
export function pm2Service(setting: Pm2Setting): AppService {
  const { place, section } = setting;
  const tell = (what: 'start' | 'restart' | 'stop') => async (progress: Progress) => {
    const processes = await knownProcesses(setting, progress.signal);
    const concerned =
      what === 'start' ? processes.filter(({ status }) => status !== 'online') : processes;
    await order(what, place, concerned, progress);
  };
  return {
    manager: 'pm2',
    name: section.app,
    role: 'backend',
    showLogs,
    status: async (signal) => serviceStatus((await lookAtApp(setting, signal)).status),
    logFiles: async (signal) => logFilesOf((await lookAtApp(setting, signal)).processes),
    user: async (signal) => userOf(setting, await lookAtApp(setting, signal)),
    node: async (signal) => nodeOf((await lookAtApp(setting, signal)).processes),
    start: tell('start'),
    restart: tell('restart'),
    stop: tell('stop'),
    command: async (signal) => commandOf(setting, await knownOrSaved(setting, signal)),
  };
}

function commandOf({ place }: Pm2Setting, [one]: readonly AppProcess[]): ServiceCommand | null {
  if (one === undefined || one.script === '') return null;
  const { interpreter, nodeArgs, script, args, cwd, env } = one;
  const isItself = interpreter === '' || interpreter === 'none';
  return {
    argv: [...(isItself ? [] : [interpreter, ...nodeArgs]), script, ...args],
    cwd,
    env,
    user: place.isOther ? place.owner.name : null,
  };
}

/** Where the output of these processes goes; a file that several share stands there once. */
export function logFilesOf(processes: readonly AppProcess[]): ServiceLogFile[] {
  const files = new Map<string, ServiceLogFile['stream']>();
  const add = (path: string | null, stream: ServiceLogFile['stream']) => {
    if (path === null) return;
    const known = files.get(path);
    files.set(path, known === undefined || known === stream ? stream : 'both');
  };
  for (const { outLog, errLog, bothLog } of processes) {
    add(outLog, 'stdout');
    add(errLog, 'stderr');
    if (outLog === null && errLog === null) add(bothLog, 'both');
  }
  return [...files].map(([path, stream]) => ({ path, stream }));
}

async function userOf(
  { place, section: { app } }: Pm2Setting,
  { processes }: AppLook,
): Promise<ServiceUser | null> {
  const running = oldest(processes);
  const owner =
    running?.pid === undefined || running.pid === null ? undefined : processOwner(running.pid);
  if (running?.pid && owner !== undefined) {
    const name = (await accountOf(owner.uid))?.name ?? String(owner.uid);
    return { name, ...owner, from: `the process of ${app} (pid ${running.pid})` };
  }
  if (processes.length === 0) return null;
  const { name, uid, gid } = place.owner;
  return { name, uid, gid, from: `the PM2 of ${name}, which has ${app} and does not run it now` };
}

function processOwner(pid: number): { uid: number; gid: number } | undefined {
  const found = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  return found === undefined ? undefined : { uid: found.uid, gid: found.gid };
}

async function nodeOf(processes: readonly AppProcess[]): Promise<ServiceNode | null> {
  const one = oldest(processes) ?? processes[0];
  if (one === undefined) return null;
  const running = one.pid === null ? undefined : executable(one.pid);
  const program = running ?? one.interpreter;
  if (!/^node(?:js)?(?:-?v?[\d.]+)?$/.test(basename(program))) return null;
  const path = program.includes('/') ? program : findProgram(program, one.env.PATH);
  // The app tells PM2 its version, a moment after its start.
  const version = one.nodeVersion ?? (path === undefined ? null : await versionOf(path));
  return { program: path ?? null, version };
}

async function versionOf(node: string): Promise<string | null> {
  const { stdout } = await execLook(node, ['--version'], { accept: 'any' });
  return /^v(\d\S*)/.exec(stdout.trim())?.[1] ?? null;
}

function executable(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}
