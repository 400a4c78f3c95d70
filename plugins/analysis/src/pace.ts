import { interrupted, type Progress } from '@om-ops/kit';

const turnEveryMs = 40;

/** Gives the event loop its turns during synchronous work, so that Ctrl-C and progress get through. */
export class Pace {
  readonly #signal: AbortSignal;
  #last = performance.now();

  constructor({ signal }: Pick<Progress, 'signal'>) {
    this.#signal = signal;
  }

  get isDue(): boolean {
    return performance.now() - this.#last >= turnEveryMs;
  }

  /** Call it often; it does something every 40 ms. @throws OpsError E_INTERRUPTED after an abort */
  async turn(): Promise<void> {
    if (this.isDue) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#last = performance.now();
    }
    if (this.#signal.aborted) throw interrupted();
  }
}
