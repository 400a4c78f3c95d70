import { countLines, type Feed } from './scan/feed.ts';
import type { Format } from './scan/format.ts';
import type { RateEntry } from './site.ts';

export interface Rate {
  lines: number;
  success: number;
  failure: number;
  /** Of what succeeded or failed; null when nothing did either. */
  percent: number | null;
  formats: Format[];
}

/** Nought failures are no failure: `0 failed`, `failed: 0`, `no errors`. */
const none =
  /\b(?:0|no|zero|without)\s+(?:\w+\s+)?(?:fail\w*|errors?)\b|\b(?:fail\w*|errors?)["']?\s*[=:]\s*["']?0\b/i;

/** How much of what a source tells of succeeded. A line that says both counts as failed. */
export async function rateOf(
  feeds: AsyncIterable<Feed>,
  { success, failure }: Pick<RateEntry, 'success' | 'failure'>,
): Promise<Rate> {
  const one = (parts: readonly string[], flags: string) =>
    new RegExp(parts.map((part) => `(?:${part})`).join('|'), flags);
  const any = one([...success, ...failure], 'gim');
  const good = one(success, 'i');
  const bad = one(failure, 'i');
  const rate: Rate = { lines: 0, success: 0, failure: 0, percent: null, formats: [] };
  for await (const { format, chunks } of feeds) {
    rate.formats.push(format);
    for await (const chunk of chunks) {
      rate.lines += countLines(chunk);
      any.lastIndex = 0;
      for (let hit = any.exec(chunk); hit !== null; hit = any.exec(chunk)) {
        const start = chunk.lastIndexOf('\n', hit.index) + 1;
        const end = chunk.indexOf('\n', hit.index);
        const line = chunk.slice(start, end === -1 ? undefined : end);
        any.lastIndex = end === -1 ? chunk.length : end + 1;
        const failed = bad.test(line) && bad.test(line.replace(none, ''));
        if (failed) rate.failure += 1;
        else if (good.test(line)) rate.success += 1;
      }
    }
  }
  const total = rate.success + rate.failure;
  if (total > 0) rate.percent = Math.floor((rate.success / total) * 10_000) / 100;
  return rate;
}
