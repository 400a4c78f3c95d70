import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line that a program printed, without its end. */
export interface OutputLine {
  text: string;
  from: 'stdout' | 'stderr';
}

/** What is longer comes in pieces: a program that never ends a line must not fill the memory. */
const longestLine = 64 * 1024;
const mostWaiting = 1000;

/** Lines of several streams in the order they come. Reads no further than they are taken. */
export class LineQueue implements AsyncIterable<OutputLine> {
  #waiting: OutputLine[] = [];
  #open = 0;
  #wake: (() => void) | undefined;
  readonly #streams: Readable[] = [];

  add(stream: Readable, from: OutputLine['from']): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    this.#open += 1;
    this.#streams.push(stream);
    const push = (text: string) => this.#waiting.push({ text, from });
    stream.on('data', (chunk: Buffer) => {
      const parts = (rest + decoder.write(chunk)).split(/\r?\n/);
      rest = parts.pop() ?? '';
      for (const part of parts) push(part);
      for (; rest.length > longestLine; rest = rest.slice(longestLine))
        push(rest.slice(0, longestLine));
      if (this.#waiting.length > mostWaiting) for (const one of this.#streams) one.pause();
      this.#wake?.();
    });
    stream.once('close', () => {
      rest += decoder.end();
      if (rest !== '') push(rest);
      this.#open -= 1;
      this.#wake?.();
    });
    stream.on('error', () => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputLine> {
    for (;;) {
      const lines = this.#waiting;
      this.#waiting = [];
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
