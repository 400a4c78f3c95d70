import { join } from 'node:path';
import {
  acquireLock,
  appendJsonLines,
  clauseOf,
  isOpsError,
  isoWithOffset,
  type Lock,
  makeStateFolder,
  messageOf,
  type OpsError,
  writeFileAtomicSync,
} from '@om-ops/kit';
import type { KeyState, Line, Transition, WatchEvent, WatchState } from '../rules/alert.ts';
import { inOrder, judge } from '../rules/judge.ts';
import type { Clock, JudgedPass } from '../rules/pass.ts';
import type { Rules } from '../rules/rules.ts';
import { advanced } from '../rules/site-clock.ts';
import { giveBallast, keepBallast } from './ballast.ts';
import { alertFiles, alertsLock } from './files.ts';
import { type Entry, journalMark, type Snapshot } from './journal.ts';
import { keptAlerts } from './kept-alerts.ts';
import { marked, readSilences, type Silence, silenceOver, writeSilences } from './silences.ts';

/** What a pass or a command has to tell. */
export interface Telling {
  /** The same for the same, however often it is told of. */
  pass: string;
  at: string;
  lines: readonly Line[];
}

export interface AlertStoreOptions {
  warn(message: string): void;
  /**
   * Puts what is to be told where it waits to be sent. Called again for the same pass after a run was cut off:
   * what waits already or was sent is not put there twice.
   *
   * @throws OpsError E_DISK_FULL and the like
   */
  enqueue(telling: Telling): Promise<void>;
  /** Tells what can be written nowhere. */
  tellAtOnce(telling: Telling): Promise<void>;
  /** What holds the lock: `om-ops health check`. */
  command: string;
  signal?: AbortSignal;
}

export interface Recorded {
  state: WatchState;
  transitions: Transition[];
  events: WatchEvent[];
  lines: Line[];
  refused: boolean;
  /** False: nothing could be written, and it is remembered by this process alone. */
  kept: boolean;
}

/** What somebody does with alerts between two passes. */
export interface Change {
  /** The keys that changed, and how they are now. */
  keys: ReadonlyMap<string, KeyState>;
  transitions: Transition[];
}

const patienceMs = 30_000;

/**
 * The alerts of a site, below STATE/monitor. Everything that happens to one is on the disk, exactly once, before
 * it is told; where nothing can be written it is judged and told all the same.
 */
export class AlertStore {
  readonly #files: ReturnType<typeof alertFiles>;
  readonly #state: string;
  readonly #options: AlertStoreOptions;
  /** What could not be written, and what it led to. */
  #unsaved: { entries: Entry[]; snapshot: Snapshot; telling: Telling } | undefined;

  constructor(state: string, options: AlertStoreOptions) {
    this.#state = state;
    this.#files = alertFiles(state);
    this.#options = options;
  }

