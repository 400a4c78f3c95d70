import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  acquireLock,
  fromSystemError,
  isoWithOffset,
  isThere,
  makeStateFolder,
  systemCode,
  writeFileAtomicSync,
} from '@om-ops/kit';
import type { Telling } from '../alerts/store.ts';
import type { Line } from '../rules/alert.ts';
import type { NotifySection } from '../site/notify.ts';
import {
  type ChannelRecord,
  noRecord,
  readChannelRecords,
  writeChannelRecords,
} from './channel-record.ts';
import { worstLevel } from './compose.ts';
import { mergedLines } from './merged-lines.ts';
import type { Message } from './message.ts';
import { type Routed, routed } from './routes.ts';

export interface OutboxOptions {
  warn(message: string): void;
  /** What holds the lock. */
  command: string;
}

export interface EnqueueOptions {
  section: Pick<NotifySection, 'channels' | 'routes'>;
  now: Date;
  /** What comes within this time after a message waits for one more, if somebody comes by in time to send it. */
  pauseMs: number;
}

const waitMs = 30_000;
/** What was sent is kept for so long. */
const keptMs = 30 * 86_400_000;
/** A digest is kept for longer: that it is there says that its period was told of. */
const keptDigestMs = 400 * 86_400_000;

/**
 * The messages that wait to be sent, a file each, and those that were. Whoever changes one holds the lock; nobody
 * holds it while he sends.
 */
export class Outbox {
  readonly folder: string;
  readonly done: string;
  readonly #channels: string;
  readonly #locks: string;
  readonly #options: OutboxOptions;

  constructor(state: string, options: OutboxOptions) {
    this.folder = join(state, 'monitor', 'outbox');
    this.done = join(this.folder, 'done');
    this.#channels = join(state, 'monitor', 'channels.json');
    this.#locks = join(state, 'locks');
    this.#options = options;
  }

  /** Those that wait, the oldest first. @throws OpsError E_PERMISSION, E_IO */
  waiting(): Message[] {
    return this.#read(this.folder);
  }

  /** Those that were sent, or never will be, the newest first. */
  ended(): Message[] {
    return this.#read(this.done).reverse();
  }

