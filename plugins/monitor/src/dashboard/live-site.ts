import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Abilities,
  isoWithOffset,
  type Redact,
  type Site,
  type State,
  type WatchRecord,
} from '@om-ops/kit';
import { formatAge, plural } from '@om-ops/kit/text';
import { alertFiles } from '../alerts/files.ts';
import { byLevel } from '../checks/watched-check.ts';
import { type KeptPass, readKeptPass } from '../pass/kept-pass.ts';
import type { PassCheck } from '../pass/pass.ts';
import { statusOf, type WatchStatus } from '../pass/status.ts';
import type { Machine } from '../readers/machine.ts';
import type { ShownAlert, ShownProcess, Snapshot } from '../report/types.ts';
import { BusyProcesses } from './busy-processes.ts';
import type { LiveHost } from './live-host.ts';
import { SeenErrors } from './seen-errors.ts';
import type { Sampled } from './watchers.ts';

/** The process table is long: it is read less often than the rest. */
const processesMs = 10_000;
const alertsMs = 15_000;

export interface LiveSiteOptions {
  site: Site;
  machine: Machine;
  host: LiveHost;
  abilities: Pick<Abilities, 'watched' | 'logSources'>;
  redact: Redact;
}

/** What those who watch see: what the monitor has kept, and what the machine is like now. */
export class LiveSite implements Sampled {
  readonly #options: LiveSiteOptions;
  readonly #errors: SeenErrors;
  readonly #processes: BusyProcesses;
  #shownProcesses: { at: number; rows: ShownProcess[] } = {
    at: 0,
    rows: [],
  };
  #shownAlerts: { stamp: string; at: number; rows: readonly ShownAlert[] } = {
    stamp: '',
    at: 0,
    rows: [],
  };
  #kept: { stamp: string; pass: KeptPass | null } = { stamp: '', pass: null };
  #record: Promise<WatchRecord | null> | undefined;
  #stopped = AbortSignal.abort();

  constructor(options: LiveSiteOptions) {
    this.#options = options;
    this.#errors = new SeenErrors(options.redact);
    this.#processes = new BusyProcesses(options.machine);
  }

  start(): () => void {
    const stop = new AbortController();
    this.#stopped = stop.signal;
    void this.#followErrors(stop.signal);
    return () => {
      stop.abort();
      this.#options.host.forget();
      this.#processes.forget();
      this.#shownProcesses = { at: 0, rows: [] };
    };
  }

  async #followErrors(signal: AbortSignal): Promise<void> {
    const { values } = await this.#options.abilities.logSources();
    if (!signal.aborted) await this.#errors.follow(values, signal);
  }

  /** The last pass, read again when there is a new one. */
  keptPass(): KeptPass | null {
    const { state } = this.#options.site;
    const stamp = stampOf(join(state, 'monitor/pass.json'));
    if (stamp !== this.#kept.stamp) this.#kept = { stamp, pass: readKeptPass(state) };
    return this.#kept.pass;
  }

  async snapshot(): Promise<Snapshot> {
    const { site, host } = this.#options;
    const signal = AbortSignal.any([this.#stopped, AbortSignal.timeout(5000)]);
    const now = new Date();
    const status = statusOf(site, this.keptPass(), now, true);
    const [live, alerts] = await Promise.all([host.look(signal), this.#alerts(status)]);
    return {
      at: isoWithOffset(now),
      level: status.level,
      heading: headingOf(status),
      lede: ledeOf(status, alerts),
      pass:
        status.at === null || status.everyMs === null
          ? null
          : { at: status.at, everyMs: status.everyMs, stale: status.stale },
      alerts,
      checks: status.checks.map(shownCheck),
      live,
      processes: this.#busy(),
      ...this.#errors.shown(),
    };
  }

  #busy(): ShownProcess[] {
    const at = performance.now();
    const isFirst = this.#shownProcesses.rows.every(({ cpuPercent }) => cpuPercent === null);
    if (isFirst || at - this.#shownProcesses.at >= processesMs)
      this.#shownProcesses = { at, rows: this.#processes.look() };
    return this.#shownProcesses.rows;
  }

  /** What somebody was told of, and what is not well and has not been told yet. */
  async #alerts(status: WatchStatus): Promise<readonly ShownAlert[]> {
    this.#record ??= this.#options.abilities.watched();
    const record = await this.#record;
    // Somebody may begin to watch.
    if (record === null) this.#record = undefined;
    const told = record === null ? [] : await this.#told(record);
    return [...told, ...untold(status, new Set(told.map(({ key }) => key)))];
  }

  /** Read again when something was written of them, and once in a while: a silence ends by itself. */
  async #told(record: WatchRecord): Promise<readonly ShownAlert[]> {
    const { journal, snapshot, silences } = alertFiles(this.#options.site.state);
    const stamp = [journal, snapshot, silences].map(stampOf).join();
    const at = performance.now();
    if (stamp !== this.#shownAlerts.stamp || at - this.#shownAlerts.at >= alertsMs)
      this.#shownAlerts = { stamp, at, rows: await record.alerts() };
    return this.#shownAlerts.rows;
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 'none' : `${found.mtimeMs} ${found.ino} ${found.size}`;
}

/** Checks that are not well and have no alert: what was seen too few times to be told, or nobody keeps alerts. */
function untold({ checks, stale }: WatchStatus, told: ReadonlySet<string>): ShownAlert[] {
  if (stale) return [];
  return checks.flatMap(({ id, title, level, text, since, runbook, command }) =>
    level === 'healthy' || level === 'off' || told.has(id)
      ? []
      : [
          {
            ...{ id: null, key: id, title, level, text, since, runbook, command },
            ...{ acknowledged: null, silencedUntil: null, heldBy: null },
          },
        ],
  );
}

function shownCheck(check: PassCheck): Snapshot['checks'][number] {
  const { id, title, level, value, unit, text, durationMs, at, since } = check;
  return { id, title, level, value, unit, text, durationMs, at, since };
}

const words: Partial<Record<State, string>> = {
  critical: 'Critical',
  warning: 'Warning',
  unknown: 'Unknown',
};

export function headingOf(status: WatchStatus): string {
  const { at, stale, level, checks, ageSeconds } = status;
  if (at === null) return 'Nobody has looked at this site yet';
  if (stale) return `Nobody has looked for ${formatAge(Math.abs(ageSeconds ?? 0) * 1000)}`;
  const [worst, ...others] = checks
    .filter((check) => check.level === level)
    .sort((one, other) => byLevel(one.level, other.level));
  if (level === 'healthy' || worst === undefined) return 'All is well';
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${words[level] ?? level}: ${worst.title}${more}`;
}

export function ledeOf(
  { at, stale, counts, seen }: WatchStatus,
  alerts: readonly Pick<ShownAlert, 'id' | 'acknowledged'>[],
): string {
  if (at === null)
    return 'Look at it once: om-ops health check. To be told when something happens, let it be looked at again and again: om-ops schedule install.';
  if (stale)
    return `How it is now is unknown; it was ${seen ?? 'unknown'} then. See why nobody looks: om-ops schedule check.`;
  const all = counts.healthy + counts.warning + counts.critical + counts.unknown;
  const parts = [
    `${counts.healthy} of ${plural(all, 'check')} ${counts.healthy === 1 ? 'is' : 'are'} well`,
    ...(counts.critical > 0 ? [`${counts.critical} critical`] : []),
    ...(counts.warning > 0 ? [plural(counts.warning, 'warning')] : []),
    ...(counts.unknown > 0 ? [`${counts.unknown} unknown`] : []),
  ];
  const open = alerts.filter(({ id }) => id !== null);
  const acknowledged = open.filter((alert) => alert.acknowledged !== null).length;
  const told =
    open.length === 0
      ? ''
      : ` ${plural(open.length, 'alert')} ${open.length === 1 ? 'is' : 'are'} open${acknowledged === 0 ? '' : `, ${acknowledged} acknowledged`}.`;
  return `${parts.join(', ')}.${told}`;
}
