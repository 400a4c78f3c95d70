import { setImmediate as turn } from 'node:timers/promises';
import { type Envelope, failureEnvelope, successEnvelope } from './envelope.ts';
import { type ExitCode, exitCodes, interrupted, OpsError } from './errors.ts';
import { HeldLocks } from './held-locks.ts';
import { Command, Config, Flags, type Interfaces } from './oclif.ts';
import { openSite } from './open-site.ts';
import { Operation, type RecordKind, setOperation } from './operation/operation.ts';
import { recordOperation } from './operation/record.ts';
import { failureOf, printError, printWarnings, redactError } from './outcome.ts';
import { handleSignals } from './signals.ts';
import { noSiteProfile, type Site } from './site/site.ts';
import { FreshFolders } from './store/fresh-folders.ts';

type CommandFlags<C extends typeof Command> = Interfaces.InferredFlags<
  (typeof BaseCommand)['baseFlags'] & C['flags']
>;
type CommandArgs<C extends typeof Command> = Interfaces.InferredArgs<C['args']>;

/**
 * How every command begins and ends: flags and arguments, the site profile, signals, and one outcome, which is
 * printed, written down and told by the exit code. What commands work with is in `OpsCommand`.
 */
export abstract class BaseCommand<C extends typeof Command, R extends object> extends Command {
  static override baseFlags = {
    site: Flags.string({
      summary: 'The site profile to use.',
      helpValue: 'FILE',
      helpGroup: 'GLOBAL',
    }),
    quiet: Flags.boolean({ summary: 'Show no progress.', default: false, helpGroup: 'GLOBAL' }),
  };

  /** How much of the command is kept. `audit` for whatever changes something or proves something. */
  static record: RecordKind = 'log';
  /** The log files below STATE that get its line. */
  static logs: readonly string[] = ['om-ops.log'];
  /** Commands that hand the terminal to another program, which then gets Ctrl-C, set this to false. */
  static handlesSignals = true;
  /** Commands that must work although the site profile is broken set this to false. */
  static needsSite = true;
  /** Commands that look into no file below STATE set this to false: they tell what is wrong with it. */
  static checksState = true;

  declare flags: CommandFlags<C>;
  declare args: CommandArgs<C>;
  /** The running operation: its abort signal, what it touched, what it warns of. */
  declare operation: Operation;
  #site: Site | undefined;
  #fresh: FreshFolders | undefined;
  /** Released when the command ends, however it ends. */
  protected readonly heldLocks = new HeldLocks();
  #verdict: OpsError | undefined;
  #partial: R | undefined;
  #exit: ExitCode = exitCodes.ok;
  #isFollowing = false;
  #isPrinted = false;

  /**
   * oclif loads its config a second time for every command, into another object than the one the hooks
   * are handed. The one that is there is used instead: it is where the `finally` hook finds the operation.
   */
  static override async run<T extends Command>(
    this: new (
      argv: string[],
      config: Config,
    ) => T,
    argv?: string[],
    opts?: Interfaces.LoadOptions,
  ): Promise<ReturnType<T['run']>> {
    const config = opts instanceof Config ? opts : await Config.load(opts ?? import.meta.dirname);
    const command = new this(argv ?? process.argv.slice(2), config) as T & {
      _run(): Promise<ReturnType<T['run']>>;
    };
    return command._run();
  }

  /** The work. Calls the domain with plain values and returns its plain result. */
  protected abstract perform(): Promise<R>;

  /** The result as a person reads it. Nothing is printed for an empty string. */
  protected abstract text(result: R): string | Promise<string>;