  /** Whether a message was put here, whatever became of it. */
  has(id: string): boolean {
    return isThere(this.#path(id)) || isThere(join(this.done, `${id}.json`));
  }

  records(): Readonly<Record<string, ChannelRecord>> {
    return readChannelRecords(this.#channels);
  }

  /**
   * Puts what is to be told where it waits, a message a channel. What waits there already of the same alert becomes
   * one with it. Doing it again for the same pass does nothing.
   *
   * @throws OpsError of the file system
   */
  async enqueue(telling: Telling, options: EnqueueOptions): Promise<void> {
    const parts = routed(telling.lines, options.section, options.now);
    if (parts.length === 0) return;
    await this.locked(() => {
      const waiting = this.waiting();
      const records = this.records();
      for (const part of parts) this.#put(telling, part, { ...options, waiting, records });
    });
  }

  #put(
    { pass, at }: Telling,
    { channel, lines, notBefore }: Routed,
    {
      now,
      pauseMs,
      waiting,
      records,
    }: EnqueueOptions & { waiting: Message[]; records: Readonly<Record<string, ChannelRecord>> },
  ): void {
    const isLater = notBefore > now;
    const part = isLater ? `${pass}+` : pass;
    const id = `${pass}-${channel}${isLater ? '-later' : ''}`;
    const own = waiting.filter((each) => each.channel === channel && each.kind === 'alert');
    if (this.has(id) || own.some(({ passes }) => passes.includes(part))) return;
    const sentAt = Date.parse(records[channel]?.sentAt ?? '');
    const soonest = sentAt + pauseMs > now.getTime() ? new Date(sentAt + pauseMs) : now;
    const due = soonest > notBefore ? soonest : notBefore;
    const nextAt = isoWithOffset(due);
    let left: readonly Line[] = lines;
    for (const message of own.filter(({ claim }) => claim === null)) {
      const isHeld = message.tries.length === 0 && Date.parse(message.nextAt) > due.getTime();
      const merged = mergedLines(message.lines, left, { isHeld });
      left = merged.left;
      if (!merged.isChanged) continue;
      if (merged.waiting.length === 0) this.#remove(message);
      // What is new is worth a try before its time.
      else
        this.write({ ...withLines(message, merged.waiting, part), ...(isHeld ? {} : { nextAt }) });
    }
    if (left.length === 0) return;
    const open = this.waiting().find(
      (each) =>
        each.channel === channel &&
        each.kind === 'alert' &&
        each.claim === null &&
        each.tries.length === 0 &&
        (isLater ? each.nextAt === nextAt : Date.parse(each.nextAt) <= due.getTime()),
    );
    const message = newMessage({ id, channel, kind: 'alert', now });
    const level = worstLevel(left);
    this.write(
      open === undefined
        ? { ...message, lines: left, level, createdAt: at, nextAt, passes: [part] }
        : withLines(open, [...open.lines, ...left], part),
    );
  }

  #remove({ id }: Message): void {
    rmSync(this.#path(id), { force: true });
  }

  /** One that waits. */
  find(id: string): Message | undefined {
    return readMessage(this.#path(id));
  }

  /** @throws OpsError of the file system */
  write(message: Message): void {
    makeStateFolder(this.folder);
    writeFileAtomicSync(this.#path(message.id), `${JSON.stringify(message)}\n`);
  }

  /** Puts one to those that are done with; where that cannot be written it is at least not sent again. */
  end(message: Message): void {
    try {
      this.write(message);
      makeStateFolder(this.done);
      renameSync(this.#path(message.id), join(this.done, `${message.id}.json`));
    } catch (error) {
      rmSync(this.#path(message.id), { force: true });
      throw fromSystemError(error, 'write', this.done);
    }
  }

  /** Takes one that is done with out again, to wait once more. */
  reopen(message: Message): void {
    this.write(message);
    rmSync(join(this.done, `${message.id}.json`), { force: true });
  }

  record(channel: string, change: Partial<ChannelRecord>): void {
    const all = this.records();
    const next = { ...noRecord, ...all[channel], ...change };
    writeChannelRecords(this.#channels, { ...all, [channel]: next });
  }

  /** Removes what has been done with for long. */
  tidy(now: Date): void {
    for (const { id, kind, createdAt } of this.ended()) {
      const keep = kind === 'digest' ? keptDigestMs : keptMs;
      if (now.getTime() - Date.parse(createdAt) > keep)
        rmSync(join(this.done, `${id}.json`), { force: true });
    }
  }

  /** @throws OpsError E_LOCKED and of the file system */
  async locked<T>(work: () => T): Promise<T> {
    const { command } = this.#options;
    using _lock = await acquireLock(this.#locks, 'monitor-outbox', { waitMs, command });
    return work();
  }

  #path(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  #read(folder: string): Message[] {
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw fromSystemError(error, 'read', folder);
    }
    const found = names
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .flatMap((name) => {
        const message = readMessage(join(folder, name));
        if (message === undefined && isThere(join(folder, name)))
          this.#options.warn(`${join(folder, name)} is no message and was passed over.`);
        return message ?? [];
      });
    return found.sort((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt));
  }
}

function withLines(message: Message, lines: Message['lines'], part: string): Message {
  return { ...message, lines, level: worstLevel(lines), passes: [...message.passes, part] };
}

export function newMessage({
  id,
  channel,
  kind,
  now,
}: Pick<Message, 'id' | 'channel' | 'kind'> & { now: Date }): Message {
  const at = isoWithOffset(now);
  return {
    ...{ version: 1, id, channel, kind, level: 'warning', createdAt: at, lines: [], text: null },
    ...{ state: 'waiting', tries: [], nextAt: at, claim: null, delivered: [], refused: [] },
    ...{ via: [], passes: [] },
  };
}

function readMessage(path: string): Message | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Message> | null;
    const isOurs =
      value?.version === 1 && typeof value.id === 'string' && Array.isArray(value.lines);
    return isOurs ? (value as Message) : undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code === 'ENOENT') return undefined;
    throw fromSystemError(error, 'read', path);
  }
}
