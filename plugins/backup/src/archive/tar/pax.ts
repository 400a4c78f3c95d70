import { isUtf8 } from 'node:buffer';
import { binaryCharset, paxKeys } from './format.ts';

const space = 32;
const newline = 10;

/** The records of one pax header: `<length> <key>=<value>\n` each, where the length counts itself. */
export class PaxRecords {
  #bytes = Buffer.alloc(4096);
  #length = 0;
  #isBinary = false;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** How many bytes `copyTo` copies. */
  finish(): number {
    if (this.#isBinary) {
      const values = Buffer.from(this.#bytes.subarray(0, this.#length));
      this.clear();
      this.addText(paxKeys.charset, binaryCharset);
      this.#reserve(values.length);
      this.#length += values.copy(this.#bytes, this.#length);
    }
    return this.#length;
  }

  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at, 0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    this.#isBinary = false;
  }

  /** A value in ASCII. */
  addText(key: string, value: string): void {
    this.#start(key, value.length);
    this.#length += this.#bytes.write(value, this.#length, 'latin1');
    this.#bytes[this.#length++] = newline;
  }

  /** Text that should be UTF-8 but may be any bytes. */
  addName(key: string, value: Buffer): void {
    if (!isUtf8(value)) this.#isBinary = true;
    this.addBytes(key, value);
  }

  /** Data that nobody takes for text. */
  addBytes(key: string, value: Buffer): void {
    this.#start(key, value.length);
    this.#length += value.copy(this.#bytes, this.#length);
    this.#bytes[this.#length++] = newline;
  }

  #start(key: string, valueLength: number): void {
    const keyLength = Buffer.byteLength(key);
    const rest = keyLength + valueLength + 3;
    let length = rest + String(rest).length;
    // The digits of the length may carry it over the next power of ten.
    if (rest + String(length).length !== length) length = rest + String(length).length;
    this.#reserve(length);
    this.#length += this.#bytes.write(String(length), this.#length, 'latin1');
    this.#bytes[this.#length++] = space;
    this.#length += this.#bytes.write(`${key}=`, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * (this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
