import { interrupted } from './errors.ts';

export interface TurnsOptions {
  /** After its abort no work goes on. */
  signal?: AbortSignal;
  /** Milliseconds from one turn to the next. Default 40: Ctrl-C still seems to act at once. */
  everyMs?: number;
  /** Called after each turn. */
  onTurn?: () => void;
}

/** Gives the event loop its turns during synchronous work, so that Ctrl-C and progress get through. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  readonly #everyMs: number;
  readonly #onTurn: (() => void) | undefined;
  #last = performance.now();

  constructor({ signal, everyMs = 40, onTurn }: TurnsOptions = {}) {
    this.#signal = signal;
    this.#everyMs = everyMs;
    this.#onTurn = onTurn;
  }

  get isDue(): boolean {
    return performance.now() - this.#last >= this.#everyMs;
  }

  /** To be awaited often; undefined while no turn is due. @throws OpsError E_INTERRUPTED after an abort */
  turn(): Promise<void> | undefined {
    if (this.isDue) return this.#turn();
    this.#throwIfAborted();
    return undefined;
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#last = performance.now();
    this.#throwIfAborted();
    this.#onTurn?.();
  }

  #throwIfAborted(): void {
    if (this.#signal?.aborted === true) throw interrupted();
  }
}
