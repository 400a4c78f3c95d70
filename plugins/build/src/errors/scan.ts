import { hint, holdsOther, isDetail, messageOf, type Signature, signatureOf } from './signature.ts';

/** Lines of one error, as a part of a log has them. */
export interface ScannedGroup {
  signature: Signature;
  message: string;
  count: number;
  /** The lines that say when it was first and last seen: the newest of them that begins with a time. */
  firstAt: string;
  lastAt: string;
  /** The newest line, as it was written. */
  sample: string;
}

export interface ScannedPart {
  lines: number;
  groups: ScannedGroup[];
  /** Error lines beyond the most groups that are kept. */
  beyond: number;
}

/** A flood of errors that are all different must not fill the memory. */
const mostGroups = 3000;
const longestSample = 4000;
/** How far below an error its details are looked for, and above a line the last time. */
const reach = 16 * 1024;
const startsWithTime =
  /^[^\w"{]{0,4}(?:\d{4}[-/]\d\d[-/]\d\d|\d\d\/[A-Z][a-z]{2}\/\d{4}|\{"|\S+ - \S+ \[)/;

interface Hit {
  group: ScannedGroup;
  /** Behind its line, in the text it was found in. */
  end: number;
}

/** Reads a log piece by piece and counts its errors. Text is latin1: bytes are what they are, and it is quicker. */
export class LogScan {
  readonly #groups = new Map<string, ScannedGroup>();
  #lines = 0;
  #beyond = 0;
  #lastTimed = '';
  #last: Hit | undefined;

  /** Whole lines only. */
  push(text: string): void {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#lines += 1;
    if (text !== '' && !text.endsWith('\n')) this.#lines += 1;
    let last = this.#last;
    hint.lastIndex = 0;
    for (let found = hint.exec(text); found !== null; found = hint.exec(text)) {
      const begin = text.lastIndexOf('\n', found.index) + 1;
      const newline = text.indexOf('\n', found.index);
      const end = newline === -1 ? text.length : newline;
      const line = text.slice(begin, Math.min(end, begin + longestSample)).trimEnd();
      last = this.#take(text, line, begin, end, last) ?? last;
      hint.lastIndex = end;
    }
    this.#noteTime(text, text.length);
    // Its details may come with the next piece.
    const isOpen = last !== undefined && belongs(text, last.end, text.length + 1);
    this.#last =
      isOpen && last !== undefined ? { ...last, end: last.end - text.length } : undefined;
  }

  #take(
    text: string,
    line: string,
    begin: number,
    end: number,
    last: Hit | undefined,
  ): Hit | undefined {
    const signature = signatureOf(line);
    if (signature === undefined) return undefined;
    if (last !== undefined && isDetail(line) && belongs(text, last.end, begin)) {
      // `code: 'ER_BAD_FIELD_ERROR'` below `Error: Unknown column …` tells what that error is, and is none by itself.
      last.group = this.#moved(last.group, signature);
      last.end = end;
      return last;
    }
    const timed = startsWithTime.test(line) ? line : this.#timedAbove(text, begin);
    const message = messageOf(line);
    const group = this.#group(signature, message);
    if (group === undefined) {
      this.#beyond += 1;
      return undefined;
    }
    if (group.count === 0) group.firstAt = timed;
    group.count += 1;
    group.lastAt = timed;
    group.sample = line;
    return { group, end };
  }

  #group(signature: Signature, message: string): ScannedGroup | undefined {
    const key = `${signature}\n${message}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= mostGroups) return undefined;
      group = { signature, message, count: 0, firstAt: '', lastAt: '', sample: '' };
      this.#groups.set(key, group);
    }
    return group;
  }

  /** One error of a group is of another kind than its first line said. */
  #moved(from: ScannedGroup, signature: Signature): ScannedGroup {
    if (from.signature !== 'Error:' && from.signature !== 'other') return from;
    if (signature === from.signature || signature === 'other') return from;
    const to = this.#group(signature, from.message);
    if (to === undefined) return from;
    if (to.count === 0) to.firstAt = from.lastAt;
    to.count += 1;
    to.lastAt = from.lastAt;
    to.sample = from.sample;
    from.count -= 1;
    return to;
  }

  /** The nearest line above that says when it was written. */
  #timedAbove(text: string, before: number): string {
    let end = before - 1;
    for (const limit = Math.max(0, before - reach); end > limit; ) {
      const begin = text.lastIndexOf('\n', end - 1) + 1;
      const head = text.slice(begin, Math.min(end, begin + 200));
      if (startsWithTime.test(head)) return head;
      end = begin - 1;
    }
    return this.#lastTimed;
  }

  #noteTime(text: string, end: number): void {
    const timed = this.#timedAbove(text, end);
    if (timed !== '') this.#lastTimed = timed;
  }

  end(): ScannedPart {
    const groups = [...this.#groups.values()].filter(({ count }) => count > 0);
    return { lines: this.#lines, groups, beyond: this.#beyond };
  }
}

/** Whether nothing stands between an error and a line below it that begins something else; `end` may be before the text. */
function belongs(text: string, end: number, begin: number): boolean {
  if (begin - end > reach) return false;
  return !holdsOther(
    end < 0 ? `\n${text.slice(0, Math.max(0, begin - 1))}` : text.slice(end, begin - 1),
  );
}
