import { setTimeout as delay } from 'node:timers/promises';
import { Flags, OpsError, OpsStream, type State } from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import { limitOf } from '../../limit.ts';
import { Keeper } from '../../pass/keep.ts';
import { look } from '../../pass/look.ts';
import type { Pass } from '../../pass/pass.ts';
import { thisMachine } from '../../readers/machine.ts';
import { msOf } from '../../site/amounts.ts';
import { healthSection } from '../../site/health.ts';
import { countsText } from '../../view/check.ts';
import { levelWord } from '../../view/level.ts';

/** A pass, as whoever follows gets it. */
interface WatchLine {
  /** ISO 8601 with offset. */
  at: string;
  level: State;
  score: number | null;
  counts: Record<State, number>;
  durationMs: number;
  gapSeconds: number | null;
  /** What is not as it was in the pass before; in the first all that is not well. */
  changed: { id: string; from: State | null; level: State; text: string }[];
}

export default class HealthWatch extends OpsStream<typeof HealthWatch, WatchLine> {
  static override summary = 'Look at everything again and again, in the foreground.';
  static override description =
    'The same as `health check`, in one process that stays: for systemd or PM2 to keep. Prints what changes; with --json a line for each pass. Ends with Ctrl-C, with --until healthy once everything is, or with --timeout.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --every 5s --until healthy --timeout 2m',
  ];
  static override flags = {
    every: Flags.string({
      summary: 'How often; default: health.every of the profile, 30s.',
      helpValue: '30s',
    }),
    until: Flags.string({ summary: 'End when it is so, with exit 0.', options: ['healthy'] }),
    timeout: Flags.string({
      summary: 'End after so long: exit 1 when it was waited for something that did not come.',
      helpValue: 'T',
    }),
  };

  protected override get follows(): boolean {
    return true;
  }

  protected override get printsJsonLines(): boolean {
    return true;
  }

  protected override async *lines(signal: AbortSignal): AsyncGenerator<WatchLine> {
    const { flags, site, operation } = this;
    await this.lock('health-watch');
    const { every } = await site.section(healthSection);
    const everyMs = flags.every === undefined ? msOf(every) : limitOf(flags.every);
    const endsAt =
      performance.now() +
      (flags.timeout === undefined ? Number.POSITIVE_INFINITY : limitOf(flags.timeout));
    const machine = thisMachine();
    const ofPlugins = await this.abilities.checks();
    const said = new Set<string>();
    // A disk that stays full is told of once, and not every half minute.
    const once = (message: string) => {
      if (said.has(message)) return;
      if (said.size > 100) said.clear();
      said.add(message);
      operation.warn(message);
      process.stderr.write(`${operation.redactor.text(message)}\n`);
    };
    using keeper = await Keeper.open({
      site,
      redactor: operation.redactor,
      command: 'om-ops health watch',
      warn: once,
      lost: once,
      signal,
    });
    let before: Pass | undefined;
    for (;;) {
      const started = performance.now();
      const looked = await look({
        site,
        machine,
        ofPlugins,
        names: [],
        tags: [],
        confirm: 1,
        isDeep: false,
        timeoutMs: 10_000,
        everyMs,
        redact: (text) => operation.redactor.foreign(text),
        signal,
      });
      await keeper.keep(looked);
      const line = lineOf(looked.pass, before);
      // What reads as text is for people and journals: a pass that changes nothing has nothing to say.
      if (this.jsonEnabled() || before === undefined || line.changed.length > 0) yield line;
      before = looked.pass;
      if (flags.until !== undefined && looked.pass.level === 'healthy') return;
      const left = endsAt - performance.now();
      const pause = Math.max(0, everyMs - (performance.now() - started));
      if (left <= pause) {
        await delay(Math.max(0, left), undefined, { signal });
        if (flags.until !== undefined) throw this.#late(looked.pass);
        return;
      }
      await delay(pause, undefined, { signal });
    }
  }

  #late({ level, counts }: Pass): OpsError {
    return new OpsError(
      'E_TIMED_OUT',
      `It was not ${this.flags.until} within ${this.flags.timeout}: it is ${level} (${countsText(counts)}).`,
      { suggestions: ['See what is not well: om-ops health status'] },
    );
  }

  protected override line({ at, level, counts, changed, gapSeconds }: WatchLine): string {
    const gap =
      gapSeconds === null ? '' : ` (${formatDuration(gapSeconds * 1000)} after the look before)`;
    const what = changed.map(
      ({ id, from, level: now, text }) =>
        `${id} ${from === null ? '' : `${from} → `}${levelWord(now)}: ${text}`,
    );
    return `${at} ${levelWord(level)}: ${countsText(counts)}${gap}${what.length === 0 ? '' : ` | ${what.join(' | ')}`}`;
  }
}

function lineOf(
  { at, level, score, counts, durationMs, gapSeconds, checks }: Pass,
  before: Pass | undefined,
): WatchLine {
  const levels = new Map(before?.checks.map((one) => [one.id, one.level]));
  const changed = checks.flatMap(({ id, level: now, text }) => {
    const from = levels.get(id) ?? null;
    const isNews = from === null ? now !== 'healthy' && now !== 'off' : from !== now;
    return isNews ? [{ id, from, level: now, text }] : [];
  });
  return { at, level, score, counts, durationMs, gapSeconds, changed };
}
