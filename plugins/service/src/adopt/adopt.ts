import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Change,
  exec,
  fromSystemError,
  OpsError,
  type Progress,
  silentProgress,
} from '@om-ops/kit';
import { accountOf, processOf } from '@om-ops/kit/proc';
import type { Look } from '../kinds/look.ts';
import { endProcess } from '../kinds/process/end.ts';
import { processEnvironment } from '../kinds/process/environment.ts';
import { plainOf } from '../kinds/process/manager.ts';
import { startProcess } from '../kinds/process/start.ts';
import { lookAtService, type Managers } from '../look/managers.ts';
import { waitForOrder } from '../orders/wait.ts';
import type { ServiceDefinition } from '../site.ts';
import { type Keeper, keepersOf } from './keepers.ts';
import { unitText } from './unit-file.ts';

export interface AdoptPlan {
  service: ServiceDefinition;
  /** The same service, run by its unit. */
  adopted: ServiceDefinition;
  path: string;
  text: string;
  before: Look;
  keepers: Keeper[];
  /** What it was started with and its unit does not give it: names only. */
  lostKeys: string[];
  /** Its whole environment, for the way back. */
  environment: Record<string, string> | null;
  /** How far it came. */
  done: { written: boolean; ended: boolean; started: boolean };
  after?: Look;
}

export interface AdoptContext {
  site: string;
  all: readonly ServiceDefinition[];
  managers: Managers;
  settleMs: number;
  timeoutMs: number;
}

const folder = '/etc/systemd/system';

/**
 * What has to be done that a unit keeps a plain process running.
 *
 * @throws OpsError E_USAGE (exit 2), E_UNIT_EXISTS, E_SERVICE_UNSEEN, E_AMBIGUOUS_SERVICE (1), E_PERMISSION (5)
 */
export async function planAdoption(
  service: ServiceDefinition,
  { site, all, managers }: AdoptContext,
  signal: AbortSignal,
): Promise<AdoptPlan> {
  if (service.how.kind !== 'process')
    throw new OpsError(
      'E_USAGE',
      `${service.name} is kept running by ${service.how.kind} already.`,
      {
        exit: 'usage',
        suggestions: ['Only a plain process of the profile (`process`) can be adopted.'],
      },
    );
  const plain = plainOf(service);
  const before = await lookAtService(service, managers, signal);
  if (before.detail.includes('times'))
    throw new OpsError('E_AMBIGUOUS_SERVICE', `${service.name}: ${before.problem}`, {
      suggestions: ['End those that are too many by their pid, then try again.'],
    });
  const unit = `${service.name.toLowerCase()}.service`;
  const path = join(folder, unit);
  refuseTaken(path, unit);
  const running = before.pid === null ? undefined : processOf(before.pid);
  const account = await accountOf(plain.user ?? running?.uid ?? process.geteuid?.() ?? 0);
  const after = service.after.flatMap((name) => {
    const how = all.find((one) => one.name === name)?.how;
    return how?.kind === 'systemd' ? [how.unit] : [];
  });
  const environment = running === undefined ? null : environmentOf(running.pid);
  const given = await processEnvironment({ ...plain, user: account?.name ?? plain.user });
  return {
    service,
    adopted: { ...service, how: { kind: 'systemd', unit }, target: unit },
    path,
    text: unitText({ name: service.name, site, plain, user: account?.name ?? 'root', after }),
    before,
    keepers: keepersOf(plain, before.pid),
    lostKeys: Object.keys(environment ?? {})
      .filter((key) => !(key in given) && !ofTheShell.has(key))
      .sort(),
    environment,
    done: { written: false, ended: false, started: false },
  };
}

