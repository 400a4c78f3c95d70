import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, resolve } from 'node:path';
import { findProgram } from '@om-ops/kit';
import type { AppProcess } from '../app/process.ts';
import type { Identity } from './identity.ts';
import type { Ecosystem } from './read-ecosystem.ts';

/** What an app is to be, or is, in the parts that can differ. */
export interface Definition {
  script: string;
  cwd: string;
  args: string[];
  nodeArgs: string[];
  /** Null: not said, PM2 chooses. */
  interpreter: string | null;
  mode: string;
  instances: number;
  env: Record<string, string>;
  /** Absolute; null: where PM2 puts it by itself. */
  logs: { out: string | null; err: string | null };
  /** Whatever else has been set, by PM2's names. */
  options: Record<string, string>;
}

type Plain = Record<string, unknown>;

/** What PM2 sets where the file says nothing. */
const optionDefaults: Readonly<Record<string, string>> = {
  namespace: 'default',
  autorestart: 'true',
  treekill: 'true',
  instance_var: 'NODE_APP_INSTANCE',
};

/** The options that are compared. Of the others PM2 keeps no trace, or they change nothing that runs. */
const optionNames = [
  'namespace',
  'watch',
  'ignore_watch',
  'autorestart',
  'wait_ready',
  'listen_timeout',
  'cron_restart',
  'restart_delay',
  'exp_backoff_restart_delay',
  'min_uptime',
  'max_restarts',
  'max_memory_restart',
  'kill_timeout',
  'log_date_format',
  'log_type',
  'stop_exit_codes',
  'treekill',
  'instance_var',
  'increment_var',
  'shutdown_with_message',
  'merge_logs',
  'uid',
  'gid',
] as const;

/** What PM2 and a shell put into the environment of an app by themselves. */
const ownVariables =
  /^(?:PATH|HOME|PM2_.*|LANG|USER|LOGNAME|PWD|OLDPWD|SHLVL|_|unique_id|NODE_APP_INSTANCE)$/;

/** What the file asks for. `folder` is where PM2 is called. */
export function wantedDefinition(
  { app, env }: Ecosystem,
  {
    folder,
    name,
    envName,
    path,
    identity = {},
  }: { folder: string; name: string; envName: string | null; path: string; identity?: Identity },
): Definition {
  const cwd = resolve(folder, text(app.cwd) ?? folder);
  const command = text(app.script) ?? text(app.exec) ?? text(app.cmd) ?? text(app.command) ?? '';
  const isShell = command.includes(' ');
  const script = isShell ? 'bash' : command;
  const args = isShell ? ['-c', command] : words(app.args);
  const interpreter = text(app.exec_interpreter) ?? text(app.interpreter) ?? null;
  const mode = modeOf(app, interpreter, script);
  return {
    script: scriptPath(script, cwd, path),
    cwd,
    args,
    nodeArgs: words(app.node_args ?? app.interpreter_args ?? app.interpreterArgs),
    interpreter,
    mode,
    instances: instancesOf(app.instances),
    env: variables(
      {
        ...env,
        ...(app.port === undefined ? {} : { PORT: app.port }),
        ...plain(app.env),
        ...(envName === null ? {} : plain(app[`env_${envName}`])),
      },
      name,
    ),
    logs: {
      out: logPath(app.out_file ?? app.out ?? app.output ?? app.out_log, cwd),
      err: logPath(app.error_file ?? app.error ?? app.err ?? app.err_file ?? app.err_log, cwd),
    },
    options: options({
      ...app,
      ...(app.time === true ? { log_date_format: 'YYYY-MM-DDTHH:mm:ss' } : {}),
      ...mergedLogs(app, mode),
      ...{ uid: undefined, gid: undefined, ...identity },
    }),
  };
}

/** `npm start` in a folder. */
export function npmDefinition(
  folder: string,
  env: Record<string, string>,
  name: string,
): Definition {
  return {
    ...wantedDefinition(
      { app: { script: 'npm', args: ['start'] }, env },
      { folder, name, envName: null, path: env.PATH ?? '' },
    ),
    cwd: folder,
  };
}

/** What runs. */
export function runningDefinition(
  processes: readonly AppProcess[],
  app: string,
): Definition | undefined {
  const [one] = processes;
  if (one === undefined) return undefined;
  const { script, cwd, args, nodeArgs, mode, interpreter } = one;
  const log = (path: string | null) => (path === null ? '/dev/null' : withoutId(path, one));
  return {
    script,
    cwd,
    args,
    nodeArgs,
    interpreter,
    mode,
    instances: processes.length,
    env: variables(plain(one.definition.env), app),
    logs: { out: log(one.outLog), err: log(one.errLog) },
    options: options(one.definition),
  };
}

/** With several instances PM2 puts the number of each into the names of its logs. */
function withoutId(path: string, { id, definition }: AppProcess): string {
  return definition.merge_logs === true ? path : path.replace(new RegExp(`-${id}\\.log$`), '.log');
}

function modeOf(app: Plain, interpreter: string | null, script: string): string {
  const said = text(app.exec_mode);
  if (said !== undefined) return said.replace(/^(fork|cluster)$/, '$1_mode');
  const isNode =
    interpreter === null ? /\.[cm]?js$/.test(script) : /node$/.test(basename(interpreter));
  return app.instances !== undefined && isNode ? 'cluster_mode' : 'fork_mode';
}

function instancesOf(value: unknown): number {
  if (value === undefined || value === null) return 1;
  const count = value === 'max' ? 0 : Math.trunc(Number(value)) || 0;
  const all = count > 0 ? count : cpus().length + count;
  return Math.max(1, all);
}

function mergedLogs(app: Plain, mode: string): Plain {
  const said = app.merge_logs ?? app.combine_logs;
  if (said !== undefined) return { merge_logs: said };
  return mode !== 'cluster_mode' && !app.instances ? { merge_logs: true } : {};
}

/** As PM2 finds it: below the folder, else a program on PATH. */
function scriptPath(script: string, cwd: string, path: string): string {
  const below = resolve(cwd, script);
  return existsSync(below) ? below : (findProgram(script, path) ?? below);
}

function logPath(value: unknown, cwd: string): string | null {
  const path = text(value);
  if (path === undefined) return null;
  return path === 'NULL' || path === '/dev/null' ? '/dev/null' : resolve(cwd, path);
}

function variables(env: Plain, app: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) =>
      ownVariables.test(key) || key === app || value === undefined || value === null
        ? []
        : [[key, typeof value === 'object' ? JSON.stringify(value) : String(value)]],
    ),
  );
}

function options(from: Plain): Record<string, string> {
  return Object.fromEntries(
    optionNames.flatMap((name) => {
      const value = optionText(name, from[name]);
      return value === undefined || value === (optionDefaults[name] ?? 'false')
        ? []
        : [[name, value]];
    }),
  );
}

const sizes: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const times: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

function optionText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const units = name === 'max_memory_restart' ? sizes : name === 'min_uptime' ? times : undefined;
  const [, number, unit] = /^(\d+)([KMGhms])?$/.exec(String(value)) ?? [];
  if (units !== undefined && number !== undefined)
    return String(Number(number) * (units[unit ?? ''] ?? 1));
  return typeof value === 'object' ? JSON.stringify([value].flat()) : String(value);
}

/** Words of a command line, as PM2 splits them. */
function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'string') return [];
  const found = value.match(/[^\s"'=]+="[^"]*"|[^\s"'=]+='[^']*'|"([^"]*)"|'([^']*)'|\S+/g) ?? [];
  return found
    .map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'))
    .filter((word) => word.trim() !== '');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Plain)
    : {};
}
