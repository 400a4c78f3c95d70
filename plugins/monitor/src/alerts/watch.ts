import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import {
  currentTime,
  messageOf,
  openMaintenanceWindows,
  type Redactor,
  type Site,
  type State,
} from '@om-ops/kit';
import { keyMatcher } from '../key-pattern.ts';
import { deliverAtOnce } from '../notify/at-once.ts';
import { Outbox } from '../notify/outbox.ts';
import { type PostOptions, postDue, type Sent } from '../notify/post.ts';
import { sendPulse } from '../notify/pulse.ts';
import { secretsOf } from '../notify/secrets.ts';
import type { JudgedPass } from '../rules/pass.ts';
import type { Rules } from '../rules/rules.ts';
import { type AlertsSection, alertsSection } from '../site/alerts.ts';
import { msOf } from '../site/amounts.ts';
import { type NotifySection, notifySection } from '../site/notify.ts';
import { currentClock } from './clock.ts';
import { assertOwnAlerts, claimAlerts } from './own-site.ts';
import { AlertStore, type Recorded } from './store.ts';

/** What alerts and messages need of the command that works with them. */
export interface Watcher {
  site: Site;
  redactor: Redactor;
  warn(message: string): void;
  /** `om-ops health check`. */
  command: string;
  signal: AbortSignal;
}

/** For one try of one message. */
const sendMs = 10_000;

/** The alerts of a site and the way to those who are told of them. */
export class AlertWatch {
  readonly store: AlertStore;
  readonly outbox: Outbox;
  readonly notify: NotifySection;
  readonly alerts: AlertsSection;
  readonly post: PostOptions;
  readonly #watcher: Watcher;

  private constructor(watcher: Watcher, alerts: AlertsSection, notify: NotifySection) {
    const { site, redactor, warn, command, signal } = watcher;
    this.#watcher = watcher;
    this.alerts = alerts;
    this.notify = notify;
    this.outbox = new Outbox(site.state, { warn, command });
    this.post = {
      outbox: this.outbox,
      section: notify,
      sender: { site: site.site, host: hostname() },
      secrets: secretsOf(site, redactor),
      redact: (text) => redactor.foreign(text),
      warn,
      now: () => currentTime(),
      timeoutMs: sendMs,
      signal,
    };
    const pauseMs = () => this.#pauseMs;
    this.store = new AlertStore(site.state, {
      warn,
      command,
      signal,
      enqueue: (telling) =>
        this.outbox.enqueue(telling, { section: notify, now: currentTime(), pauseMs: pauseMs() }),
      tellAtOnce: (telling) => deliverAtOnce(telling, this.post),
    });
  }

  #pauseMs = 0;

  /** @throws OpsError E_SITE_INVALID (exit 2), E_OTHER_SITE (exit 5) */
  static async open(watcher: Watcher): Promise<AlertWatch> {
    const { site } = watcher;
    assertOwnAlerts(site);
    return new AlertWatch(
      watcher,
      await site.section(alertsSection),
      await site.section(notifySection),
    );
  }

  /**
   * Judges a pass, writes down what comes of it, tells those who are to be told, and says outside that all is well
   * when it is. What cannot be sent now waits, and is a warning.
   *
   * @throws the signal's reason; OpsError E_LOCKED, E_PERMISSION
   */
  async record(
    pass: JudgedPass & { level: State },
    { bootGraceMs }: { bootGraceMs: number },
  ): Promise<Recorded & { sent: Sent[] }> {
    const { everyMs } = pass;
    const group = msOf(this.alerts.group);
    // Only where somebody comes by often enough to send what waits for company.
    this.#pauseMs = everyMs !== null && everyMs < group ? group : 0;
    const recorded = await this.store.recordPass(
      pass,
      currentClock(),
      await this.rules(bootGraceMs),
    );
    if (recorded.kept) this.#claim();
    const sent = await this.send();
    if ((pass.whole ?? true) && (pass.level === 'healthy' || pass.level === 'warning'))
      await this.pulse();
    return { ...recorded, sent };
  }

  /** Sends what is due. What fails is a warning. @throws the signal's reason */
  async send(): Promise<Sent[]> {
    if (Object.keys(this.notify.channels).length === 0) return [];
    const sent = await postDue(this.post);
    if (sent.length > 0) this.outbox.tidy(currentTime());
    for (const { channel, outcome, error } of sent) {
      if (outcome === 'later')
        this.#watcher.warn(`${channel} could not be told and is tried again: ${error}.`);
      else if (outcome !== 'sent') this.#watcher.warn(`${channel} was not told: ${error}.`);
    }
    // What another channel is to say of it.
    if (sent.some(({ outcome }) => outcome === 'never')) await postDue(this.post);
    return sent;
  }

  #claim(): void {
    try {
      claimAlerts(this.#watcher.site);
    } catch (error) {
      // There is another look, and what is to be told now goes first.
      this.#watcher.warn(messageOf(error));
    }
  }

  async pulse(): Promise<boolean> {
    const { site } = this.#watcher;
    const { secrets, redact, warn, timeoutMs, signal } = this.post;
    return sendPulse({
      state: site.state,
      heartbeat: this.notify.heartbeat,
      now: currentTime(),
      ...{ secrets, redact, warn, timeoutMs, signal },
    });
  }

  /** What the profile says, and whether work is under way. */
  async rules(bootGraceMs: number): Promise<Omit<Rules, 'silencedUntil'>> {
    const { reminder, flap, after } = this.alerts;
    const parents = Object.entries(after).map(([pattern, keys]) => ({
      matches: keyMatcher(pattern),
      keys,
    }));
    return {
      reminderMs: { warning: msOf(reminder.warning), critical: msOf(reminder.critical) },
      flap: { cycles: flap.cycles, withinMs: msOf(flap.within), quietMs: msOf(flap.quiet) },
      bootGraceMs,
      after: (key) => parents.flatMap(({ matches, keys }) => (matches(key) ? keys : [])),
      maintenance: await this.#isMaintained(),
      newId,
    };
  }

  async #isMaintained(): Promise<boolean> {
    try {
      return (await openMaintenanceWindows(this.#watcher.site.state, currentTime())).length > 0;
    } catch (error) {
      // Rather told too much than nothing.
      this.#watcher.warn(messageOf(error));
      return false;
    }
  }
}

/** Neither 0 and o nor 1, i and l: they are read aloud and typed. */
const signs = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A short ID that begins with a letter. */
export function newId(): string {
  const pick = (count: number) => signs.charAt(randomInt(count));
  return pick(23) + Array.from({ length: 5 }, () => pick(signs.length)).join('');
}
