import { withDeadline } from '../deadline.ts';
import { clauseOf, isOpsError, messageOf } from '../errors.ts';
import type { PluginContribution } from '../plugin.ts';
import type { Site } from '../site/site.ts';
import { type Check, type CheckResult, runChecks } from './check.ts';
import type { LoadedPlugins } from './loaded-plugins.ts';
import type { ConfigFile, LogSource, Page } from './offers.ts';
import { type ReadPanel, readPanels } from './panel.ts';
import type { BackupRecord, MilestoneRecord } from './record.ts';
import type { ScheduledTask } from './scheduled-task.ts';
import { type AppService, findService, type ServiceDriver } from './service.ts';
import type { WatchRecord } from './watched.ts';

/** What a plugin gave, and the topic of the plugin. */
export interface Of<T> {
  topic: string;
  value: T;
}

/** What all plugins gave, and which of them could not say. */
export interface Gathered<T> {
  /** By plugin, in the order each gives them. */
  values: Of<T>[];
  /** `reason` without a full stop. Whoever must be whole says so, or fails. */
  failures: { topic: string; reason: string }[];
}

export interface AbilitiesOptions {
  site: Site;
  /** Aborted at Ctrl-C. */
  signal: AbortSignal;
  load(): Promise<LoadedPlugins>;
  /** Told once of every plugin that could not be loaded. */
  warn(message: string): void;
}

/** How long a plugin may take to say what it has; what that finds has limits of its own. */
const gatherMs = 10_000;

/**
 * What a command may ask of the other plugins, without importing one. Plugins are loaded at the first
 * question. One that is broken or late takes nothing from the others.
 */
export class Abilities {
  readonly #options: AbilitiesOptions;
  #loaded: Promise<LoadedPlugins['plugins']> | undefined;

  constructor(options: AbilitiesOptions) {
    this.#options = options;
  }

  /**
   * What runs the backend, the front end or a worker of the site. For the backend, `backend.service` of
   * the profile decides between several.
   *
   * @throws OpsError E_NO_SERVICE (exit 5), E_AMBIGUOUS_SERVICE (exit 2)
   */
  async service(role: AppService['role']): Promise<AppService> {
    const { site, signal } = this.#options;
    const { values, failures } = await this.serviceDrivers();
    for (const { topic, reason } of failures)
      this.#options.warn(`${topic} could not say which services there are: ${reason}.`);
    return findService(
      values.map(({ value }) => value),
      role,
      { site, signal, warn: (message) => this.#options.warn(message) },
    );
  }

  /** The service managers that are known. */
  serviceDrivers(): Promise<Gathered<ServiceDriver>> {
    return this.#gather(({ services }) => services?.());
  }

  /** What every part of the site is like now. @throws the signal's reason */
  async panels(timeoutMs: number, now = new Date()): Promise<ReadPanel[]> {
    const { site, signal } = this.#options;
    const readers = (await this.#plugins()).flatMap(({ contribution: { topic, state } }) =>
      state === undefined ? [] : [{ topic, read: state }],
    );
    return readPanels(readers, { site, signal, now, timeoutMs });
  }

  /** Every check of every plugin; a plugin that cannot say which it has counts as one check, which is unknown. */
  async checks(): Promise<Of<Check>[]> {
    const { values, failures } = await this.#gather<Check>(({ checks }) =>
      checks?.(this.#options.site),
    );
    const lost = failures.map(({ topic, reason }) => ({
      topic,
      value: {
        key: 'checks',
        title: `The checks of ${topic}`,
        run: () => Promise.reject(new Error(reason)),
      },
    }));
    return [...values, ...lost];
  }

  /** Runs {@link checks}. @throws the signal's reason */
  async checkResults(timeoutMs: number): Promise<CheckResult[]> {
    return runChecks(await this.checks(), { signal: this.#options.signal, timeoutMs });
  }

  /** What has been seen of the site over time; null when nobody watches it. */
  async watched(): Promise<WatchRecord | null> {
    const { values, failures } = await this.#gather<WatchRecord>(async ({ watched }) => {
      const record = await watched?.(this.#options.site);
      return record === undefined || record === null ? [] : [record];
    });
    for (const { topic, reason } of failures)
      this.#options.warn(`${topic} could not say what it has seen: ${reason}.`);
    return values[0]?.value ?? null;
  }

  /** Which backups there are of the site, and which failed. */
  backups(since: Date): Promise<Gathered<BackupRecord>> {
    const { site, signal } = this.#options;
    return this.#gather(({ backups }) => backups?.({ site, signal, since }));
  }

  milestones(): Promise<Gathered<MilestoneRecord>> {
    return this.#gather(({ milestones }) => milestones?.(this.#options.site));
  }

  logSources(): Promise<Gathered<LogSource>> {
    return this.#gather(({ logSources }) => logSources?.(this.#options.site));
  }

  tasks(): Promise<Gathered<ScheduledTask>> {
    return this.#gather(({ tasks }) => tasks?.(this.#options.site));
  }

  configFiles(): Promise<Gathered<ConfigFile>> {
    return this.#gather(({ configFiles }) => configFiles?.(this.#options.site));
  }

  /** The pages of all plugins, which `writeReport` makes the nav of. */
  async navPages(): Promise<readonly Page[]> {
    return (await this.pages()).values.map(({ value }) => value);
  }

  pages(): Promise<Gathered<Page>> {
    return this.#gather(async ({ pages }) => pages?.(this.#options.site) ?? []);
  }

  async #gather<T extends object>(
    ask: (contribution: PluginContribution) => Promise<readonly T[]> | undefined,
  ): Promise<Gathered<T>> {
    const { signal } = this.#options;
    const answers = await Promise.all(
      (await this.#plugins()).map(async ({ contribution }) => {
        const { topic } = contribution;
        try {
          const given = await withDeadline(gatherMs, signal, async () => ask(contribution));
          return { topic, given: given ?? [] };
        } catch (error) {
          signal.throwIfAborted();
          // A mistake in the profile is the user's to mend, and not a plugin that is broken.
          if (isOpsError(error) && error.code === 'E_SITE_INVALID') throw error;
          return { topic, given: [], reason: clauseOf(messageOf(error)) };
        }
      }),
    );
    return {
      values: answers.flatMap(({ topic, given }) => given.map((value) => ({ topic, value }))),
      failures: answers.flatMap(({ topic, reason }) =>
        reason === undefined ? [] : [{ topic, reason }],
      ),
    };
  }

  #plugins(): Promise<LoadedPlugins['plugins']> {
    this.#loaded ??= this.#options.load().then(({ plugins, problems }) => {
      for (const problem of problems) this.#options.warn(problem);
      return plugins;
    });
    return this.#loaded;
  }
}
