import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { type Command, type Interfaces, operationOf, recordOperation } from '@om-ops/kit';
import { Config } from '@om-ops/kit/oclif';
import { checkout, type Envelope, type RunResult } from './om-ops.ts';

export interface RunCommandOptions {
  /** oclif's command id. Default: of the class's name, `GitPushSummary` → `git:push-summary`. */
  id?: string;
  /** The site profile's file. Default: none, and the built-in defaults. */
  site?: string;
  /** The STATE folder, instead of the profile's. */
  state?: string;
  env?: Readonly<Record<string, string | undefined>>;
  /** Default `/`. */
  cwd?: string;
  /** What is on stdin. Default: nothing. */
  input?: string;
}

/**
 * Runs a command in this process, as the binary would without a terminal: flags, profile, locks, log line
 * and audit entry, envelope and exit code. Some hundred times as quick as a process of its own; what
 * needs one (signals, another user, the launcher) has `runOmOps`. One at a time: a second waits.
 */
export function runCommand(
  command: Command.Class,
  argv: readonly string[],
  options: RunCommandOptions = {},
): Promise<RunResult> {
  const run = queue.then(() => runNow(command, argv, options));
  queue = run.catch(() => {});
  return run;
}

let queue: Promise<unknown> = Promise.resolve();

interface Printed {
  stdout: string;
  stderr: string;
}

const printing = new AsyncLocalStorage<Printed>();

async function runNow(
  command: Command.Class,
  argv: readonly string[],
  options: RunCommandOptions,
): Promise<RunResult> {
  const { id = idOf(command.name), site, state, cwd = '/', input = '' } = options;
  const config = await Config.load({ root: checkout, userPlugins: false, devPlugins: false });
  const known = config.findCommand(id, { must: true });
  const owner = [...config.plugins.values()].find(({ name }) => name === known.pluginName);
  const own = Object.assign(command, { id, ...(owner === undefined ? {} : { plugin: owner }) });
  const printed: Printed = { stdout: '', stderr: '' };
  const restore = [
    setEnvironment({
      OM_OPS_SITE: site,
      OM_OPS_STATE: state,
      FORCE_COLOR: undefined,
      NO_COLOR: '1',
      ...options.env,
    }),
    setFolder(cwd),
    setInput(input),
    capture('stdout'),
    capture('stderr'),
  ];
  const before = process.exitCode;
  process.exitCode = undefined;
  let code: number;
  try {
    await printing.run(printed, async () => {
      await own.run([...argv], config as unknown as Interfaces.LoadOptions).catch(exitOf);
      const operation = operationOf(config);
      for (const problem of operation === undefined ? [] : await recordOperation(operation))
        process.stderr.write(`Warning: ${problem}\n`);
      operation?.close();
      operation?.stopSignals();
    });
    code = Number(process.exitCode ?? 0);
  } finally {
    process.exitCode = before;
    for (const put of restore.reverse()) put();
  }
  return { code, ...printed, json: <R>() => JSON.parse(printed.stdout) as Envelope<R> };
}

/** What a command throws is printed by then and says its exit code. */
function exitOf(thrown: unknown): void {
  const exit = (thrown as { oclif?: { exit?: number } }).oclif?.exit;
  if (exit === undefined) throw thrown;
  process.exitCode = exit;
}

function idOf(name: string): string {
  const words = name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
  const [topic, ...rest] = words;
  return rest.length === 0 ? (topic ?? '') : `${topic}:${rest.join('-')}`;
}

function setEnvironment(variables: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.keys(variables).map((key) => [key, process.env[key]] as const);
  const set = (key: string, value: string | undefined) => {
    if (value === undefined) delete process.env[key];
    else process.env[key] = value;
  };
  for (const [key, value] of Object.entries(variables)) set(key, value);
  return () => {
    for (const [key, value] of before) set(key, value);
  };
}

function setFolder(folder: string): () => void {
  const before = process.cwd();
  process.chdir(folder);
  return () => process.chdir(before);
}

function setInput(text: string): () => void {
  const before = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
  // oclif keeps what it read from stdin for the next command of the same process.
  const shared = globalThis as { oclif?: { stdinCache?: string } };
  if (shared.oclif !== undefined) delete shared.oclif.stdinCache;
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    value: Readable.from([Buffer.from(text)]),
  });
  return () => Object.defineProperty(process, 'stdin', before);
}

/** Takes what the command writes, and leaves alone what the test runner writes meanwhile. */
function capture(name: keyof Printed): () => void {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = ((data: string | Uint8Array, ...rest: unknown[]) => {
    const printed = printing.getStore();
    if (printed === undefined) return write(data, ...rest);
    printed[name] += Buffer.from(data as Uint8Array).toString('utf8');
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  }) as typeof stream.write;
  return () => {
    stream.write = write as typeof stream.write;
  };
}
