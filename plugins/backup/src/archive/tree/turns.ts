import { setImmediate } from 'node:timers/promises';

/** Short enough that a signal is acted on at once, long enough to cost nothing. */
const turnEveryMs = 10;

/** Gives the event loop its turns in a loop of synchronous work. */
export class Turns {
  #last = performance.now();
  readonly #onTurn: () => void;

  constructor(onTurn: () => void = () => undefined) {
    this.#onTurn = onTurn;
  }

  /** To be awaited at every step; undefined while no turn is due. */
  take(): Promise<void> | undefined {
    return performance.now() - this.#last < turnEveryMs ? undefined : this.#turn();
  }

  async #turn(): Promise<void> {
    await setImmediate();
    this.#onTurn();
    this.#last = performance.now();
  }
}
