import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Turns, whenAborted } from '@om-ops/kit';
import type { HashOrder } from './hash-worker.ts';
import { hashingTasks } from './hashing.ts';
import type { HashTasks } from './tasks.ts';

// A worker takes 30 ms to start.
const tasksBeforeHelp = 500;
const bytesBeforeHelp = 8 << 20;

export interface CrewWork {
  /** How much there is to read. */
  bytes: number;
  pace: Turns;
  /** Called once, when the other threads have begun. */
  meanwhile: () => void;
  /** Called now and then with what was read so far. */
  onRead: (read: { files: number; bytes: number }) => void;
}

/** The threads that hash: this one, and a worker when there is enough to do. Dispose it, or the worker stays. */
export class HashCrew implements AsyncDisposable {
  readonly threads: number;
  readonly #signal: AbortSignal;
  readonly #helpers: Helper[] = [];

  /** @param threads default: one per processor, two at most */
  constructor(signal: AbortSignal, threads = Math.min(2, availableParallelism())) {
    this.threads = Math.max(1, threads);
    this.#signal = signal;
  }

  /** Does all tasks; what came of them is in them. */
  async work(tasks: HashTasks, { bytes, pace, meanwhile, onRead }: CrewWork): Promise<void> {
    const isWorthHelp = tasks.sizes.length >= tasksBeforeHelp || bytes >= bytesBeforeHelp;
    if (isWorthHelp) this.#call();
    try {
      const others = isWorthHelp
        ? this.#helpers.map((helper, at) => helper.hash({ layout: tasks.layout, thread: at + 1 }))
        : [];
      const everyone = Promise.all(others);
      // A worker may fail while we hash here: that is looked at when we are done.
      everyone.catch(() => {});
      meanwhile();
      for (const _ of hashingTasks(tasks, 0)) {
        if (!pace.isDue) continue;
        await pace.turn();
        onRead(tasks.read());
      }
      await whenAborted(everyone, this.#signal);
      onRead(tasks.read());
    } catch (error) {
      tasks.abort();
      throw error;
    }
  }

  /** Starts the helpers, who take a while to come. @param tasks how many there will be */
  call(tasks: number): void {
    if (tasks >= tasksBeforeHelp) this.#call();
  }

  #call(): void {
    while (this.#helpers.length < this.threads - 1) this.#helpers.push(new Helper());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#helpers.map((helper) => helper.end()));
  }
}

class Helper {
  readonly #worker: Worker;
  readonly #failed: Promise<never>;

  constructor() {
    const file = import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), { execArgv: [] });
    this.#failed = new Promise((_, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', () => reject(new Error('A thread that hashed files ended early.')));
    });
    this.#failed.catch(() => {});
  }

  async hash(order: HashOrder): Promise<void> {
    const answer = new Promise<void>((resolve) => this.#worker.once('message', () => resolve()));
    this.#worker.postMessage(order);
    await Promise.race([answer, this.#failed]);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
