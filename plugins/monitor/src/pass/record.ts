import { join } from 'node:path';
import {
  acquireLock,
  type Heartbeat,
  heartbeatPath,
  isOpsError,
  makeStateFolder,
  messageOf,
  writeFileAtomicSync,
} from '@om-ops/kit';
import { worstOf } from '../checks/watched-check.ts';
import type { MetricsSection } from '../site/metrics.ts';
import { MetricsStore } from '../store/metrics-store.ts';
import { CostMeter } from './cost-meter.ts';
import { scoreOf } from './integration.ts';
import { readKeptPass, writeKeptPass } from './kept-pass.ts';
import type { Pass } from './pass.ts';
import { keptReadings, type Readings } from './readings.ts';
import { countsOf } from './run.ts';

export interface RecorderOptions {
  /** STATE. */
  state: string;
  metrics: MetricsSection;
  /** What holds the lock: `om-ops health check`. */
  command: string;
  warn(message: string): void;
  signal: AbortSignal;
}

/** One at a time: whoever looks at the same moment waits for some milliseconds. */
const waitMs = 10_000;

/** Keeps what passes found, so that the next one, and everybody who asks, has it. */
export class Recorder implements Disposable {
  readonly #options: RecorderOptions;
  readonly #store: MetricsStore;
  readonly #cost = new CostMeter();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#store = new MetricsStore(options.state, options.metrics, options.warn);
  }

  /**
   * False: a part of it could not be kept, and was warned of.
   *
   * @throws OpsError E_PERMISSION, E_READ_ONLY, E_DISK_FULL, E_LOCKED: nothing was kept
   */
  async record(pass: Pass, readings: Readings): Promise<boolean> {
    const { state, command, signal } = this.#options;
    makeStateFolder(join(state, 'monitor'));
    using _lock = await acquireLock(join(state, 'locks'), 'monitor', { waitMs, command, signal });
    const before = readKeptPass(state);
    // Who looked longer than another comes later with what is older.
    if (before !== null && pass.whole && isOlder(pass, before.pass)) return true;
    // A look at some things is no look at the site: without one nobody knows how that is.
    const kept = pass.whole ? pass : before === null ? undefined : joined(before.pass, pass);
    if (kept !== undefined)
      writeKeptPass(state, {
        pass: kept,
        readings: keptReadings(before?.readings ?? [], readings),
        own: pass.whole || before?.own === undefined ? this.#cost.of(pass) : before.own,
      });
    if (pass.whole)
      writeFileAtomicSync(heartbeatPath(state), `${JSON.stringify(heartbeatOf(pass))}\n`, {
        sync: false,
      });
    return this.#keepMetrics(pass);
  }

  /** Metrics may be lost, and nothing else with them. */
  #keepMetrics(pass: Pass): boolean {
    try {
      this.#store.append(pass);
      return true;
    } catch (error) {
      if (!isOpsError(error)) throw error;
      this.#options.warn(messageOf(error));
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]();
  }
}

function isOlder(one: Pass, other: Pass): boolean {
  return one.bootId === other.bootId && one.bootId !== ''
    ? one.uptimeSeconds < other.uptimeSeconds
    : false;
}

/** What was looked at anew, within what was seen of everything. */
function joined(whole: Pass, some: Pass): Pass {
  const anew = new Map(some.checks.map((one) => [one.id, one]));
  const checks = whole.checks.map((one) => anew.get(one.id) ?? one);
  return {
    ...whole,
    checks,
    level: worstOf(checks.map(({ level }) => level)),
    score: scoreOf(checks),
    counts: countsOf(checks),
  };
}

function heartbeatOf({ at, bootId, durationMs, everyMs, level, counts }: Pass): Heartbeat {
  return { at, bootId, durationMs, everyMs, level, counts };
}
