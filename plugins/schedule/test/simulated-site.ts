import { type Due, decide } from '../src/due.ts';
import { History } from '../src/ledger/history.ts';
import type { LedgerLine, Outcome } from '../src/ledger/line.ts';
import { ruleOf, type When, windowOf } from '../src/period.ts';
import type { Task } from '../src/task/task.ts';

export function sampleTask(when: When, more: Partial<Task> = {}): Task {
  const { every, at = null, on = null } = when;
  const window = more.window ?? null;
  return {
    id: 'backup',
    title: 'Back up',
    why: null,
    steps: [{ from: 'backup', argv: ['backup', 'run'], guarded: false, installed: true }],
    every,
    at,
    on,
    window,
    catchUp: true,
    timeoutMs: 1000,
    off: false,
    rule: ruleOf(when),
    hours: window === null ? null : windowOf(window),
    ...more,
  };
}

/** A site on which a tick comes when the test says so, with a ledger in memory. */
export class SimulatedSite {
  history = new History();
  readonly lines: LedgerLine[] = [];
  readonly began: { at: string; due: Due }[] = [];
  readonly task: Task;
  /** How a run ends; `open`: it is still going on, `killed`: its process is gone. */
  ending: Outcome | 'open' | 'killed' = 'done';
  #runs = 0;

  constructor(task: Task) {
    this.task = task;
  }

  add(...lines: readonly LedgerLine[]): void {
    for (const line of lines) {
      this.lines.push(line);
      this.history.add(line);
    }
  }

  tick(now: string | number): Due | null {
    const date = new Date(now);
    const at = date.toISOString();
    const { task } = this;
    const { lines, run } = decide(task, this.history, {
      now: date,
      isAlive: () => this.ending === 'open',
    });
    this.add(...lines);
    if (run === null) return null;
    this.#runs += 1;
    const name = `run-${this.#runs}`;
    const { period, due, why, attempt, request } = run;
    const owner = { pid: 1, start: null, host: '', boot: null, pidSpace: null };
    const begun = {
      period,
      due: due.toISOString(),
      run: name,
      why,
      attempt,
      request,
      by: '',
      owner,
    };
    this.add({ state: 'begun', at, task: task.id, ...begun });
    this.began.push({ at, due: run });
    const { ending } = this;
    if (ending !== 'open' && ending !== 'killed')
      this.add({
        state: 'ended',
        at,
        task: task.id,
        run: name,
        exit: 0,
        outcome: ending,
        seconds: 1,
      });
    return run;
  }

  /** A tick a minute. */
  minutes(from: string, to: string): void {
    for (let now = Date.parse(from); now <= Date.parse(to); now += 60_000) this.tick(now);
  }

  /** `2026-01-15 late` of each run. */
  get story(): string[] {
    return this.began.map(({ due }) => `${due.period ?? due.request} ${due.why}`);
  }

  get missed(): string[] {
    return this.lines.flatMap((line) =>
      line.state === 'missed' ? [`${line.from}..${line.to} ${line.count}`] : [],
    );
  }
}
