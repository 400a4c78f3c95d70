import type { ServerResponse } from 'node:http';
import type { Snapshot } from '../report/types.ts';

/** What is sampled while somebody watches. */
export interface Sampled {
  /** Begins; returns what ends it. */
  start(): () => void;
  snapshot(): Promise<Snapshot>;
}

/** More than so many connections are no browser's. */
const most = 64;

/** Those who watch. While there are none nothing is read, and no timer runs. */
export class Watchers {
  readonly #watching = new Set<ServerResponse>();
  readonly #sampled: Sampled;
  readonly #everyMs: number;
  readonly #problem: (error: unknown) => void;
  /** A server that was started again begins to count anew: its ids must not look like old ones. */
  readonly #start = Date.now().toString(36);
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #stop: (() => void) | undefined;
  #taking: Promise<void> | undefined;
  /** Since when nobody watches, by the monotonic clock. */
  idleSince = performance.now();

  constructor(sampled: Sampled, everyMs: number, problem: (error: unknown) => void) {
    this.#sampled = sampled;
    this.#everyMs = everyMs;
    this.#problem = problem;
  }

  get count(): number {
    return this.#watching.size;
  }

  /** False: there are too many. */
  add(response: ServerResponse): boolean {
    if (this.#watching.size >= most) return false;
    this.#watching.add(response);
    response.once('close', () => this.#remove(response));
    if (this.#timer === undefined) {
      this.#stop = this.#sampled.start();
      this.#timer = setInterval(() => void this.take(), this.#everyMs);
    }
    void this.take();
    return true;
  }

  /** Takes a snapshot and sends it to all. One at a time: a slow disk is not asked twice. */
  take(): Promise<void> {
    this.#taking ??= this.#send().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  end(): void {
    for (const response of [...this.#watching]) response.end();
    for (const response of [...this.#watching]) this.#remove(response);
  }

  async #send(): Promise<void> {
    try {
      const snapshot = await this.#sampled.snapshot();
      this.#count += 1;
      const line = `${JSON.stringify({ id: `${this.#start}-${this.#count}`, snapshot })}\n`;
      // Who does not read gets the newest when he does, and not all that he has missed.
      for (const response of this.#watching) if (!response.writableNeedDrain) response.write(line);
    } catch (error) {
      this.#problem(error);
    }
  }

  #remove(response: ServerResponse): void {
    if (!this.#watching.delete(response) || this.#watching.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stop?.();
    this.#stop = undefined;
    this.idleSince = performance.now();
  }
}
