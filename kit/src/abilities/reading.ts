import { withDeadline } from '../deadline.ts';
import { clauseOf, messageOf } from '../errors.ts';
import type { Gathered } from './abilities.ts';

/**
 * Reads many things at once for a page that tells of them all. Each has its limit of time; what could not be
 * read is kept with its reason and takes nothing from the rest.
 */
export class Reading {
  /** What could not be read, sentences. */
  readonly lost: string[] = [];
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;

  constructor({ signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }) {
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
  }

  /** @param what begins the sentence: `The backups`. @param empty what is gone on with. @throws the signal's reason */
  async read<T>(what: string, empty: T, read: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(this.#timeoutMs, this.#signal, read);
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#lose(what, clauseOf(messageOf(error)));
      return empty;
    }
  }

  /** What plugins gave; one that could not say is lost, and the others are kept. @throws the signal's reason */
  async gathered<T>(what: string, ask: () => Promise<Gathered<T>>): Promise<T[]> {
    const { values, failures } = await this.read(what, { values: [], failures: [] }, ask);
    for (const { topic, reason } of failures) this.#lose(what, `${topic}: ${reason}`);
    return values.map(({ value }) => value);
  }

  #lose(what: string, reason: string): void {
    this.lost.push(`${what} could not be read: ${reason}.`);
  }
}
