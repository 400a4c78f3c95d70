import { logTimeOf, type Severity } from '@om-ops/kit';
import { countLines, type Feed } from '../scan/feed.ts';
import type { Format } from '../scan/format.ts';
import { hintsFor, judged } from './judge.ts';
import { messageIn, templateId, templateOf } from './template.ts';

/** Lines that say the same. */
export interface Group {
  id: string;
  template: string;
  count: number;
  sources: Set<string>;
  /** In ms since 1970; null where its lines do not say. */
  first: number | null;
  last: number | null;
  /** How many in each hour, by the hours since 1970. */
  hours: Map<number, number>;
  /** One of its lines, as it was read. */
  sample: string;
  severity: Severity;
}

export interface Collected {
  lines: number;
  errors: number;
  groups: Group[];
  /** What was understood of each file. */
  formats: Format[];
}

export interface CollectOptions {
  least: 'warning' | 'error';
  since?: number;
  until?: number;
  /** Looks at each line that counts, as it was read. */
  each?(line: string, source: string): void;
}

/** Counts and groups what is bad. Goes through whole pieces for hints, and looks at the lines that have one only. */
export async function collectErrors(
  feeds: AsyncIterable<Feed>,
  options: CollectOptions,
): Promise<Collected> {
  const collector = new Collector(options);
  for await (const feed of feeds) await collector.take(feed);
  return collector.collected;
}

interface Head {
  /** Where it begins in its file. */
  at: number;
  line: string;
}

/** A file that is being gone through. */
interface Open {
  source: string;
  format: Format;
  hints: RegExp;
  /** Where the piece begins. */
  base: number;
  /** The last line with a time of the piece before. */
  last: Head | undefined;
  /** An entry that may go on; `said` is undefined while nothing in it is bad. */
  entry: { head: number; line: string; said: string | undefined } | undefined;
}

class Collector {
  readonly #options: CollectOptions;
  readonly #groups = new Map<string, Group>();
  /** What was masked before: many lines say the very same. */
  readonly #known = new Map<string, Group>();
  readonly #formats: Format[] = [];
  #lines = 0;
  #errors = 0;

  constructor(options: CollectOptions) {
    this.#options = options;
  }

  get collected(): Collected {
    return {
      lines: this.#lines,
      errors: this.#errors,
      groups: [...this.#groups.values()].sort((a, b) => b.count - a.count),
      formats: this.#formats,
    };
  }

  async take({ source, format, chunks }: Feed): Promise<void> {
    this.#formats.push(format);
    const hints = hintsFor(format, this.#options.least);
    const file: Open = { source, format, hints, base: 0, last: undefined, entry: undefined };
    for await (const chunk of chunks) {
      this.#lines += countLines(chunk);
      this.#search(chunk, file);
      file.base += chunk.length;
    }
    this.#close(file);
  }

  #close(file: Open): void {
    const { entry } = file;
    if (entry !== undefined && entry.said !== undefined) this.#note(entry.line, entry.said, file);
    file.entry = undefined;
  }

  #search(chunk: string, file: Open): void {
    const { format, hints } = file;
    const goesOn = format.hasTimes && format.kind === 'text';
    hints.lastIndex = 0;
    for (let hit = hints.exec(chunk); hit !== null; hit = hints.exec(chunk)) {
      const start = chunk.lastIndexOf('\n', hit.index) + 1;
      const end = chunk.indexOf('\n', hit.index);
      const line = chunk.slice(start, end === -1 ? undefined : end);
      hints.lastIndex = end === -1 ? chunk.length : end;
      if (goesOn && !begins(line)) this.#goOn(line, headOf(chunk, start, file), file);
      else {
        this.#close(file);
        const isBad = judged(line, format, this.#options.least) !== null;
        file.entry = { head: file.base + start, line, said: isBad ? line : undefined };
      }
    }
    if (goesOn) file.last = headOf(chunk, chunk.length, file);
    // What is kept from here on must not keep the whole piece.
    if (file.entry !== undefined)
      file.entry = {
        ...file.entry,
        line: ownText(file.entry.line),
        said: file.entry.said === undefined ? undefined : ownText(file.entry.said),
      };
  }

  /** A line that goes on with the one at `head`: an entry counts once, by what it ends with. */
  #goOn(line: string, head: Head, file: Open): void {
    const { least } = this.#options;
    if (file.entry?.head !== head.at) {
      this.#close(file);
      const isBad = judged(head.line, file.format, least) !== null;
      file.entry = { head: head.at, line: head.line, said: isBad ? head.line : undefined };
    }
    const { entry } = file;
    // What a trace ends with says more than that there is one.
    if (entry.said !== undefined && !entry.said.startsWith('Traceback')) return;
    if (judged(line, file.format, least) !== null) entry.said = line;
  }

  #note(line: string, said: string, { source, format }: Open): void {
    const { since, until, each, least } = this.#options;
    const time = logTimeOf(line) ?? null;
    if (time !== null && since !== undefined && time < since) return;
    if (time !== null && until !== undefined && time >= until) return;
    each?.(said, source);
    this.#errors += 1;
    const text = messageIn(said);
    let group = this.#known.get(text);
    if (group === undefined) {
      const template = templateOf(text);
      group = this.#groups.get(template);
      if (group === undefined) {
        group = {
          id: templateId(template),
          template: ownText(template),
          count: 0,
          sources: new Set(),
          first: time,
          last: time,
          hours: new Map(),
          sample: ownText(said.slice(0, 1000)),
          severity: judged(said, format, least) ?? 'error',
        };
        this.#groups.set(group.template, group);
      }
      // What never comes again needs no place.
      if (this.#known.size < 5000) this.#known.set(ownText(text), group);
    }
    group.count += 1;
    group.sources.add(source);
    if (time === null) return;
    if (group.first === null || time < group.first) group.first = time;
    if (group.last === null || time > group.last) group.last = time;
    const hour = Math.floor(time / 3_600_000);
    group.hours.set(hour, (group.hours.get(hour) ?? 0) + 1);
  }
}

/** A digit, a bracket or the name of a month: where the lines of a log have times they begin with one. */
function begins(line: string): boolean {
  return logTimeOf(line) !== undefined;
}

/** The line with a time that the one at `from` goes on with; without one near, the one of the piece before. */
function headOf(chunk: string, from: number, { base, last }: Open): Head {
  let at = from;
  for (let back = 0; back < 200 && at > 0; back += 1) {
    const before = chunk.lastIndexOf('\n', at - 2) + 1;
    const line = chunk.slice(before, at - 1);
    if (begins(line)) return { at: base + before, line: at === from ? ownText(line) : line };
    at = before;
  }
  return last ?? { at: base + at, line: '' };
}

/** A copy of its own: a part of a piece would keep all of it. */
function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
