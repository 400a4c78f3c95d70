import { lstatSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isThere, messageOf, type Progress, pruneStepRuns, type Step, StepRun } from '@om-ops/kit';
import { countFolder } from '../parts/census.ts';
import { runsFolder } from '../status/status.ts';
import { bringBack, lastErrorLines, restartIfNeeded, untilHealthy } from './app.ts';
import { exchange } from './exchange.ts';
import { keepFailedDist } from './failed-dist.ts';
import { fingerprint } from './fingerprint.ts';
import { keepCopies, keepPath } from './keep.ts';
import { makeDist } from './make-dist.ts';
import { carryOldAssets, type OldAssets, readOldAssets, writeOldAssets } from './old-assets.ts';
import {
  type AppBefore,
  type BuildSteps,
  dirtyText,
  ingredients,
  type RebuildPlan,
  replaceable,
} from './plan.ts';
import { notBegun, type RebuildContext } from './progress.ts';
import { type PutBack, putBack } from './put-back.ts';
import { besideOf } from './script.ts';
import type { WayBack } from './way-back.ts';

/** One rebuild, from keeping what is there to clearing that away again. */
export class Rebuild {
  readonly state = notBegun();
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
        await this.#clearKept(wayBack);
      });
    }
    const { app } = this.#plan;
    if (app !== undefined)
      await run.step(`bring back ${app.service.name}`, (step) =>
        this.#bringBack(app, step, signal),
      );
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
    for (const { path } of leftovers) {
      const run = basename(path).replace(/^done-/, '');
      await rm(besideOf(this.#plan.part, run), { recursive: true, force: true });
      await rm(path, { recursive: true, force: true });
    }
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
    await makeDist({
      plan: this.#plan,
      build,
      beside,
      context: this.#context,
      state: this.state,
      progress,
      step: (title, work) => this.#step(title, progress, work),
    });
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

  async #exchange(beside: string, progress: Progress): Promise<void> {
    const { dist } = this.#plan.part;
    await this.#step('exchange', progress, async (step) => {
      if (lstatSync(dist, { throwIfNoEntry: false }) === undefined) await rename(beside, dist);
      else step.note(`The new dist has taken the place of the old one, ${exchange(beside, dist)}.`);
    });
  }

  async #keepFailed(done: PutBack): Promise<void> {
    if (this.#run === undefined) return;
    const made = { dist: this.#plan.part.dist, beside: this.#wayBack?.beside ?? null };
    try {
      this.state.failedDist = (await keepFailedDist(done, made, this.#run.path)) ?? null;
    } catch (error) {
      // It is evidence, and not worth failing to put back.
      this.#context.warn(`The dist that did not work could not be kept: ${messageOf(error)}`);
    }
  }

  async #bringBack(app: AppBefore, step: Step, signal: AbortSignal): Promise<void> {
    const { site } = this.#context;
    const done = await bringBack(site, app, this.#hasPutBack, signal);
    if (done.wasRestarted) this.state.restartedBy = 'om-ops';
    if (done.up !== null) {
      this.state.health = done.up.health;
      this.state.pid = done.up.status.pid;
    }
    step.ends(done.outcome, done.note);
  }

  /** What was kept is needed no more. */
  async #settle(): Promise<void> {
    const wayBack = this.#wayBack;
    const { warn, site } = this.#context;
    if (wayBack === undefined) return;
    const { maintenanceFlag } = wayBack;
    if (maintenanceFlag !== null) await rm(maintenanceFlag, { force: true });
    await this.#clearKept(wayBack);
    try {
      if (this.#carried !== undefined) await writeOldAssets(site.state, this.#carried);
    } catch (error) {
      warn(
        `Which files of dists before were kept could not be written down, so they stay for good: ${messageOf(error)}`,
      );
    }
  }

  /** From the first move on nobody takes it for a rebuild that was cut off. */
  async #clearKept({ beside }: WayBack): Promise<void> {
    const done = join(this.#keep, '..', `done-${this.#run?.name}`);
    await rename(this.#keep, done);
    this.#wayBack = undefined;
    try {
      if (beside !== null) await rm(beside, { recursive: true, force: true });
      await rm(done, { recursive: true, force: true });
    } catch (error) {
      this.#context.warn(
        `What was kept during the build could not be cleared away; the next one does it: ${messageOf(error)}`,
      );
    }
  }
}
