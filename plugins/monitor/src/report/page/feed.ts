import type { Snapshot } from '../types.ts';

/** How it stands with what comes. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  /** Since when nothing came, by the reader's clock. */
  | { state: 'lost'; since: number }
  /** The server knows another token than this page: it was started again, or the address is not whole. */
  | { state: 'refused' };

export interface FeedState {
  connection: Connection;
  snapshot: Snapshot | null;
  /** How much the clock of the server is ahead of the reader's, in ms. */
  aheadMs: number;
  /** What the machine was like since the page was opened, by series: [seconds since 1970, value]. */
  live: ReadonlyMap<string, readonly (readonly [number, number])[]>;
}

type Said =
  | { kind: 'event'; id: string; snapshot: Snapshot }
  | { kind: 'connection'; connection: Connection }
  | { kind: 'hello' };

const lockName = 'om-ops-dashboard';
const channelName = 'om-ops-dashboard';
/** A quarter of an hour, however often it looks. */
const liveSeconds = 15 * 60;
const retryMs = [500, 1000, 2000, 5000, 10_000];

/**
 * What the server sends, for all tabs that are open: one of them asks, and tells the others, because a browser opens no
 * more than six connections to a server. When that one is closed the next takes its place.
 */
export class Feed {
  readonly #token: string;
  readonly #silentMs: number;
  readonly #channel = new BroadcastChannel(channelName);
  readonly #listeners = new Set<() => void>();
  #state: FeedState = {
    connection: { state: 'connecting' },
    snapshot: null,
    aheadMs: 0,
    live: new Map(),
  };
  #last: { id: string; snapshot: Snapshot } | undefined;
  #heardAt = Date.now();
  #leads = false;

  constructor(token: string, everyMs: number) {
    this.#token = token;
    this.#silentMs = Math.max(3 * everyMs + 2000, 10_000);
    this.#channel.onmessage = ({ data }: MessageEvent<Said>) => this.#hear(data);
  }

  get state(): FeedState {
    return this.#state;
  }

  /** For a test: whether this tab is the one that asks. */
  get leads(): boolean {
    return this.#leads;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#say({ kind: 'hello' });
    setInterval(() => this.#watch(), 1000);
    void navigator.locks.request(lockName, () => this.#lead());
  }

  /** Asks the server for something else than the stream. @throws Error with what it said */
  async ask<T>(path: string, body?: object): Promise<T> {
    const response = await fetch(path, {
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const said = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(said.error ?? `The dashboard answered ${response.status}.`);
    return said;
  }

  /** Until the tab is closed, or the server refuses it: then another tab may know better. */
  async #lead(): Promise<void> {
    this.#leads = true;
    for (let tries = 0; ; tries += 1) {
      const began = Date.now();
      try {
        if ((await this.#read()) === 'refused') {
          this.#connected({ state: 'refused' }, true);
          this.#leads = false;
          return;
        }
      } catch {
        // What is lost is seen below, whatever took it away.
      }
      if (Date.now() - began > this.#silentMs) tries = 0;
      this.#lost();
      await new Promise((resolve) =>
        setTimeout(resolve, retryMs[Math.min(tries, retryMs.length - 1)]),
      );
    }
  }

  async #read(): Promise<'ended' | 'refused'> {
    const abort = new AbortController();
    const response = await fetch('/api/stream', {
      headers: { authorization: `Bearer ${this.#token}` },
      signal: abort.signal,
    });
    if (response.status === 401 || response.status === 421) return 'refused';
    if (!response.ok || response.body === null) return 'ended';
    this.#heardAt = Date.now();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    // A connection that is silent is lost, even where nobody has closed it.
    const silence = setInterval(() => {
      if (Date.now() - this.#heardAt > this.#silentMs) abort.abort();
    }, 1000);
    try {
      for (let rest = ''; ; ) {
        const { done, value } = await reader.read();
        if (done) return 'ended';
        const lines = (rest + value).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const event = JSON.parse(line) as { id: string; snapshot: Snapshot };
          this.#take(event);
          this.#say({ kind: 'event', ...event });
        }
      }
    } finally {
      clearInterval(silence);
    }
  }

  #hear(said: Said): void {
    if (said.kind === 'event') this.#take(said);
    else if (said.kind === 'connection') this.#connected(said.connection, false);
    else if (this.#leads && this.#last !== undefined) this.#say({ kind: 'event', ...this.#last });
  }

  /** Ids begin with the start of the server: those of one that was started again are new, however small. */
  #take({ id, snapshot }: { id: string; snapshot: Snapshot }): void {
    this.#heardAt = Date.now();
    const [start, count] = id.split('-');
    const [lastStart, lastCount] = this.#last?.id.split('-') ?? [];
    if (start === lastStart && Number(count) <= Number(lastCount)) return;
    this.#last = { id, snapshot };
    this.#set({
      connection: { state: 'live' },
      snapshot,
      aheadMs: Date.parse(snapshot.at) - Date.now(),
      live: withLive(this.#state.live, snapshot),
    });
  }

  #watch(): void {
    if (this.#state.connection.state === 'live' && Date.now() - this.#heardAt > this.#silentMs)
      this.#lost();
  }

  #lost(): void {
    const { connection } = this.#state;
    if (connection.state === 'lost') return;
    this.#connected({ state: 'lost', since: this.#heardAt }, this.#leads);
  }

  #connected(connection: Connection, isToBeSaid: boolean): void {
    this.#set({ ...this.#state, connection });
    if (isToBeSaid) this.#say({ kind: 'connection', connection });
  }

  #say(said: Said): void {
    this.#channel.postMessage(said);
  }

  #set(state: FeedState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function withLive(before: FeedState['live'], { at, live }: Snapshot): FeedState['live'] {
  const seconds = Date.parse(at) / 1000;
  const names = new Set([...before.keys(), ...Object.keys(live)]);
  return new Map(
    [...names].map((name) => {
      const kept = (before.get(name) ?? []).filter(([time]) => seconds - time <= liveSeconds);
      const value = live[name];
      return [name, value === undefined ? kept : [...kept, [seconds, value] as const]];
    }),
  );
}
