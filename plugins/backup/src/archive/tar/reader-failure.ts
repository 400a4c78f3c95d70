import type { OpsErrorOptions } from '@om-ops/kit';

/**
 * An expected failure inside a reading thread; the thread that waits for it makes an OpsError of it.
 * The kit itself is not loaded in those threads: it would take longer than most archives.
 */
export class ReadingFailure extends Error {
  override readonly name = 'ReadingFailure';
  readonly code: `E_${string}`;
  readonly options: Omit<OpsErrorOptions, 'cause'>;

  constructor(code: `E_${string}`, message: string, options: Omit<OpsErrorOptions, 'cause'> = {}) {
    super(message);
    this.code = code;
    this.options = options;
  }
}