/** What a login or a shell adds, and no service needs. */
const ofTheShell = new Set(
  'PWD OLDPWD SHLVL _ TERM SHELL MAIL LS_COLORS HISTFILE SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK XDG_SESSION_ID XDG_RUNTIME_DIR XDG_SESSION_TYPE XDG_SESSION_CLASS XDG_DATA_DIRS DBUS_SESSION_BUS_ADDRESS SUDO_USER SUDO_UID SUDO_GID SUDO_COMMAND SUDO_HOME STY WINDOW TMUX TMUX_PANE LESSOPEN LESSCLOSE LANGUAGE LC_ALL COLORTERM HOSTNAME INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID'.split(
    ' ',
  ),
);

function refuseTaken(path: string, unit: string): void {
  const taken = [
    path,
    join('/usr/lib/systemd/system', unit),
    join('/lib/systemd/system', unit),
  ].find((one) => existsSync(one));
  if (taken === undefined) return;
  throw new OpsError('E_UNIT_EXISTS', `There is a unit of that name: ${taken}.`, {
    suggestions: [
      `If it is this service, say so in the site profile: {unit: ${basename(taken, '.service')}}`,
      'Else give the service another name in the site profile: om-ops config path',
    ],
  });
}

function environmentOf(pid: number): Record<string, string> | null {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .flatMap((one): [string, string][] => {
        const at = one.indexOf('=');
        return at > 0 ? [[one.slice(0, at), one.slice(at + 1)]] : [];
      });
    return Object.fromEntries(entries);
  } catch {
    return null;
  }
}

export function adoptionChanges({ path, text, before, adopted, keepers }: AdoptPlan): Change[] {
  const lines = text.trimEnd().split('\n');
  const diff = [
    '--- /dev/null',
    `+++ ${path}`,
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map((line) => `+${line}`),
    '',
  ].join('\n');
  return [
    { kind: 'create', what: path, diff },
    { kind: 'run', what: 'systemctl daemon-reload' },
    ...(before.pid === null
      ? []
      : [{ kind: 'run' as const, what: `SIGTERM to pid ${before.pid}`, detail: before.detail }]),
    { kind: 'run', what: `systemctl enable --now ${adopted.target}` },
    ...keepers.map(({ kind, where }) => ({
      kind: 'run' as const,
      what: `(nothing) ${where}`,
      detail: `this ${kind} starts it too, and is yours to take away`,
    })),
  ];
}

const systemctl = (signal: AbortSignal, ...args: string[]) =>
  exec('systemctl', ['--no-ask-password', ...args], { signal, timeoutMs: 60_000 });

/** @throws OpsError E_PERMISSION, E_SERVICE_FAILED, E_TIMED_OUT, E_PROGRAM_FAILED */
export async function adopt(
  plan: AdoptPlan,
  { managers, settleMs, timeoutMs }: AdoptContext,
  progress: Progress,
): Promise<void> {
  const { adopted, before, done, path, text } = plan;
  const { signal } = progress;
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    throw fromSystemError(error, 'write the unit', path);
  }
  done.written = true;
  await systemctl(signal, 'daemon-reload');
  const running = before.pid === null ? undefined : processOf(before.pid);
  if (running !== undefined) {
    done.ended = true;
    await endProcess(running, progress);
  }
  done.started = true;
  await systemctl(signal, 'enable', '--', adopted.target);
  await managers.systemd.order(adopted, 'start', before, progress);
  const up = await waitForOrder({
    service: adopted,
    order: 'start',
    before: { ...before, key: null },
    managers,
    timeoutMs,
    settleMs,
    progress,
  });
  plan.after = up.look;
}

/** Takes the unit away, and starts the process again as it was. */
export async function giveBack(plan: AdoptPlan, signal: AbortSignal): Promise<void> {
  const { adopted, done, environment, path, service } = plan;
  if (done.started)
    await systemctl(signal, 'disable', '--now', '--', adopted.target).catch(() => {});
  if (done.written) {
    rmSync(path, { force: true });
    await systemctl(signal, 'daemon-reload');
    await systemctl(signal, 'reset-failed', '--', adopted.target).catch(() => {});
  }
  if (done.ended)
    await startProcess(plainOf(service), { ...silentProgress(), signal }, environment ?? undefined);
}
