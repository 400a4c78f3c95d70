import { existsSync, lstatSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ExecOptions,
  isOpsError,
  isThere,
  messageOf,
  OpsError,
  type Progress,
  pruneStepRuns,
  type Redact,
  type Site,
  type Step,
  StepRun,
  silentProgress,
  type Up,
} from '@om-ops/kit';
import type { SiteNode } from '../environment/app-node.ts';
import { buildEnvironment } from '../environment/build-environment.ts';
import { type Census, countFolder } from '../parts/census.ts';
import { runsFolder } from '../status/status.ts';
import { type Finding, verifyPart } from '../verify/verify.ts';
import { findingText } from '../view/verify.ts';
import { lastErrorLines, type RestartedBy, restartIfNeeded, untilHealthy } from './app.ts';
import { exchange } from './exchange.ts';
import { fingerprint } from './fingerprint.ts';
import { copier, keepCopies, keepPath } from './keep.ts';
import { carryOldAssets, type OldAssets, readOldAssets, writeOldAssets } from './old-assets.ts';
import { type BuildSteps, dirtyText, ingredients, type RebuildPlan, replaceable } from './plan.ts';
import { type PutBack, putBack } from './put-back.ts';
import { besideOf, scriptCall } from './script.ts';
import type { WayBack } from './way-back.ts';

export interface RebuildContext {
  site: Site;
  argv: readonly string[];
  redact: Redact;
  warn(message: string): void;
  /** The Node that the app runs on, to read the new dist with. */
  appNode(): Promise<SiteNode>;
}

/** How far a rebuild has come, and what it found. */
export interface RebuildProgress {
  run: { name: string; path: string } | null;
  install: 'done' | 'skipped' | null;
  /** Of the new dist. */
  findings: Finding[];
  after: Census | null;
  restartedBy: RestartedBy;
  health: Up['health'];
  pid: number | null;
  /** What the app said last when it did not come up. */
  appErrors: string[];
  /** Files of dists before, which open pages may still ask for. */
  oldAssets: number;
  /** What was put back. Absolute. */
  putBack: string[];
  /** Where that is which did not work. */
  failedDist: string | null;
}

/** One rebuild, from keeping what is there to clearing that away again. */
export class Rebuild {
  readonly state: RebuildProgress = {
    run: null,
    install: null,
    findings: [],
    after: null,
    restartedBy: null,
    health: null,
    pid: null,
    appErrors: [],
    oldAssets: 0,
    putBack: [],
    failedDist: null,
  };
  readonly #plan: RebuildPlan;
  readonly #context: RebuildContext;
  #run: StepRun | undefined;
  #wayBack: WayBack | undefined;
  #carried: OldAssets | undefined;
  /** What a cut-off run had left was put back: the app may run on what was there before that. */
  #hasPutBack = false;

  constructor(plan: RebuildPlan, context: RebuildContext) {
    this.#plan = plan;
    this.#context = context;
  }

  /** Whether it would still be built from what was looked at. */
  async stillHolds(signal: AbortSignal): Promise<boolean> {
    const { part, build, section } = this.#plan;
    if (build === undefined) return true;
    return (await fingerprint(part, ingredients(build, section), signal)) === build.fingerprint;
  }

