import { watchClosedOutput } from './closed-output.ts';
import { OpsCommand } from './command.ts';
import type { Command } from './oclif.ts';
import type { RecordKind } from './operation/operation.ts';
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
 * envelope in one line as the last of them. Ctrl-C is how following ends: exit 130, `ok: true` and no
 * error. When nobody reads its output any more it ends by itself, with 0.
 *
 * @typeParam L a line: plain data; its strings are redacted as foreign text
 */
export abstract class OpsStream<C extends typeof Command, L extends object> extends OpsCommand<
  C,
  Streamed<L>
> {
  static override record: RecordKind = 'none';

  /** The lines. Ends when `signal` aborts. */
  protected abstract lines(signal: AbortSignal): AsyncIterable<L>;
  /** One line as a person reads it. */
  protected abstract line(line: L): string;
  /** Whether it goes on until Ctrl-C: `this.flags.follow`. */
  protected abstract get follows(): boolean;

  protected override async perform(): Promise<Streamed<L>> {
    return this.follows ? this.#follow() : this.#collect();
  }

  /** By the name of the property: a private key goes over several lines. */
  readonly #cleaners = new Map<string, (line: string) => string>();

  async #collect(): Promise<Streamed<L>> {
    const { signal } = this.operation;
    const lines: L[] = [];
    for await (const line of this.lines(signal)) {
      lines.push(this.#withoutSecrets(line));
      signal.throwIfAborted();
    }
    signal.throwIfAborted();
    return { lines, followed: false, count: lines.length, endedBy: 'end' };
  }

  async #follow(): Promise<Streamed<L>> {
    const closed = watchClosedOutput();
    const interrupt = this.operation.signal;
    const signal = AbortSignal.any([interrupt, closed.signal]);
    let count = 0;
    try {
      for await (const line of this.lines(signal)) {
        if (signal.aborted) break;
        count += 1;
        await this.#write(line, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      closed.stop();
    }
    if (interrupt.aborted) this.endedByUser();
    const endedBy = interrupt.aborted
      ? 'interrupt'
      : closed.signal.aborted
        ? 'closed-output'
        : 'end';
    return { lines: [], followed: true, count, endedBy };
  }

  /** Prints a line, and waits until it is taken: a slow reader holds up the source, and not the memory. */
  async #write(line: L, signal: AbortSignal): Promise<void> {
    const clean = this.#withoutSecrets(line);
    const text = this.jsonEnabled() ? JSON.stringify({ line: clean }) : this.#readable(clean);
    if (process.stdout.write(`${text}\n`)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    process.stdout.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    process.stdout.off('drain', resolve);
  }

  /** On one line, whatever is in it. */
  #readable(line: L): string {
    const text = this.operation.redactor.foreign(this.line(line));
    return printable(text).replace(/[\r\n]+/g, ' ');
  }

  protected override text({ lines, followed }: Streamed<L>): string {
    return followed ? '' : lines.map((line) => this.#readable(line)).join('\n');
  }

  protected override get printsJsonLines(): boolean {
    // Flags that could not be read are answered in one line too: the reader expects nothing else.
    return this.flags === undefined ? this.argv.includes('--follow') : this.follows;
  }

  /** What others wrote holds `PASSWORD=x` in the middle of a line, which the redaction of results leaves alone. */
  #withoutSecrets(line: L): L {
    const clean = (value: unknown, name: string): unknown => {
      if (typeof value === 'string') return this.#cleaner(name)(value);
      if (Array.isArray(value)) return value.map((one) => clean(one, name));
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, clean(one, key)]));
    };
    return this.operation.redactor.value(clean(line, '')) as L;
  }

  #cleaner(name: string): (line: string) => string {
    const known = this.#cleaners.get(name) ?? this.operation.redactor.foreignLines();
    this.#cleaners.set(name, known);
    return known;
  }
}
