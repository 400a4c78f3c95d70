import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { fromSystemError, messageOf } from '../errors.ts';

const mib = 1024 * 1024;

export interface StepOutputSummary {
  /** Of the program, however many of them are kept. */
  lines: number;
  /** Whether some in the middle were left out, or could not be written. */
  cut: boolean;
}

/**
 * What a step printed, as a file: its begin and its end, each up to `partBytes`. While it runs, the end
 * lies beside it (`.tail-1`, `.tail-2`), so that a run that is killed leaves its last lines too; at most
 * a twentieth of a second of them is in memory only.
 */
export class StepOutput {
  readonly path: string;
  readonly #partBytes: number;
  #pending: string[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #fd: number | undefined;
  /** 0: the begin; from 1 on, the pieces of the end. */
  #part = 0;
  #bytes = 0;
  #lines = 0;
  #written = 0;
  #problem: string | undefined;

  constructor(path: string, partBytes = 5 * mib) {
    this.path = path;
    this.#partBytes = partBytes;
  }

  /** Why not everything could be written, as a sentence. Whoever prints goes on all the same. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get isEmpty(): boolean {
    return this.#lines === 0;
  }

  line(text: string): void {
    this.#lines += 1;
    if (this.#problem !== undefined) return;
    const line = `${text}\n`;
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    if (this.#pendingBytes >= 64 * 1024) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), 50).unref();
  }

  /** Puts begin and end together. */
  close(): StepOutputSummary {
    this.#flush();
    let cut = this.#problem !== undefined;
    this.#try(() => {
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = undefined;
      if (this.#part > 0) cut = this.#join() || cut;
    });
    return { lines: this.#lines, cut: cut || this.#problem !== undefined };
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (lines.length === 0) return;
    this.#try(() => {
      let text = '';
      for (const line of lines) {
        text += line;
        if (this.#bytes + text.length >= this.#partBytes) {
          this.#write(text);
          text = '';
        }
      }
      if (text !== '') this.#write(text);
    });
  }

  #write(text: string): void {
    if (this.#fd === undefined || this.#bytes >= this.#partBytes) this.#nextPart();
    const data = Buffer.from(text);
    for (let at = 0; at < data.length; ) {
      at += writeSync(this.#fd as number, data, at);
    }
    this.#bytes += data.length;
    if (this.#part === 0) this.#written += countLines(data);
  }

  #nextPart(): void {
    if (this.#fd !== undefined) {
      closeSync(this.#fd);
      this.#part += 1;
    }
    this.#bytes = 0;
    // The piece before the last one makes room.
    this.#fd = openSync(this.#part === 0 ? this.path : this.#tail(this.#part), 'w', 0o600);
  }

  #tail(part: number): string {
    return `${this.path}.tail-${2 - (part % 2)}`;
  }

  /** True when lines in the middle are missing. */
  #join(): boolean {
    const pieces = [this.#part - 1, this.#part].filter((part) => part > 0);
    let end = Buffer.concat(pieces.map((part) => readFileSync(this.#tail(part))));
    if (end.length > this.#partBytes) {
      end = end.subarray(end.indexOf(0x0a, end.length - this.#partBytes - 1) + 1);
    }
    const missing = this.#lines - this.#written - countLines(end);
    const note =
      missing > 0 ? `\n[om-ops: ${missing} lines left out of ${basename(this.path)} here]\n\n` : '';
    const fd = openSync(this.path, 'a');
    try {
      const data = Buffer.concat([Buffer.from(note), end]);
      for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
    } finally {
      closeSync(fd);
    }
    for (const part of pieces) rmSync(this.#tail(part), { force: true });
    return missing > 0;
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#problem ??= messageOf(fromSystemError(error, 'write', this.path));
    }
  }
}

function countLines(data: Buffer): number {
  let count = 0;
  for (let at = data.indexOf(0x0a); at >= 0; at = data.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
