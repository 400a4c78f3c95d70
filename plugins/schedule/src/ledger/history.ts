import type {
  Begun,
  Cancelled,
  CutOff,
  Ended,
  Installed,
  LedgerLine,
  Missed,
  NotBegun,
  Outcome,
  Planned,
  Since,
} from './line.ts';

/** One run, as far as is known. */
export interface TaskRun extends Omit<Begun, 'state'> {
  /** Null while it goes on, and when it was cut off. */
  ended: Pick<Ended, 'at' | 'exit' | 'outcome' | 'seconds'> | null;
  cutOff: boolean;
}

/** `open`: it has begun, and nobody has said how it ended. */
export type RunState = Outcome | 'cut-off' | 'open';

export function runState({ ended, cutOff }: TaskRun): RunState {
  return ended?.outcome ?? (cutOff ? 'cut-off' : 'open');
}

/** A single run that was asked for, and what became of it. */
export interface Request extends Omit<Planned, 'state'> {
  cancelled: boolean;
  /** Why it did not begin, and will not. */
  missed: string | null;
  run: TaskRun | null;
}

function isInstallation({ state }: LedgerLine): boolean {
  return state === 'installed' || state === 'removed';
}

/** What the ledger says, put together. */
export class History {
  unreadable = 0;
  installed: Installed | null = null;
  /** Oldest first. */
  readonly runs: TaskRun[] = [];
  readonly missed: Missed[] = [];
  readonly #lines: LedgerLine[] = [];
  readonly #byRun = new Map<string, TaskRun>();
  readonly #since = new Map<string, Since>();
  readonly #paused = new Map<string | null, string>();
  readonly #requests = new Map<string, Request>();

  add(line: LedgerLine): void {
    this.#lines.push(line);
    switch (line.state) {
      case 'begun':
        this.#begun(line);
        return;
      case 'ended':
      case 'cut-off':
        this.#over(line);
        return;
      case 'missed':
        this.missed.push(line);
        return;
      case 'since':
        this.#since.set(line.task, line);
        return;
      case 'paused':
        this.#paused.set(line.task, line.until);
        return;
      case 'resumed':
        // Resuming everything resumes each.
        if (line.task === null) this.#paused.clear();
        else this.#paused.delete(line.task);
        return;
      case 'planned':
        this.#requests.set(line.id, { ...line, cancelled: false, missed: null, run: null });
        return;
      case 'cancelled':
      case 'not-begun':
        this.#given(line);
        return;
      case 'installed':
        this.installed = line;
        return;
      case 'removed':
        this.installed = null;
        return;
    }
  }

  #begun({ state: _state, ...begun }: Begun): void {
    const run: TaskRun = { ...begun, ended: null, cutOff: false };
    this.runs.push(run);
    this.#byRun.set(begun.run, run);
    const request = begun.request === null ? undefined : this.#requests.get(begun.request);
    if (request !== undefined) request.run = run;
  }

  #over(line: Ended | CutOff): void {
    const run = this.#byRun.get(line.run);
    if (run === undefined) return;
    if (line.state === 'cut-off') run.cutOff = true;
    else
      run.ended = {
        at: line.at,
        exit: line.exit,
        outcome: line.outcome,
        seconds: line.seconds,
      };
  }

  #given(line: Cancelled | NotBegun): void {
    const request = this.#requests.get(line.id);
    if (request === undefined) return;
    if (line.state === 'cancelled') request.cancelled = true;
    else request.missed = line.why;
  }

  since(task: string): Since | undefined {
    return this.#since.get(task);
  }

  /** Until when a task, or null for everything, is held; null: it is not. */
  pausedUntil(task: string | null, now: Date): Date | null {
    const ends = [null, task].flatMap((one) => {
      const until = this.#paused.get(one);
      return until === undefined ? [] : [new Date(until)];
    });
    const last = ends.reduce<Date | null>(
      (latest, end) => (latest === null || end > latest ? end : latest),
      null,
    );
    return last !== null && last > now ? last : null;
  }

  /** When the last pause of anything ends; null: nothing is paused. */
  lastPause(now: Date): Date | null {
    return [...this.#paused.keys()].reduce<Date | null>((last, task) => {
      const until = this.pausedUntil(task, now);
      return until !== null && (last === null || until > last) ? until : last;
    }, null);
  }

  /** Oldest first. */
  get requests(): Request[] {
    return [...this.#requests.values()];
  }

  runsOf(task: string): TaskRun[] {
    return this.runs.filter((run) => run.task === task);
  }

  missedOf(task: string): Missed[] {
    return this.missed.filter((line) => line.task === task);
  }

  /** The lines that are worth keeping: those since a moment, the newest runs of each task, and what still counts. */
  kept({ since, runs }: { since: Date; runs: number }): LedgerLine[] {
    const newest = new Set<string>();
    const counts = new Map<string, number>();
    for (const { task, run, at } of this.runs.toReversed()) {
      const count = (counts.get(task) ?? 0) + 1;
      counts.set(task, count);
      if (count === 1 || (count <= runs && new Date(at) >= since)) newest.add(run);
    }
    const last = new Map<string, LedgerLine>();
    for (const line of this.#lines)
      last.set(`${line.state} ${'task' in line ? line.task : ''}`, line);
    const isKept = (line: LedgerLine): boolean => {
      switch (line.state) {
        case 'begun':
        case 'ended':
        case 'cut-off':
          return newest.has(line.run);
        case 'missed':
          return new Date(line.at) >= since || last.get(`missed ${line.task}`) === line;
        case 'since':
          return last.get(`since ${line.task}`) === line;
        case 'planned':
        case 'cancelled':
        case 'not-begun':
          return new Date(line.at) >= since || this.#isWaiting(line.id);
        case 'paused':
          return new Date(line.until) >= since;
        case 'resumed':
          return new Date(line.at) >= since;
        case 'installed':
        case 'removed':
          return line === this.#lines.findLast(isInstallation);
      }
    };
    return this.#lines.filter(isKept);
  }

  #isWaiting(id: string): boolean {
    const request = this.#requests.get(id);
    return (
      request !== undefined && !request.cancelled && request.missed === null && request.run === null
    );
  }
}
