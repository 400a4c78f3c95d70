import type { WatchState } from '../../src/rules/alert.ts';
import { type Judged, judge } from '../../src/rules/judge.ts';
import type { Clock, JudgedCheck } from '../../src/rules/pass.ts';
import type { Rules } from '../../src/rules/rules.ts';

const hour = 3_600_000;

export function rulesOf(changes: Partial<Rules> = {}): Rules {
  let made = 0;
  return {
    reminderMs: { warning: 24 * hour, critical: 4 * hour },
    flap: { cycles: 3, withinMs: hour, quietMs: hour / 2 },
    bootGraceMs: 180_000,
    after: () => [],
    silencedUntil: () => null,
    maintenance: false,
    newId() {
      made += 1;
      return `a${made}`;
    },
    ...changes,
  };
}

/** A check of a level, or of a value against thresholds. */
export function check(id: string, given: Partial<JudgedCheck> = {}): JudgedCheck {
  return {
    id,
    title: id,
    kind: 'gauge',
    level: 'healthy',
    value: null,
    unit: null,
    text: `${id} is ${given.level ?? 'healthy'}.`,
    thresholds: null,
    stale: false,
    samples: null,
    after: [],
    runbook: null,
    command: null,
    ...given,
  };
}

/** A percentage with its thresholds. */
export function percent(
  id: string,
  value: number,
  {
    warning = 85,
    critical = 95,
    ...given
  }: Partial<JudgedCheck> & { warning?: number; critical?: number } = {},
): JudgedCheck {
  const level = value >= critical ? 'critical' : value >= warning ? 'warning' : 'healthy';
  const thresholds = { warning, critical, when: 'above' } as const;
  return check(id, { level, value, unit: 'percent', thresholds, ...given });
}

export interface Seen {
  /** Seconds since the begin. */
  second: number;
  judged: Judged;
}

/** A site that is watched, in a time of its own. */
export class Watching {
  state: WatchState = { clock: null, keys: {} };
  second = 0;
  bootId = 'boot-1';
  uptime: number;
  /** How far the wall clock was set. */
  skewMs = 0;
  everyMs = 30_000;
  rules: Rules;
  readonly seen: Seen[] = [];

  constructor({ rules = rulesOf(), uptime = 86_400 }: { rules?: Rules; uptime?: number } = {}) {
    this.rules = rules;
    this.uptime = uptime;
  }

  get clock(): Clock {
    const wallMs = Date.parse('2026-11-25T10:00:00Z') + this.second * 1000 + this.skewMs;
    const monotonicMs = this.uptime * 1000;
    return { wallMs, monotonicMs, bootId: this.bootId, uptimeMs: monotonicMs };
  }

  /** One pass now. */
  look(checks: readonly JudgedCheck[], whole = true): Judged {
    const at = new Date(this.clock.wallMs).toISOString();
    const pass = { at, everyMs: this.everyMs, whole, checks };
    const judged = judge(this.state, pass, this.clock, this.rules);
    this.state = judged.state;
    this.seen.push({ second: this.second, judged });
    return judged;
  }

  wait(seconds: number): void {
    this.second += seconds;
    this.uptime += seconds;
  }

  /** A pass every 30 s, for so many seconds. */
  watch(seconds: number, checksAt: (second: number) => readonly JudgedCheck[]): void {
    const until = this.second + seconds;
    for (; this.second < until; this.wait(this.everyMs / 1000)) this.look(checksAt(this.second));
  }

  restart(secondsOff: number): void {
    this.second += secondsOff;
    this.uptime = 1;
    this.bootId = `${this.bootId}+`;
  }

  /** Passes that had something to tell. */
  get messages(): { second: number; lines: string[] }[] {
    return this.seen
      .filter(({ judged }) => judged.lines.length > 0)
      .map(({ second, judged }) => ({
        second,
        lines: judged.lines.map(({ kind, key }) => `${kind} ${key ?? '-'}`),
      }));
  }

  /** `fired disk:/` and so on, in order. */
  get told(): string[] {
    return this.messages.flatMap(({ lines }) => lines);
  }
}
