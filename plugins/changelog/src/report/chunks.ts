import type { Entry } from '@om-ops/kit/journal';
import type { TextChunk } from './types.ts';

/** A chunk is unpacked when one of its entries is looked at: small enough to take no time. */
const chunkCharacters = 400_000;
const chunkEntries = 2000;

/** Gathers the texts of entries in chunks, each a value of its own in the page. */
export class ChunkWriter {
  readonly starts: number[] = [];
  count = 0;
  characters = 0;
  shortened = 0;
  readonly #textLength: number;
  readonly #chunks: TextChunk[] = [];
  #inChunk = Number.POSITIVE_INFINITY;

  constructor(textLength: number) {
    this.#textLength = textLength;
  }

  add({ content, attachments }: Entry): void {
    const chunk = this.#chunk();
    const place = chunk.text.length;
    const text = this.#short(content);
    if (text.length < content.length) {
      chunk.full[place] = content.length;
      this.shortened++;
    }
    if (attachments.length > 0) chunk.attachments[place] = attachments;
    chunk.text.push(text);
    this.count++;
    this.characters += text.length;
    this.#inChunk += text.length;
  }

  /** The chunks by the names they are embedded under. */
  chunks(): Record<string, TextChunk> {
    return Object.fromEntries(this.#chunks.map((chunk, at) => [`texts-${at}`, chunk]));
  }

  #chunk(): TextChunk {
    const last = this.#chunks.at(-1);
    if (last && last.text.length < chunkEntries && this.#inChunk < chunkCharacters) return last;
    const chunk: TextChunk = { text: [], attachments: {}, full: {} };
    this.#chunks.push(chunk);
    this.starts.push(this.count);
    this.#inChunk = 0;
    return chunk;
  }

  #short(text: string): string {
    if (text.length <= this.#textLength) return text;
    const last = text.charCodeAt(this.#textLength - 1);
    // Not between the halves of a surrogate pair.
    return text.slice(0, this.#textLength - ((last & 0xfc00) === 0xd800 ? 1 : 0));
  }
}
