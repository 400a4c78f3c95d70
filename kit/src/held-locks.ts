import { messageOf } from './errors.ts';
import { acquireLock, type Lock } from './store/lock.ts';

/** The locks a command holds until it has done its work. */
export class HeldLocks {
  readonly #held: Lock[] = [];

  /** @throws OpsError E_LOCKED (exit 4) */
  async take(
    folder: string,
    resource: string,
    options: { command: string; signal: AbortSignal },
  ): Promise<void> {
    this.#held.push(await acquireLock(folder, resource, options));
  }

  /**
   * Releases them, the last one first. One that cannot be released is warned of and undoes nothing: what
   * was done is done, and the lock of a process that has ended is taken over by the next.
   */
  release(warn: (message: string) => void): void {
    for (const lock of this.#held.splice(0).reverse()) {
      try {
        lock.release();
      } catch (error) {
        warn(`${messageOf(error)} The next run takes it over.`);
      }
    }
  }
}
