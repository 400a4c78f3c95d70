import type { ExitCode } from '../errors.ts';
import { Redactor } from '../redact.ts';

/** How much of a command is kept: nothing, a line in the log, or an entry in the active work session as well. */
export type RecordKind = 'none' | 'log' | 'audit';

export interface OperationOptions {
  /** oclif's command id: `backup:run`. */
  command: string;
  argv: readonly string[];
  record: RecordKind;
  /** File names below STATE. */
  logs: readonly string[];
}

/** How an operation ended. */
export interface OperationOutcome {
  exit: ExitCode;
  /** `E_…` and its sentence, unless it is plainly done. */
  code?: string;
  message?: string;
}

/**
 * One running command, from key press to audit trail: what it may say, what it touched, how it ended.
 * The `finally` hook of the binary writes it down.
 */
export class Operation {
  readonly command: string;
  readonly argv: readonly string[];
  readonly startedAt = new Date();
  readonly redactor = new Redactor({ sparing: true });
  readonly logs: readonly string[];
  /** A dry run sets this to `none`: it changes nothing, the log included. */
  record: RecordKind;
  /** The site's STATE folder, once the profile is read. */
  state: string | undefined;
  outcome: OperationOutcome | undefined;
  readonly #touched = new Set<string>();
  readonly #warnings: string[] = [];
  readonly #abort = new AbortController();
  #protectedWork: string | undefined;

  constructor({ command, argv, record, logs }: OperationOptions) {
    this.command = command;
    this.argv = argv;
    this.record = record;
    this.logs = logs;
  }

  /** Aborted by a signal; the reason is the error to end with. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  /** What must not be cut off now: `putting back nginx.conf`; undefined most of the time. */
  get protectedWork(): string | undefined {
    return this.#protectedWork;
  }

  /**
   * Work that has to come to its end although the operation is aborted: undoing what was applied.
   * Meanwhile nothing ends the process but a third Ctrl-C or `deadlineMs`.
   */
  async protect<T>(
    what: string,
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#protectedWork = what;
    try {
      return await work(AbortSignal.timeout(deadlineMs));
    } finally {
      this.#protectedWork = undefined;
    }
  }

  /** What has been warned of so far, without secrets. */
  get warnings(): readonly string[] {
    return this.#warnings.map((warning) => this.redactor.text(warning));
  }

  /** One sentence the user has to know although the command went on. Said twice, it is kept once. */
  warn(message: string): void {
    if (!this.#warnings.includes(message)) this.#warnings.push(message);
  }

  /**
   * Files, folders and services this operation made or changed; they go into the audit trail. What lies
   * below STATE is given from there.
   */
  get touched(): readonly string[] {
    const below = `${this.state ?? ''}/`;
    return [...this.#touched].map((one) =>
      this.state !== undefined && one.startsWith(below) ? one.slice(below.length) : one,
    );
  }

  touch(...what: readonly string[]): void {
    for (const one of what) this.#touched.add(one);
  }
}

// A registry symbol, because the binary and a plugin may each have loaded a copy of this module.
const slot = Symbol.for('om-ops.operation');

/** Puts the operation where the binary's hooks find it: on the oclif config they are both handed. */
export function setOperation(config: object, operation: Operation): void {
  Object.defineProperty(config, slot, { value: operation, configurable: true, writable: true });
}

/** The operation of the command that ran last under this config, if it was one of om-ops. */
export function operationOf(config: object): Operation | undefined {
  return (config as { [slot]?: Operation })[slot];
}
