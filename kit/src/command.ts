import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Abilities } from './abilities/abilities.ts';
import { loadPlugins } from './abilities/loaded-plugins.ts';
import { confirm } from './confirm.ts';
import { type Envelope, errorText, failureEnvelope, successEnvelope } from './envelope.ts';
import {
  type ExitCode,
  exitCodes,
  fromSystemError,
  internalError,
  interrupted,
  isOpsError,
  OpsError,
  systemCode,
} from './errors.ts';
import { type Guarded, type GuardedResult, runGuarded } from './guarded.ts';
import { Command, Config, Flags, type Interfaces } from './oclif.ts';
import { Operation, type RecordKind, setOperation } from './operation/operation.ts';
import type { PluginContribution } from './plugin.ts';
import { knownSections, type PluginManifest, siteSections } from './plugin-manifest.ts';
import { looksSecretSetting } from './redact.ts';
import { handleSignals } from './signals.ts';
import { hideEnvValues, loadSite, publicEnvKeys, type Site, saidInProfile } from './site/site.ts';
import { acquireLock, type Lock } from './store/lock.ts';
import { type ProgressMode, progressMode, runTasks, type Task, type TaskOutcome } from './tasks.ts';
import { isUsageError, usageError } from './usage-error.ts';
import { noWorkingFolder, workingFolder } from './working-folder.ts';

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

  declare flags: CommandFlags<C>;
  declare args: CommandArgs<C>;
  /** The running operation: its abort signal, what it touched, what it warns of. */
  declare operation: Operation;
  #site: Site | undefined;
  #abilities: Abilities | undefined;
  #locks: Lock[] = [];
  #verdict: OpsError | undefined;
  #partial: R | undefined;
  #exit: ExitCode = exitCodes.ok;
  #stopSignals: () => void = () => {};

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

  /** Plans, shows, asks, applies, verifies, and puts back what does not work. Ends with exit 6 when it was put back. */
  protected async guarded<P>(lock: string, guarded: Guarded<P>): Promise<GuardedResult> {
    const result = await runGuarded(guarded, {
      dryRun: this.dryRun,
      signal: this.operation.signal,
      step: (title, run) => this.runTask({ title, run }),
      show: (changes) => {
        const text = changes.map(
          ({ kind, what, diff, detail }) => `${kind} ${what} ${detail ?? ''}\n${diff ?? ''}`,
        );
        if (!this.jsonEnabled())
          process.stderr.write(this.operation.redactor.text(text.join('\n')));
      },
      confirm: (question) => this.confirm(question),
      lock: () => this.lock(lock),
      protect: (what, deadlineMs, work) => this.operation.protect(what, deadlineMs, work),
    });
    if (result.outcome === 'applied')
      this.operation.touch(...result.changes.map(({ what }) => what));
    if (result.outcome === 'undone')
      this.unhealthy('E_UNDONE', `${result.problem} Everything is as it was before.`);
    return result;
  }

  /** Ends with exit 130 and without an error: Ctrl-C is how it is meant to end. */
  protected endedByUser(): void {
    this.#exit = exitCodes.interrupted;
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
    if (type.handlesSignals) this.#stopSignals = handleSignals(this.operation);
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
    if (type.needsSite) await this.#openSite();
  }

  async #openSite(): Promise<void> {
    this.#site = await loadSite({
      flag: (this.flags as { site?: string }).site,
      env: process.env,
      cwd: workingFolder(),
      sections: [...siteSections(this.config), ...Object.keys(knownSections(this.config))],
    });
    this.operation.state = this.#site.state;
    await this.#checkSections(this.#site);
    const { readEnvFiles } = await import('./site/env.ts');
    const { values, problems } = readEnvFiles(this.#site);
    for (const problem of problems) this.operation.warn(problem);
    const { redactor } = this.operation;
    redactor.keep(this.#site.root, this.#site.state);
    hideEnvValues(
      redactor,
      values,
      publicEnvKeys(this.#site),
      looksSecretSetting,
      saidInProfile(this.#site),
    );
  }

  /** Checks the sections of the command's own plugin even where the command reads none of them. */
  async #checkSections(site: Site): Promise<void> {
    const { plugin } = this.ctor;
    const { plugin: file, sections = [] } =
      (plugin?.pjson as PluginManifest | undefined)?.omOps ?? {};
    const values = site.document?.values;
    if (plugin === undefined || file === undefined || values === undefined) return;
    if (!sections.some((key) => Object.hasOwn(values, key))) return;
    const { default: contribution } = (await import(
      pathToFileURL(join(plugin.root, file)).href
    )) as { default: PluginContribution };
    for (const section of (await contribution.sections?.()) ?? []) await site.section(section);
  }

  override async run(): Promise<R> {
    const result = this.operation.redactor.value(await this.perform());
    if (!this.jsonEnabled()) await this.#print(result);
    for (const warning of this.operation.warnings)
      await this.#complain('yellow', 'Warning:', warning);
    if (this.#verdict !== undefined && !this.jsonEnabled()) await this.#printError(this.#verdict);
    process.exitCode = this.#exit;
    this.operation.outcome = {
      exit: this.#exit,
      ...(this.#verdict === undefined
        ? {}
        : { code: this.#verdict.code, message: this.#verdict.message }),
    };
    return result;
  }

  async #print(result: R): Promise<void> {
    const text = this.operation.redactor.text(await this.text(result));
    if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  async #complain(colour: 'yellow' | 'red', label: string, message: string): Promise<void> {
    const { styleFor } = await import('./text/style.ts');
    process.stderr.write(`${styleFor(process.stderr)[colour](label)} ${message}\n`);
  }

  async #printError(error: OpsError): Promise<void> {
    const { styleFor } = await import('./text/style.ts');
    process.stderr.write(this.operation.redactor.text(errorText(error, styleFor(process.stderr))));
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

  /** Fails although part of the work was done: the envelope holds both the error and the result. */
  protected fail(error: OpsError, result: R): never {
    this.#partial = result;
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
    const lock = await acquireLock(`${this.site.state}/locks`, resource, {
      command: `om-ops ${(this.id ?? '').replaceAll(':', ' ')}`,
      signal: this.operation.signal,
    });
    this.#locks.push(lock);
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
    tasks: readonly Task<T>[],
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
    const { warnings, redactor } = this.operation;
    return this.#verdict === undefined
      ? successEnvelope(this.id ?? '', result, warnings)
      : failureEnvelope(this.id ?? '', redactError(this.#verdict, redactor), warnings, result);
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }

  override async catch(thrown: Error): Promise<void> {
    // `this.exit(0)` and --help arrive here as errors, and are none.
    if ('code' in thrown && thrown.code === 'EEXIT') throw thrown;
    const error = await this.#asOpsError(thrown);
    // Rethrown at the end, marked as printed: `finally` and the exit code hang on it.
    const marked: OpsError & { oclif?: { exit: number }; skipOclifErrorHandling?: boolean } = error;
    marked.oclif = { exit: error.exit };
    marked.skipOclifErrorHandling = true;
    process.exitCode = error.exit;
    const { redactor, warnings } = this.operation;
    this.operation.outcome = { exit: error.exit, code: error.code, message: error.message };
    const partial = this.#partial === undefined ? undefined : redactor.value(this.#partial);
    if (this.jsonEnabled()) {
      this.logJson(failureEnvelope(this.id ?? '', redactError(error, redactor), warnings, partial));
    } else if (partial !== undefined) await this.#print(partial);
    for (const warning of warnings) await this.#complain('yellow', 'Warning:', warning);
    if (!this.jsonEnabled()) await this.#printError(error);
    throw marked;
  }

  async #asOpsError(thrown: Error): Promise<OpsError> {
    if (this.operation.signal.aborted)
      return isOpsError(thrown) && thrown.code === 'E_INTERRUPTED' ? thrown : interrupted();
    if (isOpsError(thrown)) return thrown;
    if (isUsageError(thrown)) {
      const type = this.ctor as typeof OpsCommand;
      return usageError(thrown, this.id ?? '', [
        'json',
        ...Object.keys(type.baseFlags),
        ...Object.keys(this.ctor.flags ?? {}),
      ]);
    }
    if ('syscall' in thrown && thrown.syscall === 'uv_cwd') return noWorkingFolder();
    if (systemCode(thrown)?.startsWith('E') === true && 'syscall' in thrown) {
      return fromSystemError(
        thrown,
        String(thrown.syscall),
        'path' in thrown ? String(thrown.path) : undefined,
      );
    }
    if (process.env.DEBUG !== undefined)
      process.stderr.write(`${this.operation.redactor.text(thrown.stack ?? '')}\n`);
    return internalError(thrown);
  }

  override async finally(error: Error | undefined): Promise<void> {
    for (const lock of this.#locks.reverse()) lock.release();
    this.#stopSignals();
    await super.finally(error);
  }
}

function redactError(error: OpsError, redactor: Operation['redactor']): OpsError {
  const clean = new OpsError(error.code, redactor.text(error.message), {
    suggestions: error.suggestions.map((suggestion) => redactor.text(suggestion)),
  });
  return Object.assign(clean, { exit: error.exit });
}
