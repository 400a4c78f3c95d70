import { type ExitCode, OpsError } from '../errors.ts';
import { Redactor } from '../redact.ts';

/** What a timer of Node can wait for at most. */
const longestTimer = 2 ** 31 - 1;
/** How long protected work may take to stop after its deadline. */
const patienceMs = 5000;

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
  /** The om-ops that runs this one as a step of its own: `deploy:run@RUN`. */
  readonly parent = process.env.OM_OPS_PARENT;
  /** A dry run sets this to `none`: it changes nothing, the log included. */
  record: RecordKind;
  /** The site's STATE folder, once the profile is read. */
  state: string | undefined;
  outcome: OperationOutcome | undefined;
  /** Set once it is being written down: on the way out and by the binary's hook it is the same writing. */
  recording: Promise<string[]> | undefined;
  readonly #touched = new Set<string>();
  readonly #warnings: string[] = [];
  readonly #abort = new AbortController();
  readonly #protected: { what: string; since: number; done: Promise<void> }[] = [];
  readonly #whenOver: (() => void)[] = [];
  #isOver = false;

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

  /** What must not be cut off now, as a participle: `putting back nginx.conf`; undefined most of the time. */
  get protectedWork(): string | undefined {
    return this.#protected.at(-1)?.what;
  }

  /** For how long the work that is protected now has been running. */
  get protectedForMs(): number {
    const work = this.#protected.at(-1);
    return work === undefined ? 0 : performance.now() - work.since;
  }

  /** Settles when nothing is protected any more. */
  async whenUnprotected(): Promise<void> {
    while (this.#protected.length > 0)
      await Promise.allSettled(this.#protected.map((work) => work.done));
  }

  /**
   * Work that has to come to its end although the operation is aborted: undoing what was applied.
   * Meanwhile the first Ctrl-C says what is waited for, the second for how long already, and only the
   * third leaves. `work` gets a signal of its own, aborted after `deadlineMs`; what does not stop then is
   * given up a few seconds later.
   *
   * @param what a participle: `putting back nginx.conf`
   * @param deadlineMs `Infinity`: as long as it takes
   * @throws OpsError E_TIMED_OUT (exit 1); what `work` throws
   */
  async protect<T>(
    what: string,
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const tooLate = new AbortController();
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const { promise: done, resolve: settle } = Promise.withResolvers<void>();
    const entry = { what, since: performance.now(), done };
    this.#protected.push(entry);
    // A timer that holds the process: while only a promise is waited for, Node would just end.
    const deadline = Math.min(deadlineMs, longestTimer);
    let timer = setTimeout(() => {
      const error = new OpsError(
        'E_TIMED_OUT',
        `${what.charAt(0).toUpperCase()}${what.slice(1)} did not end within ${Math.round(deadlineMs / 1000)} s.`,
      );
      tooLate.abort(error);
      timer = setTimeout(giveUp, patienceMs, error);
    }, deadline);
    try {
      return await Promise.race([work(tooLate.signal), givenUp]);
    } finally {
      clearTimeout(timer);
      this.#protected.splice(this.#protected.indexOf(entry), 1);
      settle();
    }
  }

  /** Whether it was written down: nothing is left to be done but to end the process. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Called by the binary when the operation was written down. */
  close(): void {
    this.#isOver = true;
    for (const tidy of this.#whenOver.splice(0)) tidy();
  }

  /**
   * Takes the handlers of signals away. A process that ends with the operation never calls it: a signal in its last
   * moments would end it without the exit code 130.
   */
  stopSignals: () => void = () => {};

  /** Runs `tidy` when the operation is over. */
  onOver(tidy: () => void): void {
    this.#whenOver.push(tidy);
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
