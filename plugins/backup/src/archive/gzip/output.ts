import { createHash } from 'node:crypto';
import { deflatedSize } from './segments.ts';
import type { ByteSink } from './sink.ts';

const stageSize = 2 * deflatedSize;

/**
 * Gathers pieces into large writes and hashes them: while one stage is on its way, the other fills.
 * `onChange` is told when there is room again, and of the first error.
 */
export class StagedOutput {
  readonly #sink: ByteSink;
  readonly #onChange: (failure?: { error: unknown }) => void;
  readonly #hash = createHash('sha256');
  #filling = Buffer.allocUnsafeSlow(stageSize);
  #other = Buffer.allocUnsafeSlow(stageSize);
  #filled = 0;
  #writing: Promise<void> | undefined;
  #bytes = 0;

  constructor(sink: ByteSink, onChange: (failure?: { error: unknown }) => void) {
    this.#sink = sink;
    this.#onChange = onChange;
  }

  /** Bytes put so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a copy of the piece, of at most `deflatedSize` bytes; false when there is no room yet. */
  put(piece: Uint8Array): boolean {
    if (this.#filled + piece.length > stageSize) {
      if (this.#writing !== undefined) return false;
      this.#startWrite();
    }
    this.#filling.set(piece, this.#filled);
    this.#filled += piece.length;
    this.#bytes += piece.length;
    return true;
  }

  /** Writes what is left; the hash of it all, in hex. Nothing may be put after that. */
  async finish(): Promise<string> {
    await this.#writing;
    // Not after a write that failed, which stays on its way.
    if (this.#writing === undefined) this.#startWrite();
    await this.#writing;
    return this.#hash.digest('hex');
  }

  #startWrite(): void {
    const piece = this.#filling.subarray(0, this.#filled);
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#filled = 0;
    this.#hash.update(piece);
    this.#writing = this.#sink.write(piece).then(
      () => {
        this.#writing = undefined;
        this.#onChange();
      },
      // It stays on its way, so that nothing more is written.
      (error: unknown) => this.#onChange({ error }),
    );
  }
}