  /** The resolved site profile. */
  get site(): Site {
    if (this.#site === undefined)
      throw new Error(`${this.id} sets needsSite = false and has no site`);
    return this.#site;
  }

  /** Ends with exit 130 and without an error: Ctrl-C is how it is meant to end. */
  protected endedByUser(): void {
    this.#exit = exitCodes.interrupted;
    this.#isFollowing = true;
  }

  /** Whether `--dry-run` was given. */
  protected get dryRun(): boolean {
    return (this.flags as Record<string, unknown>)['dry-run'] === true;
  }

  override async init(): Promise<void> {
    await super.init();
    const type = this.ctor as typeof BaseCommand;
    this.operation = new Operation({
      command: this.id ?? type.name,
      argv: this.argv,
      record: type.record,
      logs: type.logs,
    });
    setOperation(this.config, this.operation);
    if (type.handlesSignals) {
      const stop = handleSignals(this.operation, { leaving: () => this.#leave() });
      this.operation.stopSignals = stop;
    }
    const { args, flags } = await this.parse({
      flags: this.ctor.flags,
      baseFlags: type.baseFlags,
      enableJsonFlag: this.ctor.enableJsonFlag,
      args: notFromStdin(this.ctor.args),
      strict: this.ctor.strict,
    });
    this.flags = flags as CommandFlags<C>;
    this.args = args as CommandArgs<C>;
    if (this.dryRun) this.operation.record = 'none';
    if (type.needsSite) {
      this.#site = await openSite({
        flag: (this.flags as { site?: string }).site,
        config: this.config,
        plugin: this.ctor.plugin,
        operation: this.operation,
        checksState: type.checksState,
      });
      this.#fresh = new FreshFolders(this.#site.state);
    }
  }

  override async run(): Promise<R> {
    const result = this.operation.redactor.value(await this.perform());
    this.#releaseLocks();
    this.#noticeLateSignal();
    if (!this.jsonEnabled()) await this.#print(result);
    await printWarnings(this.operation.warnings);
    if (this.#verdict !== undefined && !this.jsonEnabled())
      await printError(this.#verdict, this.operation);
    // What came while the result was made and printed is heard before the log line says how it ended.
    await turn();
    this.#noticeLateSignal();
    process.exitCode = this.#exit;
    this.operation.outcome = {
      exit: this.#exit,
      ...(this.#verdict === undefined
        ? {}
        : { code: this.#verdict.code, message: this.#verdict.message }),
    };
    await printWarnings(await this.#record());
    return result;
  }

  /** The work was done when the signal came; the exit code says that there was one, and the result is whole. */
  #noticeLateSignal(): void {
    if (!this.operation.signal.aborted || this.#isFollowing) return;
    this.#verdict = interrupted('it was done already, and the result is whole');
    this.#exit = exitCodes.interrupted;
  }

  #releaseLocks(): void {
    this.heldLocks.release((message) => this.operation.warn(message));
  }

  async #print(result: R): Promise<void> {
    const text = this.operation.redactor.text(await this.text(result));
    if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Ends with exit 6: the command worked, and what it checked is not healthy. Call before returning the result. */
  protected unhealthy(
    code: `E_${string}`,
    message: string,
    suggestions: readonly string[] = [],
  ): void {
    this.#verdict = new OpsError(code, message, { exit: 'unhealthy', suggestions });
    this.#exit = exitCodes.unhealthy;
  }

  /** Ends with exit 7: done, with something left out, which the result names. */
  protected incomplete(message: string): void {
    this.operation.warn(message);
    if (this.#exit === exitCodes.ok) this.#exit = exitCodes.incomplete;
  }

  /** Keeps what is done so far: when the command fails or is interrupted from here on, the envelope holds it. */
  protected keep(result: R): void {
    this.#partial = result;
  }

  /** Fails although part of the work was done: the envelope holds both the error and the result. */
  protected fail(error: OpsError, result: R): never {
    this.keep(result);
    throw error;
  }

  override toSuccessJson(result: unknown): Envelope<unknown> {
    this.#noticeLateSignal();
    const { warnings } = this.operation;
    return this.#verdict === undefined
      ? successEnvelope(this.id ?? '', result, warnings)
      : failureEnvelope(
          this.id ?? '',
          redactError(this.#verdict, this.operation),
          warnings,
          result,
        );
  }

  /** Whether a document is one line of many. */
  protected get printsJsonLines(): boolean {
    return false;
  }

  override logJson(json: unknown): void {
    // One document: one that is left on the way out is not answered a second time.
    if (this.#isPrinted) return;
    this.#isPrinted = true;
    const indent = this.printsJsonLines ? undefined : 2;
    process.stdout.write(`${JSON.stringify(json, null, indent)}\n`);
  }

  override async catch(thrown: Error): Promise<void> {
    // `this.exit(0)` and --help arrive here as errors, and are none.
    if ('code' in thrown && thrown.code === 'EEXIT') throw thrown;
    this.#releaseLocks();
    const error = await failureOf(thrown, {
      id: this.id ?? '',
      ctor: this.ctor,
      operation: this.operation,
      hasResult: this.#partial !== undefined,
    });
    if (error.exit === exitCodes.requirement && this.#site?.document === undefined && this.#site)
      this.operation.warn(noSiteProfile);
    // Rethrown at the end, marked as printed: `finally` and the exit code hang on it.
    const marked: OpsError & { oclif?: { exit: number }; skipOclifErrorHandling?: boolean } = error;
    marked.oclif = { exit: error.exit };
    marked.skipOclifErrorHandling = true;
    process.exitCode = error.exit;
    this.operation.outcome = { exit: error.exit, code: error.code, message: error.message };
    // What was interrupted had begun, and its line in the log says so.
    if (error.exit !== exitCodes.interrupted) this.#fresh?.removeEmpty();
    await this.#record();
    await this.#printFailure(error);
    throw marked;
  }

  /** Before the envelope is printed, so that it says what could not be written down. */
  async #record(): Promise<string[]> {
    const { operation } = this;
    const problems = await recordOperation(operation);
    // The log waits for its lock without turning the event loop: a signal that came meanwhile is heard now.
    await turn();
    // The hook at the end has nothing left to say.
    operation.recording = Promise.resolve([]);
    for (const problem of problems) operation.warn(problem);
    return problems.map((problem) => operation.redactor.text(problem));
  }

  async #printFailure(error: OpsError): Promise<void> {
    const { operation } = this;
    const partial =
      this.#partial === undefined ? undefined : operation.redactor.value(this.#partial);
    if (this.jsonEnabled()) {
      const clean = redactError(error, operation);
      this.logJson(failureEnvelope(this.id ?? '', clean, operation.warnings, partial));
    } else if (partial !== undefined) await this.#print(partial);
    await printWarnings(operation.warnings);
    if (!this.jsonEnabled()) await printError(error, operation);
  }

  /** The process is about to be ended, whatever is going on: says so, and writes it down. */
  async #leave(): Promise<void> {
    const { operation } = this;
    const { protectedWork } = operation;
    if (operation.outcome === undefined) {
      const error = interrupted(
        protectedWork === undefined
          ? 'it was left before it had come to its end'
          : `it was left while ${protectedWork}, which is half done now`,
      );
      operation.outcome = { exit: error.exit, code: error.code, message: error.message };
      await this.#printFailure(error);
    }
    this.#releaseLocks();
    const problems = await recordOperation(operation);
    await printWarnings(problems.map((problem) => operation.redactor.text(problem)));
  }

  override async finally(error: Error | undefined): Promise<void> {
    this.#releaseLocks();
    await super.finally(error);
  }
}

/**
 * oclif takes what stands on stdin for an argument that was left out: the loop that starts the command would lose
 * the rest of what it reads.
 */
function notFromStdin(args: Command.Class['args']): Command.Class['args'] {
  return Object.fromEntries(
    Object.entries(args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]),
  );
}