  /** Judges a pass, writes down what comes of it, and puts what is to be told where it waits to be sent. */
  async recordPass(
    pass: JudgedPass,
    clock: Clock,
    rules: Omit<Rules, 'silencedUntil'>,
  ): Promise<Recorded> {
    return this.#locked(async () => {
      const snapshot = await this.#load();
      const silences = this.#silences();
      const silencedUntil = silenceOver(silences, clock.wallMs);
      const judged = judge(snapshot.state, pass, clock, { ...rules, silencedUntil });
      if (judged.refused) return { ...judged, kept: true };
      const { state, transitions, events } = judged;
      try {
        await this.#commit(snapshot, state, { transitions, events }, judged.lines);
      } catch (error) {
        if (!isTrouble(error)) throw error;
        await this.#tellUnsaved(error);
        return { ...judged, kept: false };
      }
      this.#markSilences(silences, state, clock.wallMs);
      keepBallast(this.#files.ballast);
      return { ...judged, kept: true };
    });
  }

  /**
   * What a command does to alerts, with the same care as a pass.
   *
   * @throws what `edit` throws; OpsError of the file system: nothing was changed then
   */
  async change(
    clock: Clock,
    edit: (state: WatchState, now: { tick: number; at: string }) => Change,
  ): Promise<Change> {
    return this.#locked(async () => {
      const snapshot = await this.#load();
      const tick = this.#tickAt(snapshot, clock);
      const at = isoWithOffset(new Date(clock.wallMs));
      const change = edit(snapshot.state, { tick, at });
      if (change.transitions.length === 0) return change;
      const keys = { ...snapshot.state.keys, ...Object.fromEntries(change.keys) };
      const state = { ...snapshot.state, keys };
      const lines = change.transitions.flatMap(({ line }) => line ?? []);
      const { transitions } = change;
      await this.#commit(snapshot, state, { transitions, events: [] }, lines);
      return change;
    });
  }

  /** Changes the silences. @throws OpsError of the file system */
  async changeSilences(
    clock: Clock,
    edit: (silences: readonly Silence[], tick: number) => Silence[],
  ): Promise<void> {
    await this.#locked(async () => {
      const tick = this.#tickAt(await this.#load(), clock);
      makeStateFolder(this.#files.folder);
      const silences = edit(readSilences(this.#files.silences), tick);
      writeSilences(this.#files.silences, silences, clock.wallMs);
    });
  }

  /** Work on the journal itself, which nobody else writes to meanwhile. */
  async rewrite<T>(work: (state: WatchState) => Promise<T>): Promise<T> {
    return this.#locked(async () => {
      const snapshot = await this.#load();
      const done = await work(snapshot.state);
      this.#writeSnapshot({ ...snapshot, journal: journalMark(this.#files.journal) }, true);
      return done;
    });
  }

  #tickAt({ state }: Snapshot, clock: Clock): number {
    return advanced(state.clock, clock)?.clock.tick ?? state.clock?.tick ?? 0;
  }

  /** A lock that cannot be written is gone without: who watches must not go blind of a full disk. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    let lock: Lock | undefined;
    const { command, signal } = this.#options;
    const take = () =>
      acquireLock(join(this.#state, 'locks'), alertsLock, {
        waitMs: patienceMs,
        command,
        ...(signal === undefined ? {} : { signal }),
      });
    try {
      lock = await take();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      if (error.code === 'E_DISK_FULL' && giveBallast(this.#files.ballast))
        lock = await take().catch(() => undefined);
    }
    try {
      return await work();
    } finally {
      lock?.release();
    }
  }

  async #load(): Promise<Snapshot> {
    const unsaved = this.#unsaved?.snapshot;
    if (unsaved !== undefined && isSame(unsaved.journal, journalMark(this.#files.journal)))
      return unsaved;
    // Somebody could write meanwhile, and what he did holds: what was not written is found anew.
    this.#unsaved = undefined;
    const { snapshot, late } = await keptAlerts(this.#state, this.#options.warn);
    if (late.length === 0) return snapshot;
    try {
      await this.#withBallast(async () => {
        for (const telling of tellingsOf(late)) await this.#options.enqueue(telling);
        this.#writeSnapshot(snapshot, true);
      });
    } catch (error) {
      // It is tried again by whoever comes next: what is new now must not wait for it.
      if (!isTrouble(error)) throw error;
      this.#options.warn(messageOf(error));
    }
    return snapshot;
  }

  /** @throws OpsError: what could not be written is remembered, and not told yet */
  async #commit(
    before: Snapshot,
    state: WatchState,
    news: { transitions: readonly Transition[]; events: readonly WatchEvent[] },
    lines: readonly Line[],
  ): Promise<void> {
    const at = news.transitions[0]?.at ?? news.events[0]?.at ?? '';
    const pass = `${before.seq + 1}-${at.replace(/[^0-9T]/g, '').slice(0, 15)}`;
    const entries = entriesOf(before.seq, pass, state, news, lines);
    const snapshot = { ...before, seq: before.seq + entries.length, state };
    let unsaved = [...(this.#unsaved?.entries ?? []), ...entries];
    let { journal } = before;
    try {
      await this.#withBallast(async () => {
        makeStateFolder(this.#files.folder);
        if (unsaved.length === 0) return;
        const { torn } = await appendJsonLines(this.#files.journal, unsaved);
        unsaved = [];
        journal = journalMark(this.#files.journal);
        if (torn !== null)
          this.#options.warn(
            `The last line of ${this.#files.journal} was cut off by a crash; it is kept as ${torn.path}.`,
          );
      });
      await this.#withBallast(async () => {
        if (lines.length > 0) await this.#options.enqueue({ pass, at, lines });
        this.#writeSnapshot({ ...snapshot, journal }, entries.length > 0);
      });
      this.#unsaved = undefined;
    } catch (error) {
      this.#unsaved = {
        entries: unsaved,
        snapshot: { ...snapshot, journal },
        telling: { pass, at, lines },
      };
      throw error;
    }
  }

  async #tellUnsaved(error: Error): Promise<void> {
    this.#options.warn(
      `Alerts could not be written down, so they are judged and told from memory: ${clauseOf(messageOf(error))}.`,
    );
    const telling = this.#unsaved?.telling;
    if (telling !== undefined && telling.lines.length > 0) await this.#options.tellAtOnce(telling);
  }

  /** Does it again with the room that was kept for a full disk. */
  async #withBallast(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const isFull = isOpsError(error) && error.code === 'E_DISK_FULL';
      if (!isFull || !giveBallast(this.#files.ballast)) throw error;
      this.#options.warn('The disk is full; the room that was kept for this was given away.');
      await work();
    }
  }

  #writeSnapshot(snapshot: Snapshot, sync: boolean): void {
    // A pass that changes nothing need not wait for the disk: what is lost is a row of samples.
    writeFileAtomicSync(this.#files.snapshot, `${JSON.stringify(snapshot)}\n`, { sync });
  }

  #silences(): Silence[] {
    try {
      return readSilences(this.#files.silences);
    } catch (error) {
      // Rather told too much than nothing.
      this.#options.warn(messageOf(error));
      return [];
    }
  }

  #markSilences(silences: readonly Silence[], { keys, clock }: WatchState, wallMs: number): void {
    if (silences.length === 0 || clock === null) return;
    const firing = Object.keys(keys).filter((key) => keys[key]?.alert?.phase === 'firing');
    const changed = marked(silences, firing, { tick: clock.tick, wallMs });
    if (changed === undefined) return;
    try {
      writeSilences(this.#files.silences, changed, wallMs);
    } catch (error) {
      this.#options.warn(messageOf(error));
    }
  }
}

