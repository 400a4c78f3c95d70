/**
 * Bytes on their way from one thread to another: slots of shared memory, filled in turn by one
 * thread and emptied in turn by another, which sleeps until there is something. Handed to both as
 * it is, in `workerData`.
 */
export interface RingMemory {
  control: SharedArrayBuffer;
  counts: SharedArrayBuffer;
  slots: SharedArrayBuffer;
  note: SharedArrayBuffer;
}

/** Multiples of a tar block, so that no header lies across two slots. */
const slotBytes = 512 * 1024;
const slotCount = 8;
const noteBytes = 64 * 1024;

const filled = 0;
const emptied = 1;
const state = 2;
const noteLength = 3;
const stopped = 4;
/** Counted up at every change the other side may wait for. */
const toReader = 5;
const toWriter = 6;

const states = { open: 0, finished: 1, failed: 2 } as const;

const bytesRead = 0;
const membersDone = 1;

export function ringMemory(): RingMemory {
  return {
    control: new SharedArrayBuffer(8 * 4 + slotCount * 4),
    counts: new SharedArrayBuffer(2 * 8),
    slots: new SharedArrayBuffer(slotBytes * slotCount),
    note: new SharedArrayBuffer(noteBytes),
  };
}

/** Thrown in the thread that learns that it shall stop. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface RingWriter {
  /** Blocks the thread while the ring is full. Throws Stopped. */
  write(bytes: Uint8Array): void;
  /** The room that is left in the slot that is being filled, never none. Blocks and throws as `write`. */
  room(): Buffer;
  /** Says how much of it was filled. */
  filled(bytes: number): void;
  /** The end; what is passed must fit JSON. */
  finish(note: unknown): void;
  /** The end, by failure. */
  fail(note: unknown): void;
  countBytesRead(bytes: number): void;
  checkStopped(): void;
}

export function ringWriter(memory: RingMemory): RingWriter {
  const control = new Int32Array(memory.control);
  const counts = new Float64Array(memory.counts);
  let at = 0;
  let slot = 0;
  const checkStopped = (): void => {
    if (Atomics.load(control, stopped) === 1) throw new Stopped();
  };
  const waitForSlot = (): void => {
    for (;;) {
      const seen = Atomics.load(control, toWriter);
      checkStopped();
      if (waiting(control) < slotCount) return;
      Atomics.wait(control, toWriter, seen);
    }
  };
  const handOver = (): void => {
    control[8 + slot] = at;
    at = 0;
    slot = (slot + 1) % slotCount;
    Atomics.add(control, filled, 1);
    if (waiting(control) >= slotCount / 2) wake(control, toReader);
  };
  const room = (): Buffer => {
    if (at === 0) waitForSlot();
    return Buffer.from(memory.slots, slot * slotBytes + at, slotBytes - at);
  };
  const advance = (bytes: number): void => {
    at += bytes;
    if (at === slotBytes) handOver();
  };
  const end = (how: number, note: unknown): void => {
    const text = Buffer.from(JSON.stringify(note) ?? 'null');
    Buffer.from(memory.note).set(text);
    control[noteLength] = text.length;
    Atomics.store(control, state, how);
    wake(control, toReader);
  };
  return {
    checkStopped,
    write(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const free = room();
        const length = Math.min(free.length, bytes.length - from);
        free.set(bytes.subarray(from, from + length));
        from += length;
        advance(length);
      }
    },
    room,
    filled: advance,
    finish(note) {
      if (at > 0) handOver();
      end(states.finished, note);
    },
    fail(note) {
      if (at > 0) handOver();
      end(states.failed, note);
    },
    countBytesRead(bytes) {
      counts[bytesRead] = bytes;
    },
  };
}

export interface RingReader {
  /** The next bytes, valid until the next call; undefined at the end. Throws Stopped. */
  next(): Buffer | undefined;
  /** After the end: how the writer ended and what it said. */
  ending(): { failed: boolean; note: unknown };
  countMember(): void;
  checkStopped(): void;
}

export function ringReader(memory: RingMemory): RingReader {
  const control = new Int32Array(memory.control);
  const counts = new Float64Array(memory.counts);
  let slot = 0;
  let holds = false;
  const checkStopped = (): void => {
    if (Atomics.load(control, stopped) === 1) throw new Stopped();
  };
  return {
    checkStopped,
    next() {
      if (holds) {
        holds = false;
        slot = (slot + 1) % slotCount;
        Atomics.add(control, emptied, 1);
        if (waiting(control) <= slotCount / 2) wake(control, toWriter);
      }
      for (;;) {
        const seen = Atomics.load(control, toReader);
        checkStopped();
        if (waiting(control) > 0) {
          holds = true;
          return Buffer.from(memory.slots, slot * slotBytes, control[8 + slot]);
        }
        if (Atomics.load(control, state) !== states.open) return undefined;
        Atomics.wait(control, toReader, seen);
      }
    },
    ending() {
      const text = Buffer.from(memory.note).toString('utf8', 0, control[noteLength]);
      return {
        failed: Atomics.load(control, state) === states.failed,
        note: text === '' ? undefined : JSON.parse(text),
      };
    },
    countMember() {
      counts[membersDone] = (counts[membersDone] as number) + 1;
    },
  };
}

export interface RingWatch {
  /** Makes both sides throw Stopped at their next step, also those that sleep. */
  stop(): void;
  bytesRead(): number;
  membersDone(): number;
}

/** For the thread that started the two. */
export function ringWatch(memory: RingMemory): RingWatch {
  const control = new Int32Array(memory.control);
  const counts = new Float64Array(memory.counts);
  return {
    stop() {
      Atomics.store(control, stopped, 1);
      wake(control, toReader);
      wake(control, toWriter);
    },
    bytesRead: () => counts[bytesRead] as number,
    membersDone: () => counts[membersDone] as number,
  };
}

/** How many slots wait to be emptied. Nobody is woken for a single one: waking costs more than it holds. */
function waiting(control: Int32Array): number {
  return (Atomics.load(control, filled) - Atomics.load(control, emptied)) | 0;
}

function wake(control: Int32Array, signal: number): void {
  Atomics.add(control, signal, 1);
  Atomics.notify(control, signal);
}
