import { setTimeout as delay } from 'node:timers/promises';
import {
  clauseOf,
  isoWithOffset,
  type LogSource,
  messageOf,
  type Of,
  type Redact,
} from '@om-ops/kit';
import type { ShownError } from '../report/types.ts';

const telling =
  /\b(?:error|exception|fatal|panic|traceback|unhandled|crit|emerg|alert|ER_[A-Z_]+|E[A-Z]{5,}|5\d\d (?:in|for|from))\b/i;

/** How many kinds are kept, and how many are shown. */
const mostKept = 200;
const mostShown = 12;
/** Of each log as it is when watching begins. */
const linesBefore = 40;

/** Errors in the logs of the site, as they come while somebody watches. */
export class SeenErrors {
  readonly #kinds = new Map<string, ShownError>();
  readonly #notes = new Set<string>();
  readonly #redact: Redact;

  /** @param redact knows what the env files of the site hold: a source may know only what secrets look like */
  constructor(redact: Redact) {
    this.#redact = redact;
  }

  /** Follows all sources until the signal aborts. Never rejects. */
  async follow(sources: readonly Of<LogSource>[], signal: AbortSignal): Promise<void> {
    this.#kinds.clear();
    this.#notes.clear();
    if (sources.length === 0) this.#notes.add('No plugin knows a log of this site.');
    await Promise.all(sources.map((source) => this.#followOne(source, signal)));
  }

  shown(): { errors: ShownError[]; errorNotes: string[] } {
    return {
      errors: [...this.#kinds.values()].reverse().slice(0, mostShown),
      errorNotes: [...this.#notes],
    };
  }

  async #followOne({ topic, value }: Of<LogSource>, signal: AbortSignal): Promise<void> {
    // What is there already comes at once.
    let isBefore = true;
    const settled = delay(1000, undefined, { signal }).then(
      () => {
        isBefore = false;
      },
      () => undefined,
    );
    try {
      for await (const { text } of value.lines({ lines: linesBefore, follow: true }, signal))
        if (telling.test(text))
          this.#add(text, value.title, isBefore ? null : isoWithOffset(new Date()));
    } catch (error) {
      if (!signal.aborted)
        this.#notes.add(`${value.title} (${topic}): ${clauseOf(messageOf(error))}.`);
    }
    await settled;
  }

  #add(text: string, source: string, at: string | null): void {
    const kind = `${source}\n${kindOf(text)}`;
    const before = this.#kinds.get(kind);
    // The newest stands at the end of a map.
    this.#kinds.delete(kind);
    this.#kinds.set(kind, {
      text: this.#redact.foreign(text).slice(0, 500),
      source,
      count: (before?.count ?? 0) + 1,
      at,
    });
    if (this.#kinds.size > mostKept) {
      const [oldest] = this.#kinds.keys();
      if (oldest !== undefined) this.#kinds.delete(oldest);
    }
  }
}

/** Without times, numbers, addresses and names in quotes, which differ each time. */
function kindOf(text: string): string {
  return text
    .slice(0, 2000)
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, '#')
    .replace(/"[^"]*"|'[^']*'/g, '""')
    .replace(/\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, '#');
}
