import { levelOf } from '../checks/watched-check.ts';
import type { WatchState } from '../rules/alert.ts';
import { judge } from '../rules/judge.ts';
import type { JudgedCheck, Level, Thresholds } from '../rules/pass.ts';
import { rankOf } from '../rules/pass.ts';
import type { Rules } from '../rules/rules.ts';

/** What was measured: each value stands for so long. */
export interface PastSample {
  atMs: number;
  forMs: number;
  value: number;
}

/** An alert as it would have been. */
export interface PastAlert {
  level: Level;
  /** ISO 8601. */
  since: string;
  /** Null: it would be open still. */
  resolvedAt: string | null;
  seconds: number;
  messages: number;
}

export interface Backtest {
  alerts: PastAlert[];
  messages: number;
  /** How long it would have been bad, in all. */
  seconds: number;
}

export interface BacktestOptions {
  check: Pick<JudgedCheck, 'id' | 'title' | 'kind' | 'unit' | 'samples'>;
  thresholds: Thresholds;
  rules: Omit<Rules, 'newId'>;
  /** How often was looked. */
  everyMs: number;
}

/** Puts the past through the rules. Values of longer parts stand for as many looks as there were in them. */
export function backtested(past: readonly PastSample[], options: BacktestOptions): Backtest {
  const { check, thresholds, rules, everyMs } = options;
  let state: WatchState = { clock: null, keys: {} };
  let count = 0;
  const newId = () => {
    count += 1;
    return String(count);
  };
  const alerts = new Map<string, PastAlert>();
  let [messages, lastMs] = [0, 0];
  for (const { atMs, forMs, value } of past) {
    for (let looks = 0; looks * everyMs < Math.max(1, forMs); looks += 1) {
      lastMs = atMs + looks * everyMs;
      const at = new Date(lastMs).toISOString();
      const seen: JudgedCheck = {
        ...{ ...check, value, thresholds, level: levelOf(value, thresholds), text: '' },
        ...{ stale: false, after: [], runbook: null, command: null },
      };
      // Long after any start of the machine: what was measured says nothing of those.
      const clock = { wallMs: lastMs, monotonicMs: lastMs, bootId: 'past', uptimeMs: lastMs };
      const judged = judge(state, { at, everyMs, checks: [seen] }, clock, { ...rules, newId });
      state = judged.state;
      for (const { type, alert, level } of judged.transitions) {
        if (type === 'fired')
          alerts.set(alert, { level, since: at, resolvedAt: null, seconds: 0, messages: 0 });
        const one = alerts.get(alert);
        if (one === undefined) continue;
        if (rankOf(level) > rankOf(one.level)) one.level = level;
        if (type === 'resolved') one.resolvedAt = at;
        if (type === 'reopened') one.resolvedAt = null;
      }
      const told = judged.lines.filter(({ kind }) => kind !== 'blind');
      messages += told.length;
      for (const { alert } of told) {
        const one = alerts.get(alert ?? '');
        if (one !== undefined) one.messages += 1;
      }
    }
  }
  for (const one of alerts.values()) {
    const end = one.resolvedAt === null ? lastMs : Date.parse(one.resolvedAt);
    one.seconds = Math.round((end - Date.parse(one.since)) / 1000);
  }
  const all = [...alerts.values()];
  return { alerts: all, messages, seconds: all.reduce((sum, { seconds }) => sum + seconds, 0) };
}
