import { isoOrNull } from '@om-ops/kit';
import type { ScannedPart } from './scan.ts';
import { messageOf, type Signature, signatures, timeOf } from './signature.ts';

export interface ErrorGroup {
  /** What its lines have in common: without times, ids, numbers, addresses and quoted values. */
  message: string;
  count: number;
  /** ISO 8601; null when no line says when it was. */
  first: string | null;
  last: string | null;
  /** Its newest line, without secrets. */
  sample: string;
  /** Where that line is. */
  file: string;
}

export interface SignatureErrors {
  /** Not called `signature`: what stands under that key is taken for a secret. */
  name: Signature;
  count: number;
  /** The most frequent first. */
  groups: ErrorGroup[];
}

interface Merged {
  signature: Signature;
  message: string;
  count: number;
  first: number | undefined;
  last: number | undefined;
  sample: string;
  file: string;
}

/** Puts the parts of the logs together. All five signatures are there, also without errors. */
export class ErrorSummary {
  readonly #groups = new Map<string, Merged>();
  readonly #redact: (text: string) => string;
  #lines = 0;
  #beyond = 0;

  constructor(redact: (text: string) => string) {
    this.#redact = redact;
  }

  get lines(): number {
    return this.#lines;
  }

  /** Error lines of groups beyond those that are kept. */
  get beyond(): number {
    return this.#beyond;
  }

  /** In the order of time, the oldest first. */
  add(file: string, { lines, groups, beyond }: ScannedPart): void {
    this.#lines += lines;
    this.#beyond += beyond;
    for (const { signature, count, firstAt, lastAt, sample: raw } of groups) {
      const sample = this.#redact(utf8(raw)).slice(0, 600);
      const message = messageOf(sample);
      const key = `${signature}\n${message}`;
      const [first, last] = [timeOf(firstAt), timeOf(lastAt)];
      const known = this.#groups.get(key);
      if (known === undefined) {
        this.#groups.set(key, { signature, message, count, first, last, sample, file });
        continue;
      }
      known.count += count;
      known.first = earlier(known.first, first);
      // Of several files at the same time, the line that is really the newest.
      if (last === undefined || known.last === undefined || last >= known.last) {
        Object.assign(known, { sample, file });
      }
      known.last = later(known.last, last);
    }
  }

  bySignature(): SignatureErrors[] {
    const all = [...this.#groups.values()];
    return signatures.map((signature) => {
      const groups = all
        .filter((group) => group.signature === signature)
        .sort((one, other) => other.count - one.count);
      return {
        name: signature,
        count: groups.reduce((sum, { count }) => sum + count, 0),
        groups: groups.map(({ message, count, first, last, sample, file }) => ({
          message,
          count,
          first: first === undefined ? null : isoOrNull(first),
          last: last === undefined ? null : isoOrNull(last),
          sample,
          file,
        })),
      };
    });
  }
}

const earlier = (one: number | undefined, other: number | undefined) =>
  one === undefined || (other !== undefined && other < one) ? other : one;
const later = (one: number | undefined, other: number | undefined) =>
  one === undefined || (other !== undefined && other > one) ? other : one;

function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
