import { OpsCommand } from './command.ts';
import type { Command } from './oclif.ts';
import type { Redactor } from './redact.ts';
import { printable } from './text/format.ts';

/** What a command that prints lines as they come returns. */
export interface Streamed<L> {
  /** All of them when it ends by itself; none when it followed: they were printed. */
  lines: L[];
  followed: boolean;
  count: number;
  endedBy: 'end' | 'interrupt' | 'closed-output';
}

/**
 * A command whose result is lines as they come: logs. Without `follows` its result is like every other.
 * With it each line is printed at once; under `--json` as JSON Lines, `{"line": …}` each, and the
 * envelope as the last of them.
 *
 * @typeParam L a line: plain data
 */
export abstract class OpsStream<C extends typeof Command, L extends object> extends OpsCommand<
  C,
  Streamed<L>
> {
  static override record: 'none' | 'log' | 'audit' = 'none';

  /** The lines. Ends when `signal` aborts. */
  protected abstract lines(signal: AbortSignal): AsyncIterable<L>;
  /** One line as a person reads it. */
  protected abstract line(line: L): string;
  /** Whether it goes on until Ctrl-C. */
  protected abstract get follows(): boolean;

  protected override async perform(): Promise<Streamed<L>> {
    const { signal } = this.operation;
    const lines: L[] = [];
    let count = 0;
    const closed = new AbortController();
    // Whoever read has gone, as with `| head -1`: nothing is left to do, and nobody else would say so.
    const onClosed = () => closed.abort();
    process.stdout.once('error', onClosed).once('close', onClosed);
    const both = AbortSignal.any([signal, closed.signal]);
    try {
      for await (const line of this.lines(both)) {
        count += 1;
        if (this.follows) await this.#write(line, both);
        else lines.push(withoutSecrets(line, this.operation.redactor));
        if (both.aborted) break;
      }
    } catch (error) {
      if (!both.aborted) throw error;
    } finally {
      process.stdout.off('error', onClosed).off('close', onClosed);
    }
    const endedBy = closed.signal.aborted ? 'closed-output' : signal.aborted ? 'interrupt' : 'end';
    if (endedBy === 'interrupt') {
      if (!this.follows) signal.throwIfAborted();
      this.endedByUser();
    }
    return { lines, followed: this.follows, count, endedBy };
  }

  async #write(line: L, signal: AbortSignal): Promise<void> {
    const { redactor } = this.operation;
    const text = this.jsonEnabled()
      ? JSON.stringify({ line: withoutSecrets(line, redactor) })
      : printable(redactor.foreign(this.line(line)));
    if (process.stdout.write(`${text}\n`)) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        process.stdout.off('drain', go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      process.stdout.once('drain', go);
      signal.addEventListener('abort', go, { once: true });
    });
  }

  protected override text({ lines }: Streamed<L>): string {
    return lines.map((line) => printable(this.line(line))).join('\n');
  }

  override logJson(json: unknown): void {
    if (this.follows) process.stdout.write(`${JSON.stringify(json)}\n`);
    else super.logJson(json);
  }
}

/** What others wrote holds `PASSWORD=x` in the middle of a line, which the redaction of results leaves alone. */
function withoutSecrets<L extends object>(line: L, redactor: Redactor): L {
  const clean = Object.entries(line).map(([key, value]) => [
    key,
    typeof value === 'string' ? redactor.foreign(value) : value,
  ]);
  return Object.fromEntries(clean) as L;
}
