/** One process of an app as its daemon knows it. */
export interface AppProcess {
  /** PM2's number for it. */
  id: number;
  /** PM2's word: `online`, `stopped`, `errored`, `launching`, `stopping`, `waiting restart`. */
  status: string;
  /** Null unless it runs. */
  pid: number | null;
  restarts: number;
  /** How often in a row it has died within its first second. */
  unstableRestarts: number;
  /** Since it was started last, by whomever, in ms since 1970; null when it was never. */
  startedAt: number | null;
  /** Since somebody started or restarted it; what PM2 does by itself does not count. */
  orderedAt: number | null;
  /** What it ended with last. */
  exitCode: number | null;
  memoryBytes: number;
  cpuPercent: number;
  script: string;
  args: string[];
  cwd: string;
  interpreter: string;
  nodeArgs: string[];
  mode: string;
  nodeVersion: string | null;
  outLog: string | null;
  errLog: string | null;
  /** Both together, if there is such a file. */
  bothLog: string | null;
  killTimeoutMs: number;
  /** What it was given to its environment. */
  env: Record<string, string>;
  /** The whole definition, as PM2 keeps and saves it. */
  definition: Record<string, unknown>;
}

type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The processes of an app in what `getMonitorData` answers: those of this very name.
 *
 * @throws Error when it is no list
 */
export function processesOf(list: unknown, app: string): AppProcess[] {
  return allProcesses(list).filter(({ name }) => name === app);
}

/** The names of all apps of a daemon. */
export function appNames(list: unknown): Set<string> {
  return new Set(allProcesses(list).map(({ name }) => name));
}

function allProcesses(list: unknown): (AppProcess & { name: string })[] {
  if (!Array.isArray(list)) throw new Error('PM2 gave no list of processes');
  return list
    .filter(isPlain)
    .map(processOf)
    .sort((a, b) => a.id - b.id);
}

function processOf(one: Plain): AppProcess & { name: string } {
  const env = isPlain(one.pm2_env) ? one.pm2_env : {};
  const monit = isPlain(one.monit) ? one.monit : {};
  const status = text(env.status) ?? 'unknown';
  const pid = number(one.pid) ?? 0;
  return {
    name: text(one.name) ?? '',
    id: number(one.pm_id) ?? -1,
    status,
    pid: pid > 0 && hasProcess(status) ? pid : null,
    restarts: number(env.restart_time) ?? 0,
    unstableRestarts: number(env.unstable_restarts) ?? 0,
    startedAt: number(env.pm_uptime) ?? null,
    orderedAt: number(env.created_at) ?? null,
    exitCode: number(env.exit_code) ?? null,
    memoryBytes: number(monit.memory) ?? 0,
    cpuPercent: number(monit.cpu) ?? 0,
    script: text(env.pm_exec_path) ?? '',
    args: texts(env.args),
    cwd: text(env.pm_cwd) ?? '',
    interpreter: text(env.exec_interpreter) ?? '',
    nodeArgs: texts(env.node_args),
    mode: text(env.exec_mode) ?? '',
    nodeVersion: text(env.node_version) ?? null,
    outLog: file(env.pm_out_log_path),
    errLog: file(env.pm_err_log_path),
    bothLog: file(env.pm_log_path),
    killTimeoutMs: number(env.kill_timeout) ?? 1600,
    env: Object.fromEntries(
      Object.entries(isPlain(env.env) ? env.env : {}).flatMap(([key, value]) =>
        isPlain(value) || value === undefined || value === null ? [] : [[key, String(value)]],
      ),
    ),
    definition: env,
  };
}

/** `stopping` is still there; `waiting restart` is between two. */
function hasProcess(status: string): boolean {
  return ['online', 'launching', 'stopping'].includes(status);
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string' && value !== ''
      ? [value]
      : [];
}

/** What goes to /dev/null is kept nowhere. */
function file(value: unknown): string | null {
  const path = text(value);
  return path === undefined || path === '/dev/null' ? null : path;
}
