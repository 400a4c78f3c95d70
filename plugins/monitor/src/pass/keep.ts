import { isOpsError, messageOf, type Redactor, type Site } from '@om-ops/kit';
import { assertOwnAlerts } from '../alerts/own-site.ts';
import { AlertWatch } from '../alerts/watch.ts';
import type { Transition } from '../rules/alert.ts';
import { msOf } from '../site/amounts.ts';
import { healthSection } from '../site/health.ts';
import { metricsSection } from '../site/metrics.ts';
import type { Looked } from './look.ts';
import type { Pass } from './pass.ts';
import { Recorder } from './record.ts';

export interface KeeperOptions {
  site: Site;
  redactor: Redactor;
  /** `om-ops health check`. */
  command: string;
  /** What is worth knowing and takes nothing away. */
  warn(message: string): void;
  /** What could not be kept or told. */
  lost(message: string): void;
  signal: AbortSignal;
}

export interface Kept {
  /** All of it could be kept, and those who are to be told were. */
  isKept: boolean;
  /** What it moved. */
  transitions: readonly Transition[];
}

/** What becomes of a pass: history, the last look, alerts, and who is told of them. One does not fail of the other. */
export class Keeper implements Disposable {
  readonly #options: KeeperOptions;
  readonly #recorder: Recorder;
  readonly #bootGraceMs: number;
  #alerts: Promise<AlertWatch> | undefined;

  private constructor(options: KeeperOptions, recorder: Recorder, bootGraceMs: number) {
    this.#options = options;
    this.#recorder = recorder;
    this.#bootGraceMs = bootGraceMs;
  }

  /** @throws OpsError E_SITE_INVALID (exit 2) */
  static async open(options: KeeperOptions): Promise<Keeper> {
    const { site, command, lost, signal } = options;
    const metrics = await site.section(metricsSection);
    const { bootGrace } = await site.section(healthSection);
    const recorder = new Recorder({ state: site.state, metrics, command, warn: lost, signal });
    return new Keeper(options, recorder, msOf(bootGrace));
  }

  /** @throws the signal's reason */
  async keep({ pass, readings }: Looked): Promise<Kept> {
    const isKept = await this.#attempt('What was found could not be kept', () => {
      assertOwnAlerts(this.#options.site);
      return this.#recorder.record(pass, readings);
    });
    const judged = await this.#attempt('Alerts could not be judged', () => this.#judge(pass));
    return { isKept: isKept === true && judged !== undefined, transitions: judged ?? [] };
  }

  /** Undefined: it failed, and was told. */
  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!isOpsError(error)) throw error;
      this.#options.lost(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  }

  async #judge(pass: Pass): Promise<readonly Transition[]> {
    const { site, redactor, command, warn, signal } = this.#options;
    this.#alerts ??= AlertWatch.open({ site, redactor, command, warn, signal });
    const watch = await this.#alerts;
    return (await watch.record(pass, { bootGraceMs: this.#bootGraceMs })).transitions;
  }

  [Symbol.dispose](): void {
    this.#recorder[Symbol.dispose]();
  }
}
