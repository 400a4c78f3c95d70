import {
  type Command,
  isoWithOffset,
  OpsCommand,
  OpsError,
  parseDuration,
  readHeartbeat,
  userName,
} from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import type { Actor } from './alerts/change.ts';
import { currentClock } from './alerts/clock.ts';
import { assertOwnAlerts } from './alerts/own-site.ts';
import { AlertWatch } from './alerts/watch.ts';

/** How old what is shown is; null: nobody has watched yet. */
export interface Watched {
  /** ISO 8601 with offset. */
  at: string;
  ageMs: number;
  /** Older than three intervals: what it says is unknown now. */
  stale: boolean;
}

/** A command that works with the alerts of its site, or with who is told of them. */
export abstract class WatchCommand<C extends typeof Command, R extends object> extends OpsCommand<
  C,
  R
> {
  // oclif looks for statics above a class only as far as each class has some of its own.
  static override enableJsonFlag = true;

  #watch: Promise<AlertWatch> | undefined;

  override async init(): Promise<void> {
    await super.init();
    assertOwnAlerts(this.site);
  }

  protected get watch(): Promise<AlertWatch> {
    const { operation, site } = this;
    this.#watch ??= AlertWatch.open({
      site,
      redactor: operation.redactor,
      warn: (message) => operation.warn(message),
      command: `om-ops ${(this.id ?? '').replaceAll(':', ' ')}`,
      signal: operation.signal,
    });
    return this.#watch;
  }

  protected get clock(): ReturnType<typeof currentClock> {
    return currentClock();
  }

  /** Who does it, and why, without secrets: it is kept and shown. */
  protected actor(note: string | undefined, { tick, at }: { tick: number; at: string }): Actor {
    const plain = note === undefined ? null : this.operation.redactor.foreign(note.trim());
    return { by: userName(), note: plain === '' ? null : plain, tick, at };
  }

  /** Where a time from now on ends. @throws OpsError E_USAGE (exit 2) */
  protected endOf(length: string): { ms: number; at: string } {
    const ms = parseDuration(length);
    if (ms <= 0)
      throw new OpsError('E_USAGE', `\`${length}\` is no time at all.`, {
        exit: 'usage',
        suggestions: ['Write it as 30m, 4h or 2d.'],
      });
    return { ms, at: isoWithOffset(new Date(this.clock.wallMs + ms)) };
  }

  /**
   * How old what was seen is. Where nobody has looked for long, an empty list is no sign that all is well: exit 7
   * then.
   */
  protected lastLook(): Watched | null {
    const beat = readHeartbeat(this.site.state, new Date(this.clock.wallMs));
    if (beat === null) {
      this.incomplete(
        'Nobody has watched this site yet, so no alert could be raised: om-ops health check',
      );
      return null;
    }
    const { at, ageMs, stale } = beat;
    if (stale)
      this.incomplete(
        `Nobody has looked for ${formatDuration(Math.abs(ageMs))}: what is open now is unknown. See: om-ops schedule check`,
      );
    return { at, ageMs, stale };
  }
}
