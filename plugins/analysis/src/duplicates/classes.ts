import { hash } from 'node:crypto';
import type { HashTasks } from './tasks.ts';

interface ContentClass {
  /** Where the content is kept; negative: it was not read. */
  start: number;
  /** The first file that had it. */
  task: number;
}

/**
 * The different contents among files of one size. What a file has in common with one before it is
 * found by comparing bytes, which is several times quicker than hashing; so each content is hashed
 * once, and one that is there only once not at all.
 */
export class ContentClasses {
  readonly #tasks: HashTasks;
  readonly #room: number;
  readonly #byHead = new Map<number, ContentClass[]>();
  #kept = Buffer.alloc(0);
  #used = 0;

  /** @param room bytes of contents that are kept at most */
  constructor(tasks: HashTasks, room: number) {
    this.#tasks = tasks;
    this.#room = room;
  }

  /** Forgets all contents: files of another size come next. */
  begin(): void {
    this.#byHead.clear();
    this.#used = 0;
  }

  /** Whether a file with this head was there before. */
  has(head: number): boolean {
    return this.#byHead.has(head);
  }

  /** Notes that a file has this head, without its content. */
  expect(task: number, head: number): void {
    this.#byHead.set(head, [{ start: -1, task }]);
  }

  /** Forgets the file with this head whose content was not read, and says which it was. */
  takeUnread(head: number): number | undefined {
    const [first] = this.#byHead.get(head) ?? [];
    if (first === undefined || first.start >= 0) return undefined;
    this.#byHead.delete(head);
    return first.task;
  }

  /**
   * Says what a file holds. When another had the same both get its SHA-256. False when there is no
   * room to remember it.
   */
  add(task: number, head: number, content: Buffer): boolean {
    const alike = this.#byHead.get(head);
    for (const known of alike ?? []) {
      const end = known.start + content.length;
      if (content.compare(this.#kept, known.start, end) !== 0) continue;
      this.#digest(known.task, content);
      this.#copyDigest(known.task, task);
      return true;
    }
    if (!this.#makeRoom(content.length)) return false;
    const added = { start: this.#used, task };
    content.copy(this.#kept, added.start);
    this.#used += content.length;
    if (alike === undefined) this.#byHead.set(head, [added]);
    else alike.push(added);
    return true;
  }

  /** Gives the contents that were there only once their SHA-256 too. */
  digestAll(size: number): void {
    for (const alike of this.#byHead.values())
      for (const { start, task } of alike)
        this.#digest(task, this.#kept.subarray(start, start + size));
  }

  #digest(task: number, content: Buffer): void {
    if (this.#tasks.hasDigest[task] === 1) return;
    setDigest(this.#tasks, task, hash('sha256', content, 'hex'));
  }

  #copyDigest(from: number, to: number): void {
    const { digests, hasDigest } = this.#tasks;
    const bytes = digests.length / hasDigest.length;
    digests.copyWithin(to * bytes, from * bytes, (from + 1) * bytes);
    hasDigest[to] = 1;
  }

  #makeRoom(bytes: number): boolean {
    const wanted = this.#used + bytes;
    if (wanted > this.#room) return false;
    if (wanted > this.#kept.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(this.#room, Math.max(wanted, this.#kept.length * 2)),
      );
      this.#kept.copy(grown, 0, 0, this.#used);
      this.#kept = grown;
    }
    return true;
  }
}

export function setDigest(tasks: HashTasks, task: number, hex: string): void {
  tasks.digests.write(hex, (task * tasks.digests.length) / tasks.hasDigest.length, 'hex');
  tasks.hasDigest[task] = 1;
}
