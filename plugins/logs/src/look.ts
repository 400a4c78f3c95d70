import { type Feed, feedsOf } from './scan/feed.ts';
import { type Format, understoodOf } from './scan/format.ts';
import type { Source } from './sources/source.ts';

/** Below this nobody can rely on what was counted. */
const leastPercent = 80;

/** What a command that reads logs has to say when something was left out. */
export interface Reading {
  feeds: AsyncGenerator<Feed>;
  /** After all was read: sentences for what was left out. */
  lacks(formats: readonly Format[]): string[];
  skipped: { name: string; why: string }[];
}

export interface ReadingOptions {
  since?: number;
  until?: number;
  signal: AbortSignal;
  redact(text: string): string;
  warn(message: string): void;
}

export function reading(sources: readonly Source[], options: ReadingOptions): Reading {
  const skipped: Reading['skipped'] = [];
  return {
    feeds: feedsOf(sources, {
      ...options,
      skipped: (name, why) => skipped.push({ name, why }),
      untimed: (name) =>
        options.warn(
          `Not all lines of ${name} say when they were written, so that what is older may be counted.`,
        ),
    }),
    skipped,
    lacks(formats) {
      const said = skipped.map(({ name, why }) => `${name} was left out: ${why}.`);
      const percent = understoodOf(formats);
      if (percent >= leastPercent) return said;
      const strange = formats.flatMap((one) => one.strange).slice(0, 3);
      return [
        ...said,
        `Only ${percent} % of the lines were understood, so that what was counted need not be so. Not understood: ${strange.map((line) => JSON.stringify(options.redact(line).slice(0, 160))).join('; ')}`,
      ];
    },
  };
}