  /** Builds, and lets the app take it. @throws OpsError; what is kept then is put back by `undo` */
  async apply(progress: Progress): Promise<void> {
    const { site, argv, redact, warn } = this.#context;
    const { part, build, git } = this.#plan;
    const run = await StepRun.open(runsFolder(site.state), {
      command: `build:${part.name}`,
      argv,
      redact,
      warn,
    });
    this.#run = run;
    this.state.run = { name: run.name, path: run.path };
    if (git !== undefined && git.dirty > 0 && build !== undefined) warn(dirtyText(git));
    await this.#clearUp(progress);
    if (build !== undefined) await this.#build(build, progress);
    const { app } = this.#plan;
    if (app !== undefined) {
      await this.#step(`restart ${app.service.name}`, progress, async (step) => {
        const built = this.state.after?.newest ?? null;
        this.state.restartedBy = await restartIfNeeded(
          app,
          built === null ? 0 : Date.parse(built),
          step,
          progress,
        );
      });
    }
  }

  /** Whether the app is healthy with it; clears away what was kept when it is. @throws OpsError E_SERVICE_FAILED, E_TIMED_OUT */
  async verify(progress: Progress): Promise<void> {
    const { app } = this.#plan;
    const { site, redact } = this.#context;
    if (app !== undefined) {
      await this.#step('health', progress, async (step) => {
        try {
          const up = await untilHealthy(site, app.service, progress);
          this.state.health = up.health;
          this.state.pid = up.status.pid;
        } catch (error) {
          this.state.appErrors = await lastErrorLines(app.service, redact, progress.signal).catch(
            () => [],
          );
          for (const text of this.state.appErrors) step.output({ text, from: 'stderr' });
          throw error;
        }
      });
    }
    progress.signal.throwIfAborted();
    await this.#settle();
  }

  /** Puts everything back. @throws OpsError when something cannot be */
  async undo(signal: AbortSignal): Promise<void> {
    const wayBack = this.#wayBack;
    const run = this.#run;
    if (run === undefined) return;
    if (wayBack !== undefined) {
      await run.step('put back', async (step) => {
        const done = await putBack(this.#keep, wayBack, signal);
        this.state.putBack = done.paths;
        step.ends(
          'undone',
          done.paths.length === 0
            ? 'Nothing had been replaced.'
            : `Put back: ${done.paths.join(', ')}`,
        );
        await this.#keepFailed(done);
        if (wayBack.beside !== null) await rm(wayBack.beside, { recursive: true, force: true });
        // What is left of it would be taken for a rebuild that was cut off.
        await rm(this.#keep, { recursive: true, force: true });
        this.#wayBack = undefined;
      });
    }
    const { app } = this.#plan;
    if (app !== undefined)
      await run.step(`bring back ${app.service.name}`, (step) => this.#bringBack(step, signal));
  }

  /** Ends the record. */
  async close(outcome: 'done' | 'failed' | 'undone', problem?: string): Promise<void> {
    const { build, git, section } = this.#plan;
    await this.#run?.close(outcome, {
      ...(problem === undefined ? {} : { problem }),
      ...(build === undefined ? {} : { fingerprint: build.fingerprint }),
      git: git ?? null,
      dist: this.state.after,
      findings: this.state.findings.length,
      failedDist: this.state.failedDist,
    });
    await pruneStepRuns(runsFolder(this.#context.site.state), section.keepRuns).catch((error) =>
      this.#context.warn(`Old records of rebuilds could not be cleared away: ${messageOf(error)}`),
    );
  }

  /** What stands where, when it could not be put back. */
  standing(): string {
    const { part, app } = this.#plan;
    if (this.#wayBack === undefined) {
      const service = app === undefined ? '' : ` Look whether ${app.service.name} runs.`;
      return `${part.dist} is as it was before.${service}`;
    }
    return `What was there before is kept in ${this.#keep}; put it back: om-ops build ${part.name} --put-back`;
  }

  get #keep(): string {
    return keepPath(this.#plan.part.folder, this.#run?.name ?? '');
  }

  #step<T>(title: string, progress: Progress, work: (step: Step) => Promise<T>): Promise<T> {
    progress.report({ stage: title });
    return (this.#run as StepRun).step(title, work);
  }

  /** What rebuilds before have left: put back, or cleared away. */
  async #clearUp(progress: Progress): Promise<void> {
    const { cutOff, leftovers } = this.#plan;
    for (const { path, wayBack } of [...cutOff].reverse()) {
      await this.#step(`put back what ${wayBack.run} has left`, progress, async (step) => {
        const done = await putBack(path, wayBack, progress.signal);
        this.#hasPutBack = true;
        this.state.putBack.push(...done.paths);
        step.note(
          done.paths.length === 0
            ? 'Nothing had been replaced.'
            : `Put back: ${done.paths.join(', ')}`,
        );
        await this.#keepFailed(done);
        if (wayBack.beside !== null) await rm(wayBack.beside, { recursive: true, force: true });
        await rm(path, { recursive: true, force: true });
      });
    }
    for (const { path } of leftovers) await rm(path, { recursive: true, force: true });
  }

  async #build(build: BuildSteps, progress: Progress): Promise<void> {
    const { part, section, app } = this.#plan;
    const { signal } = progress;
    const run = this.#run as StepRun;
    const beside = section.out === null ? null : besideOf(part, run.name);
    const flag =
      section.maintenanceFlag === null ? null : this.#context.site.below(section.maintenanceFlag);
    this.#wayBack = await this.#step('keep what is there', progress, (step) =>
      keepCopies(
        {
          folder: part.folder,
          run: run.name,
          ...replaceable(part, build),
          head: {
            part: part.name,
            beside,
            maintenanceFlag: flag === null || isThere(flag) ? null : flag,
            pid: app?.status.pid ?? null,
          },
        },
        step,
        signal,
      ),
    );
    await this.#install(build, progress);
    await this.#runScript(build, beside, progress);
    await this.#check(beside ?? part.dist, progress);
    const before = this.#keptDist;
    if (part.name === 'frontend' && before !== undefined)
      await this.#step('keep old assets', progress, async (step) => {
        const known = readOldAssets(this.#context.site.state);
        this.#carried = await carryOldAssets(before, beside ?? part.dist, known, {
          now: new Date(),
          signal,
        });
        this.state.oldAssets = Object.keys(this.#carried).length;
        step.note(`${this.state.oldAssets} files of dists before stay for pages that are open.`);
      });
    if (beside !== null) await this.#exchange(beside, progress);
    this.state.after = (await countFolder(part.dist, { signal })).census;
  }

  /** The dist that was there before. */
  get #keptDist(): string | undefined {
    const [dist, target] = this.#wayBack?.entries ?? [];
    return dist?.kept ?? (dist?.link === null ? undefined : target?.kept) ?? undefined;
  }

  async #install({ manager, install }: BuildSteps, progress: Progress): Promise<void> {
    const { name, program, folder } = manager;
    await this.#step([name, install.args[0]].join(' '), progress, async (step) => {
      if (install.why === undefined) {
        this.state.install = 'skipped';
        step.ends('skipped', 'What is installed is what the lock file says.');
        return;
      }
      const env = buildEnvironment('install');
      const timeoutMs = this.#plan.section.installSeconds * 1000;
      await step.exec(
        program,
        install.args,
        this.#programOptions(folder, { env, timeoutMs, signal: progress.signal }),
      );
      this.state.install = 'done';
    });
  }

  async #runScript(
    { manager, script }: BuildSteps,
    beside: string | null,
    progress: Progress,
  ): Promise<void> {
    const { part, section } = this.#plan;
    const { out } = section;
    const call = scriptCall(
      manager.name,
      script,
      part,
      out === null || beside === null ? null : { out, beside },
    );
    await this.#step(`${manager.name} run ${script.name}`, progress, async (step) => {
      const env = { ...buildEnvironment('build'), ...call.env };
      const timeoutMs = section.buildSeconds * 1000;
      await step.exec(
        manager.program,
        call.args,
        this.#programOptions(part.folder, { env, timeoutMs, signal: progress.signal }),
      );
    });
    if (beside !== null && !existsSync(beside)) {
      throw new OpsError(
        'E_NOT_BESIDE',
        `The build has written nothing to ${beside}, although build.out of the site profile says that it can be told to.`,
        {
          suggestions: [
            'Correct build.out in the site profile, or set it to null.',
            `Read what it printed: ${this.state.run?.path ?? ''}/output`,
          ],
        },
      );
    }
  }

  /** As the owner of the folder, when om-ops is root: what is built must not belong to another user than before. */
  #programOptions(cwd: string, options: ExecOptions): ExecOptions {
    const { uid } = statSync(this.#plan.part.folder);
    return { ...options, cwd, ...(process.geteuid?.() === 0 && uid !== 0 ? { user: uid } : {}) };
  }

  async #check(dist: string, progress: Progress): Promise<void> {
    await this.#step('verify', progress, async (step) => {
      const part = { ...this.#plan.part, dist };
      const { findings, leftOut } = await verifyPart(part, () => this.#context.appNode(), progress);
      const { redact } = this.#context;
      this.state.findings = findings.map((one) => ({
        ...one,
        message: redact.foreign(one.message),
      }));
      for (const one of leftOut) step.output({ text: `Not checked: ${one}`, from: 'stderr' });
      const lines = findings.map((one) => findingText(one, [{ part: part.name, path: dist }]));
      for (const text of lines) step.output({ text, from: 'stderr' });
      const [first] = lines;
      if (first === undefined) return;
      throw new OpsError(
        'E_DIST_BROKEN',
        `What was built is not whole: ${redact.foreign(first)}${lines.length === 1 ? '' : `, and ${lines.length - 1} more`}.`,
        { suggestions: [`Read all findings: ${step.outputPath}`] },
      );
    });
  }

  async #exchange(beside: string, progress: Progress): Promise<void> {
    const { dist } = this.#plan.part;
    await this.#step('exchange', progress, async (step) => {
      if (lstatSync(dist, { throwIfNoEntry: false }) === undefined) await rename(beside, dist);
      else step.note(`The new dist has taken the place of the old one, ${exchange(beside, dist)}.`);
    });
  }

  /** What did not work is worth looking at; packages are not. */
  async #keepFailed({ replaced }: PutBack): Promise<void> {
    const { part } = this.#plan;
    const beside = this.#wayBack?.beside ?? null;
    const built = beside !== null && isThere(beside) ? beside : undefined;
    const failed = replaced.find(({ live }) => live === part.dist)?.path ?? built;
    if (failed === undefined || this.#run === undefined) return;
    const target = join(this.#run.path, 'failed', 'dist');
    try {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await copier.exec(['-a', '--reflink=auto', '-T', '--', failed, target]);
      this.state.failedDist = target;
    } catch (error) {
      // It is evidence, and not worth failing to put back.
      this.#context.warn(
        `The dist that did not work could not be kept in ${target}: ${messageOf(error)}`,
      );
    }
  }

  /** The app runs on what was put back, if it ran before. */
  async #bringBack(step: Step, signal: AbortSignal): Promise<void> {
    const { app } = this.#plan;
    if (app === undefined) return;
    const { service, status, isHealthy } = app;
    const progress = { ...silentProgress(), signal };
    const now = await service.status(signal);
    const isSame = now.state === status.state && now.pid === status.pid;
    if (isSame && !this.#hasPutBack)
      return step.ends('skipped', `${service.name} was not restarted: ${now.detail ?? now.state}.`);
    if (status.state === 'stopped' || status.state === 'absent') {
      if (now.state !== status.state) await service.stop(progress);
      return step.ends('undone', `${service.name} is stopped again.`);
    }
    await (now.state === 'stopped' ? service.start(progress) : service.restart(progress));
    this.state.restartedBy = 'om-ops';
    try {
      const up = await untilHealthy(this.#context.site, service, progress);
      this.state.health = up.health;
      this.state.pid = up.status.pid;
      step.ends('undone', `${service.name} runs on what was there before.`);
    } catch (error) {
      // It was not healthy before either: then it is as it was.
      if (isHealthy || !isOpsError(error)) throw error;
      step.ends(
        'undone',
        `${service.name} was not healthy before, and is not now: ${messageOf(error)}`,
      );
    }
  }

  /** What was kept is needed no more. From the first move on nobody takes it for a rebuild that was cut off. */
  async #settle(): Promise<void> {
    const keep = this.#keep;
    const { warn, site } = this.#context;
    const { beside, maintenanceFlag } = this.#wayBack ?? { beside: null, maintenanceFlag: null };
    if (this.#wayBack === undefined) return;
    const done = join(keep, '..', `done-${this.#run?.name}`);
    await rename(keep, done);
    this.#wayBack = undefined;
    try {
      if (maintenanceFlag !== null) await rm(maintenanceFlag, { force: true });
      if (this.#carried !== undefined) await writeOldAssets(site.state, this.#carried);
      if (beside !== null) await rm(beside, { recursive: true, force: true });
      await rm(done, { recursive: true, force: true });
    } catch (error) {
      warn(`What was kept during the build could not be cleared away: ${messageOf(error)}`);
    }
  }
}
