import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/**
 * The threads that read folders beside this one. They take 30 ms to start, so whoever has other things to do before a
 * walk calls them first. Each is there for one walk; dispose them where there may be none.
 */
export class WalkHelpers implements AsyncDisposable {
  /** With this one. */
  readonly threads: number;
  #workers: Worker[] = [];

  /** @param threads default: one per processor, two at most; more did not help, each costs 30 MB */
  constructor(threads = Math.min(2, availableParallelism())) {
    this.threads = Math.max(1, threads);
  }

  get areCalled(): boolean {
    return this.#workers.length > 0;
  }

  call(): void {
    const file = import.meta.url.endsWith('.ts') ? './walk-worker.ts' : './walk-worker.js';
    while (this.#workers.length < this.threads - 1)
      this.#workers.push(new Worker(new URL(file, import.meta.url), { execArgv: [] }));
  }

  /** Those that were called, or are now; from then on they are the caller's. */
  take(): Worker[] {
    this.call();
    const workers = this.#workers;
    this.#workers = [];
    return workers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