function isSame(one: Snapshot['journal'], other: Snapshot['journal']): boolean {
  return one?.inode === other?.inode && one?.bytes === other?.bytes;
}

/** Whether the disk is in trouble: who may not write, or has to wait, is not who is to tell. */
function isTrouble(error: unknown): error is OpsError {
  return isOpsError(error) && ['E_DISK_FULL', 'E_READ_ONLY', 'E_IO'].includes(error.code);
}

function entriesOf(
  seq: number,
  pass: string,
  { keys, clock }: WatchState,
  { transitions, events }: { transitions: readonly Transition[]; events: readonly WatchEvent[] },
  lines: readonly Line[],
): Entry[] {
  const blind = lines.find(({ kind }) => kind === 'blind') ?? null;
  const happened = [
    ...events.map((event) => ({ ...event, line: event.type === 'blind' ? blind : null })),
    ...transitions.map((each) => ({ ...each, state: keys[each.key] ?? null })),
  ];
  return happened.map((each, at) => ({ ...each, seq: seq + at + 1, pass, clock }));
}

/** What was to be told when a run was cut off, a pass each. */
export function tellingsOf(entries: readonly Entry[]): Telling[] {
  const byPass = Map.groupBy(entries, ({ pass }) => pass);
  return [...byPass].flatMap(([pass, all]) => {
    const lines = all.flatMap(({ line }) => line ?? []);
    return lines.length === 0 ? [] : [{ pass, at: all[0]?.at ?? '', lines: inOrder(lines) }];
  });
}
