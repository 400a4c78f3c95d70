import {
  type ExecOptions,
  type ExecResult,
  type ExecStream,
  exec,
  execLines,
  execLook,
  execStream,
  findProgram,
} from './exec.ts';
import { programMissing } from './exec-failure.ts';
import type { OutputLine, Redact } from './lines.ts';
import type { Requirement } from './plugin.ts';

export interface ProgramOptions {
  /** How to get it, as a sentence: `Install it: sudo apt-get install nginx`. */
  install: string;
  /** The arguments that make it say its version. Default `['--version']`. */
  version?: readonly string[];
}

/** A program a plugin needs: one constant for its domain, its requirements and so for `doctor`. */
export interface Program {
  readonly name: string;
  readonly install: string;
  /** Where it is; undefined when it is missing. */
  find(path?: string): string | undefined;
  /** Where it is. @throws OpsError E_PROGRAM_MISSING (exit 5) */
  need(path?: string): string;
  /** See {@link exec}. */
  exec(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** See {@link execLook}. */
  look(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** See {@link execStream}. */
  stream(args: readonly string[], options?: ExecOptions): Promise<ExecStream>;
  /** See {@link execLines}. */
  lines(
    args: readonly string[],
    options: ExecOptions & { redact: Redact },
  ): AsyncGenerator<OutputLine, { exitCode: number }>;
  /**
   * What `doctor` says of it.
   *
   * @param purpose what it is needed for: `dumping MySQL databases`
   * @param needed whether this site needs it: else it is only `absent` when it is not there
   */
  requirement(purpose: string, needed: boolean): Requirement;
  /** The first line it says of its version; undefined when it is missing or says nothing. */
  version(): Promise<string | undefined>;
}

/** @param names as it is looked for on PATH, or a path; of several any will do, the first that is there */
export function program(
  names: string | readonly string[],
  { install, version = ['--version'] }: ProgramOptions,
): Program {
  const all = [names].flat();
  const there = (path?: string) => all.find((one) => findProgram(one, path) !== undefined);
  const which = () => there() ?? (all[0] as string);
  const withInstall = <O extends ExecOptions>(options: O): O => ({ install, ...options });
  const find = (path?: string) => {
    const found = there(path);
    return found === undefined ? undefined : findProgram(found, path);
  };
  return {
    name: all.join(' or '),
    install,
    find,
    need(path) {
      const found = find(path);
      if (found === undefined) throw programMissing(which(), install);
      return found;
    },
    exec: (args, options = {}) => exec(which(), args, withInstall(options)),
    look: (args, options = {}) => execLook(which(), args, withInstall(options)),
    stream: (args, options = {}) => execStream(which(), args, withInstall(options)),
    lines: (args, options) => execLines(which(), args, withInstall(options)),
    requirement(purpose, needed) {
      const base = { kind: 'program', name: all.join(' or '), purpose } as const;
      const found = find();
      return found === undefined
        ? { ...base, state: needed ? 'missing' : 'absent', fix: install }
        : { ...base, state: 'ok', detail: found };
    },
    async version() {
      const found = find();
      return found === undefined ? undefined : firstLine(found, version);
    },
  };
}

/** Some say their version on standard error. */
async function firstLine(path: string, version: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await execLook(path, version, { accept: 'any' });
    return `${stdout}\n${stderr}`
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim();
  } catch {
    // That it is there is what was asked.
    return undefined;
  }
}
