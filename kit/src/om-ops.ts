import { join } from 'node:path';
import type { Envelope } from './envelope.ts';
import { type ExitCode, type ExitName, exitCodes, interrupted, OpsError } from './errors.ts';
import { exec } from './exec.ts';
import { confirmPhrase } from './flags.ts';
import type { Interfaces } from './oclif.ts';
import type { Operation } from './operation/operation.ts';
import type { Progress } from './progress.ts';

export interface OmOpsOptions {
  progress: Progress;
  /** Confirms it: what this command was confirmed for includes it. Default false. */
  confirm?: boolean;
  /** Exit codes that are an answer and not a failure. Default `[0]`. */
  accept?: readonly ExitCode[];
  /** The run of this command, for the log of the other: `2026-01-22_143000`. Default: the process id. */
  run?: string;
}

/** What another om-ops command answered. */
export interface OmOpsAnswer<R> {
  envelope: Envelope<R>;
  exit: ExitCode;
  seconds: number;
}

export interface OmOpsCaller {
  /** The calling command: `deploy:run`. */
  id: string;
  config: Interfaces.Config;
  operation: Operation;
  /** The site profile in use, if there is one. */
  profile: string | undefined;
}

/** A command may have to take something back, which has to come to its end. */
const graceMs = 90_000;

/**
 * Runs another om-ops command as a step. In a process of its own: it has its own locks, log line, audit entry
 * and exit code. Where this one is interrupted, it gets one SIGTERM and the time to end well.
 *
 * @param argv the command line behind `om-ops`, without `--json`, `--site` and `--confirm`
 * @throws OpsError E_PLUGIN_MISSING (exit 5); the other's own code and exit where its exit code is not accepted;
 * E_NO_ANSWER (exit 1) when it printed no envelope; E_INTERRUPTED
 */
export async function runOmOps<R>(
  argv: readonly string[],
  { id, config, operation, profile }: OmOpsCaller,
  { progress, confirm = false, accept = [exitCodes.ok], run = String(process.pid) }: OmOpsOptions,
): Promise<OmOpsAnswer<R>> {
  const command = commandOf(argv, config);
  const spoken = `om-ops ${command.replaceAll(':', ' ')}`;
  const started = performance.now();
  const more = [
    '--json',
    ...(profile === undefined ? [] : ['--site', profile]),
    ...(confirm ? ['--confirm', confirmPhrase] : []),
  ];
  // Behind `--` there are no flags.
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const { stdout, stderr, exitCode } = await operation.protect(
    `ending ${spoken}`,
    Number.POSITIVE_INFINITY,
    () =>
      exec(
        join(config.root, 'bin', config.bin),
        [...argv.slice(0, end), ...more, ...argv.slice(end)],
        {
          env: { OM_OPS_PARENT: `${id}@${run}`, NO_COLOR: '1' },
          signal: progress.signal,
          graceMs,
          detached: true,
          accept: 'any',
          onError: (line) => {
            if (line.trim() !== '') progress.report({ stage: spoken, detail: line.trim() });
          },
        },
      ),
  );
  const seconds = (performance.now() - started) / 1000;
  const envelope = parseEnvelope<R>(stdout);
  if (envelope === undefined) {
    const said = stderr.trim().split('\n').slice(-4).join(' ');
    throw new OpsError('E_NO_ANSWER', `${spoken} ended with ${exitCode} and no answer: ${said}`);
  }
  for (const warning of envelope.warnings) operation.warn(`${spoken}: ${warning}`);
  const exit = exitCode as ExitCode;
  if (!accept.includes(exit)) throw failure(spoken, exit, envelope);
  return { envelope, exit, seconds };
}

/** The id of the command that a command line is: the longest beginning that is one; undefined when no installed plugin has it. */
export function omOpsCommand(
  argv: readonly string[],
  config: Interfaces.Config,
): string | undefined {
  const words = wordsOf(argv);
  for (let count = words.length; count > 0; count -= 1) {
    const id = words.slice(0, count).join(':');
    if (config.findCommand(id) !== undefined) return id;
  }
  return undefined;
}

function wordsOf(argv: readonly string[]): readonly string[] {
  const flag = argv.findIndex((word) => word.startsWith('-'));
  return flag === -1 ? argv : argv.slice(0, flag);
}

/** @throws OpsError E_PLUGIN_MISSING */
function commandOf(argv: readonly string[], config: Interfaces.Config): string {
  const id = omOpsCommand(argv, config);
  if (id !== undefined) return id;
  const words = wordsOf(argv);
  const [topic = ''] = words;
  throw new OpsError(
    'E_PLUGIN_MISSING',
    `No installed plugin has the command \`om-ops ${words.slice(0, 2).join(' ')}\`.`,
    { exit: 'requirement', suggestions: [`Install it: om-ops plugins install ${topic}`] },
  );
}

/** What a command said under `--json`: its one document, or the last of several lines. Undefined: neither is an envelope. */
export function parseEnvelope<R>(stdout: string): Envelope<R> | undefined {
  for (const text of [stdout, stdout.trimEnd().split('\n').at(-1) ?? '']) {
    try {
      const value = JSON.parse(text) as Partial<Envelope<R>> | null;
      if (typeof value?.ok === 'boolean' && Array.isArray(value.warnings))
        return value as Envelope<R>;
    } catch {}
  }
  return undefined;
}

function failure<R>(spoken: string, exit: ExitCode, envelope: Envelope<R>): OpsError {
  if (exit === exitCodes.interrupted) return interrupted(`${spoken} was interrupted`);
  const name = (Object.keys(exitCodes) as ExitName[]).find((one) => exitCodes[one] === exit);
  if (envelope.ok) {
    const message = `${spoken} ended with exit code ${exit}: ${envelope.warnings.join(' ')}`;
    return new OpsError('E_INCOMPLETE', message, { exit: failing(name) });
  }
  const { code, message, suggestions } = envelope.error;
  return new OpsError(code as `E_${string}`, `${spoken}: ${message}`, {
    exit: failing(name),
    suggestions,
  });
}

function failing(name: ExitName | undefined): Exclude<ExitName, 'ok'> {
  return name === undefined || name === 'ok' ? 'failed' : name;
}
