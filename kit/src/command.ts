import { Abilities } from './abilities/abilities.ts';
import { loadPlugins } from './abilities/loaded-plugins.ts';
import { BaseCommand } from './base-command.ts';
import { confirm } from './confirm.ts';
import { interrupted } from './errors.ts';
import { type Guarded, type GuardedResult, runGuarded } from './guarded.ts';
import type { Command } from './oclif.ts';
import { type OmOpsAnswer, type OmOpsOptions, runOmOps } from './om-ops.ts';
import { shownChanges } from './shown-changes.ts';
import {
  type ProgressMode,
  progressMode,
  runTasks,
  type Task,
  type TaskGroup,
  type TaskOutcome,
} from './tasks.ts';

/**
 * What every om-ops command extends. A command says what it takes (`static args`, `static flags`),
 * does its work in {@link perform}, and says in {@link text} how its result reads. Everything else is
 * here: the site profile, the JSON envelope, exit codes, signals, locks, redaction, the audit trail.
 *
 * @typeParam C `typeof` the command itself, for the types of its flags
 * @typeParam R what `--json` returns as `result`
 */
export abstract class OpsCommand<C extends typeof Command, R extends object> extends BaseCommand<
  C,
  R
> {
  // oclif looks for statics above a class only as far as each class has some of its own.
  static override enableJsonFlag = true;

  #abilities: Abilities | undefined;

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
  protected async guarded<P, Own extends R = R>(
    locks: string | readonly string[],
    guarded: Guarded<P>,
    result: (done: GuardedResult, plan: P) => Own,
  ): Promise<Own> {
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
    const profile = (this.ctor as typeof BaseCommand).needsSite
      ? this.site.located.file
      : undefined;
    return runOmOps<O>(argv, { id, config, operation, profile }, options);
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
    await this.heldLocks.take(`${this.site.state}/locks`, resource, {
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
}
