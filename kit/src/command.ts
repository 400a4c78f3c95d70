import { Abilities } from './abilities/abilities.ts';
import { loadPlugins } from './abilities/loaded-plugins.ts';
import { confirm } from './confirm.ts';
import { type Envelope, failureEnvelope, successEnvelope } from './envelope.ts';
import { type ExitCode, exitCodes, interrupted, OpsError } from './errors.ts';
import { type Guarded, type GuardedResult, runGuarded } from './guarded.ts';
import { HeldLocks } from './held-locks.ts';
import { Command, Config, Flags, type Interfaces } from './oclif.ts';
import { type OmOpsAnswer, type OmOpsOptions, runOmOps } from './om-ops.ts';
import { openSite } from './open-site.ts';
import { Operation, type RecordKind, setOperation } from './operation/operation.ts';
import { recordOperation } from './operation/record.ts';
import { failureOf, printError, printWarnings, redactError } from './outcome.ts';
import { shownChanges } from './shown-changes.ts';
import { handleSignals } from './signals.ts';
import type { Site } from './site/site.ts';
import { FreshFolders } from './store/fresh-folders.ts';
import {
  type ProgressMode,
  progressMode,
  runTasks,
  type Task,
  type TaskGroup,
  type TaskOutcome,
} from './tasks.ts';

type CommandFlags<C extends typeof Command> = Interfaces.InferredFlags<
  (typeof OpsCommand)['baseFlags'] & C['flags']
>;
type CommandArgs<C extends typeof Command> = Interfaces.InferredArgs<C['args']>;

/**
 * What every om-ops command extends. A command says what it takes (`static args`, `static flags`),
 * does its work in {@link perform}, and says in {@link text} how its result reads. Everything else is
 * here: the site profile, the JSON envelope, exit codes, signals, locks, redaction, the audit trail.
 *
 * @typeParam C `typeof` the command itself, for the types of its flags
 * @typeParam R what `--json` returns as `result`
 */
export abstract class OpsCommand<C extends typeof Command, R extends object> extends Command {
  static override enableJsonFlag = true;

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
  #abilities: Abilities | undefined;
  #fresh: FreshFolders | undefined;
  readonly #locks = new HeldLocks();
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

  /** What the other installed plugins can do for this one. */
  protected get abilities(): Abilities {
    this.#abilities ??= new Abilities({
      site: this.site,
      signal: this.operation.signal,
      load: () => loadPlugins(this.config),
      warn: (message) => this.operation.warn(message),
    });
    return this.#abilities;
  }

  /**
   * Locks, plans, shows, asks, applies, verifies, and puts back what does not work; see {@link Guarded}. Ends with
   * exit 1, and with the result, when it was put back.
   *
   * @param locks those it needs, in the order they are taken; an empty list for none
   * @param result what the command returns for it
   */
  protected async guarded<P>(
    locks: string | readonly string[],
    guarded: Guarded<P>,
    result: (done: GuardedResult, plan: P) => R,
  ): Promise<R> {
    const { operation } = this;
    const done = await runGuarded(guarded, {
      dryRun: this.dryRun,
      signal: operation.signal,
      step: (title, run) => this.runTask({ title, run }),
      show: (changes) => {
        if (!this.jsonEnabled()) process.stderr.write(shownChanges(changes, operation.redactor));
      },
      confirm: (question) => this.confirm(question),
      lock: async () => {
        for (const lock of [locks].flat()) await this.lock(lock);
      },
      touch: (...what) => operation.touch(...what),
      keep: (kept, plan) => this.keep(result(kept, plan)),
      protect: (what, deadlineMs, work) => operation.protect(what, deadlineMs, work),
    });
    return result(done.result, done.plan);
  }

  /** Runs another om-ops command as a step of this one, and returns its envelope. See {@link runOmOps}. */
  protected omOps<O>(argv: readonly string[], options: OmOpsOptions): Promise<OmOpsAnswer<O>> {
    const { config, operation, id = '' } = this;
    const profile = this.#site?.located.file;
    return runOmOps<O>(argv, { id, config, operation, profile }, options);
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
    const type = this.ctor as typeof OpsCommand;
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
      args: this.ctor.args,
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
    this.#locks.release((message) => this.operation.warn(message));
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

  /** For guarded commands: asks, or wants `--confirm`. Not to be called in a dry run. */
  protected async confirm(what: string): Promise<void> {
    await confirm({
      what,
      given: (this.flags as { confirm?: string }).confirm,
      interactive:
        process.stdin.isTTY === true && process.stderr.isTTY === true && !this.jsonEnabled(),
      signal: this.operation.signal,
    });
  }

  /** Holds a lock until the command ends. @throws OpsError E_LOCKED (exit 4) */
  protected async lock(resource: string): Promise<void> {
    await this.#locks.take(`${this.site.state}/locks`, resource, {
      command: `om-ops ${(this.id ?? '').replaceAll(':', ' ')}`,
      signal: this.operation.signal,
    });
  }

  /** Whether somebody watches the progress live, so that preparing a good one is worth its time. */
  protected get watched(): boolean {
    return this.#progressMode === 'live';
  }

  get #progressMode(): ProgressMode {
    return progressMode((this.flags as { quiet?: boolean }).quiet === true);
  }

  /** Runs tasks one after the other and draws them on stderr. */
  protected runTasks<T>(
    tasks: readonly (Task<T> | TaskGroup<T>)[],
    options: { continueOnError?: boolean } = {},
  ): Promise<TaskOutcome<T>[]> {
    return runTasks(tasks, {
      ...options,
      mode: this.#progressMode,
      signal: this.operation.signal,
      warn: (message) => this.operation.warn(message),
      redact: (text) => this.operation.redactor.text(text),
    });
  }

  /** Runs one piece of work with its progress drawn; its error is thrown. */
  protected async runTask<T>(task: Task<T>): Promise<T> {
    const [outcome] = await this.runTasks([task]);
    if (outcome === undefined) throw interrupted();
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
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
    // Rethrown at the end, marked as printed: `finally` and the exit code hang on it.
    const marked: OpsError & { oclif?: { exit: number }; skipOclifErrorHandling?: boolean } = error;
    marked.oclif = { exit: error.exit };
    marked.skipOclifErrorHandling = true;
    process.exitCode = error.exit;
    this.operation.outcome = { exit: error.exit, code: error.code, message: error.message };
    this.#fresh?.removeEmpty();
    await this.#record();
    await this.#printFailure(error);
    throw marked;
  }

  /** Before the envelope is printed, so that it says what could not be written down. */
  async #record(): Promise<string[]> {
    const { operation } = this;
    const problems = await recordOperation(operation);
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
