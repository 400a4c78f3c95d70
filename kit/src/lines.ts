import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line that a program printed, without its end. */
export interface OutputLine {
  text: string;
  from: 'stdout' | 'stderr';
}

/** Takes secrets out of text that others wrote: `this.operation.redactor`. */
export interface Redact {
  foreign(text: string): string;
  /** For lines that come one after the other. */
  foreignLines(): (line: string) => string;
}

/** For what is no secret, or is redacted by whoever takes it. */
export const asWritten: Redact = {
  foreign: (text) => text,
  foreignLines: () => (line) => line,
};

/** What is longer comes in pieces: a program that never ends a line must not fill the memory. */
export const longestLine = 64 * 1024;
/** How far around a cut is looked for a secret that it would tear apart. */
const cutMargin = 2048;
const mostWaitingLines = 1000;
const mostWaitingLength = 1024 * 1024;

/** Cuts a stream of text into lines without secrets. What is no UTF-8 comes as U+FFFD. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #redact: Redact;
  readonly #clean: (line: string) => string;
  readonly #longest: number;
  #rest = '';

  constructor(redact: Redact, longest = longestLine) {
    this.#redact = redact;
    this.#clean = redact.foreignLines();
    this.#longest = longest;
  }

  /** The lines that are whole now. */
  push(chunk: Buffer | string): string[] {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk);
    const parts = (this.#rest + text).split(/\r?\n/);
    const last = parts.pop() ?? '';
    const lines = parts.flatMap((part) => this.#pieces(part));
    const begun = this.#cut(last, lines);
    this.#rest = begun;
    return lines;
  }

  /** The last line, if it has no end. */
  end(): string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    return rest === '' ? [] : this.#pieces(rest);
  }

  #pieces(line: string): string[] {
    const lines: string[] = [];
    lines.push(this.#clean(this.#cut(line, lines)));
    return lines;
  }

  /** Puts all pieces but the last into `lines`; returns the last, as it was written. */
  #cut(line: string, lines: string[]): string {
    let rest = line;
    while (rest.length > this.#longest) {
      const at = this.#placeToCut(rest);
      lines.push(this.#clean(rest.slice(0, at)));
      rest = rest.slice(at);
    }
    return rest;
  }

  /** The last place before the limit where both sides read alone what they read together. */
  #placeToCut(line: string): number {
    const limit = this.#longest;
    const margin = Math.min(cutMargin, limit >> 2);
    const places = line.slice(limit - 2 * margin, limit).matchAll(/[\s,;&|"'<>]/g);
    const candidates = [...places].map(({ index }) => limit - 2 * margin + index).reverse();
    for (const at of candidates.slice(0, 50)) {
      const before = line.slice(at - margin, at);
      const after = line.slice(at, at + margin);
      const together = this.#redact.foreign(before + after);
      if (together === this.#redact.foreign(before) + this.#redact.foreign(after)) return at;
    }
    // Not between the halves of a character beyond U+FFFF.
    return /[\uD800-\uDBFF]/.test(line[limit - 1] ?? '') ? limit - 1 : limit;
  }
}

/** Lines of several streams in the order they come. Reads no further than they are taken. */
export class LineQueue<T = OutputLine> implements AsyncIterable<T> {
  #waiting: T[] = [];
  #waitingLength = 0;
  #open = 0;
  #wake: (() => void) | undefined;
  readonly #redact: Redact;
  readonly #streams: Readable[] = [];

  constructor(redact: Redact) {
    this.#redact = redact;
  }

  /** @param tagged what a line of this stream becomes */
  add(stream: Readable, tagged: (text: string) => T): void {
    const splitter = new LineSplitter(this.#redact);
    this.#open += 1;
    this.#streams.push(stream);
    const take = (lines: readonly string[]) => {
      for (const text of lines) {
        this.#waiting.push(tagged(text));
        this.#waitingLength += text.length;
      }
      this.#wake?.();
    };
    stream.on('data', (chunk: Buffer) => {
      take(splitter.push(chunk));
      if (this.#waiting.length > mostWaitingLines || this.#waitingLength > mostWaitingLength)
        for (const one of this.#streams) one.pause();
    });
    let isOpen = true;
    const close = () => {
      if (!isOpen) return;
      isOpen = false;
      this.#open -= 1;
      take(splitter.end());
    };
    stream.once('end', close);
    stream.once('close', close);
    // What is wrong with a pipe shows in how its program ends.
    stream.on('error', () => {});
  }

  /** Lets go of what nobody reads any more, so that the programs behind it can end. */
  discard(): void {
    this.#waiting = [];
    for (const stream of this.#streams) stream.removeAllListeners('data').resume();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#waitingLength = 0;
      yield* lines;
      if (this.#waiting.length > 0) continue;
      if (this.#open === 0) return;
      for (const stream of this.#streams) stream.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
