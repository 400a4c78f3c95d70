import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  acquireLock,
  fromSystemError,
  interrupted,
  isoWithOffset,
  makeStateFolder,
  messageOf,
  OpsError,
  removeLeftovers,
  userName,
  writeFileAtomic,
} from '@om-ops/kit';
import { agreed, type Patch } from './agreement.ts';
import { type RawMilestone, type Refusal, type RoadmapDocument, readDocument } from './document.ts';
import { fieldNamesOf, withFields } from './fields.ts';
import { History, type HistoryEntry, type ReadHistory } from './history.ts';
import { idMatching, newId } from './ids.ts';
import { type Merge, mergeOf } from './merge.ts';
import {
  changesBetween,
  type FieldChange,
  type Milestone,
  type MilestoneFields,
} from './milestone.ts';
import type { NewRoadmap, OpenedRoadmap } from './opened-roadmap.ts';
import { type KnownMilestone, readMilestones } from './read-milestones.ts';

export interface RoadmapOptions {
  /** Takes secrets out of what is shown. */
  redact: (text: string) => string;
  warn: (message: string) => void;
  signal: AbortSignal;
  /** For those who wait for the lock: `om-ops roadmap add`. */
  command?: string;
}

export interface Changed {
  milestone: Milestone;
  /** None: it is so already, and nothing was written. */
  changes: FieldChange[];
}

/** How long one and the same holder of the lock is waited for: a change takes milliseconds. */
const waitMs = 30_000;

const ownRefusal = (path: string): Refusal => ({
  exit: 'failed',
  suggestions: [`Mend it, or move it away to begin anew: mv ${path} ${path}.odd`],
});

/** The milestones of a site, in STATE/roadmap/roadmap.json. Changes lose nothing of each other, whoever makes them. */
export class Roadmap {
  readonly folder: string;
  readonly path: string;
  readonly history: History;
  readonly #state: string;
  readonly #options: RoadmapOptions;
  readonly #warned = new Set<string>();

  constructor(state: string, options: RoadmapOptions) {
    this.#state = state;
    this.folder = join(state, 'roadmap');
    this.path = join(this.folder, 'roadmap.json');
    this.history = new History(this.folder);
    this.#options = options;
  }

  /** @throws OpsError E_ROADMAP_FILE, E_PERMISSION (exit 5) */
  milestones(): Milestone[] {
    return this.#open().known.map(({ milestone }) => milestone);
  }

  /** Oldest first; redacted. @throws OpsError E_ROADMAP_FILE, E_PERMISSION (exit 5) */
  async readHistory(): Promise<ReadHistory> {
    const { document } = this.#open();
    const { entries, problems } = await this.history.read(document.file?.text ?? null);
    const { redact } = this.#options;
    const shown = (value: string | number | null) =>
      typeof value === 'string' ? redact(value) : value;
    return {
      problems,
      entries: entries.map((entry) => ({
        ...entry,
        title: redact(entry.title),
        changes: entry.changes.map(({ field, from, to }) => ({
          field,
          from: shown(from ?? null),
          to: shown(to ?? null),
        })),
      })),
    };
  }

  /** The one that is meant by an ID or its beginning. @throws OpsError E_NO_MILESTONE, E_AMBIGUOUS (exit 2) */
  async find(given: string): Promise<Milestone> {
    return (await this.#found(this.#open(), given)).milestone;
  }

  /** A milestone with an ID of its own; in a dry run the ID is that of nobody. */
  add(fields: MilestoneFields, dryRun = false): Promise<Changed> {
    return this.#change(dryRun, async ({ document, known }) => {
      const taken = new Set(known.map(({ milestone }) => milestone.id));
      for (const { id } of await this.#entries(document)) taken.add(id);
      const now = isoWithOffset(new Date());
      const id = newId(taken);
      const record = withFields(
        { id },
        { ...fields, ...times({ status: 'planned' }, fields, now), createdAt: now, updatedAt: now },
        fieldNamesOf(document.records),
      );
      const milestone = readMilestones([record], this.#reading)[0]!.milestone;
      const changes = changesBetween({}, fields);
      return {
        result: { milestone, changes },
        records: [...document.records, record],
        entries: [{ action: 'added', id, title: milestone.title, changes }],
      };
    });
  }

  update(
    given: string,
    patch: Patch,
    { dryRun = false, action = 'updated' as 'updated' | 'completed' } = {},
  ): Promise<Changed> {
    return this.#change(dryRun, async (opened) => {
      const { record, milestone: before } = await this.#found(opened, given);
      const both = agreed(before, patch, await this.#percentBefore(opened.document, before));
      const fields: MilestoneFields = { ...before, ...patch, ...both };
      const changes = changesBetween(before, fields);
      const now = isoWithOffset(new Date());
      const values = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
      const changed = withFields(
        record,
        { ...values, ...times(before, fields, now), updatedAt: now },
        fieldNamesOf(opened.document.records),
      );
      const milestone = readMilestones([changed], this.#reading)[0]!.milestone;
      return {
        result: { milestone: changes.length === 0 ? before : milestone, changes },
        records: opened.document.records.map((each) => (each === record ? changed : each)),
        entries:
          changes.length === 0 ? [] : [{ action, id: before.id, title: milestone.title, changes }],
      };
    });
  }

  /** @param shown what the user saw of it. @throws OpsError E_CHANGED_MEANWHILE */
  remove(shown: Milestone): Promise<Changed> {
    return this.#change(false, async (opened) => {
      const { record, milestone } = await this.#found(opened, shown.id);
      if (JSON.stringify(milestone) !== JSON.stringify(shown)) {
        throw new OpsError(
          'E_CHANGED_MEANWHILE',
          `The milestone ${shown.id} is not what was shown any more; it was not removed.`,
          { suggestions: [`Look at it again: om-ops roadmap remove ${shown.id} --dry-run`] },
        );
      }
      const { id, title } = milestone;
      return {
        result: { milestone, changes: [] },
        records: opened.document.records.filter((each) => each !== record),
        entries: [{ action: 'removed', id, title, changes: [], removed: record }],
      };
    });
  }

  /** @throws OpsError E_ROADMAP_FILE (exit `usage`) for a file that is no roadmap */
  import(file: string, dryRun = false): Promise<Merge> {
    return this.#change(dryRun, async (opened) => {
      const removed = new Set((await this.#entries(opened.document)).map(({ id }) => id));
      return mergeOf(opened, file, {
        reading: { ...this.#reading, warn: this.#warn },
        removed,
      });
    });
  }

  /** Once, although a file may be read twice. */
  readonly #warn = (message: string): void => {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#options.warn(message);
  };

  get #reading() {
    const { redact } = this.#options;
    return { path: this.path, refusal: ownRefusal(this.path), redact, warn: () => undefined };
  }

  #open(): OpenedRoadmap {
    const document = readDocument(this.path, ownRefusal(this.path));
    const reading = { ...this.#reading, warn: this.#warn };
    return { document, known: readMilestones(document.records, reading) };
  }

  async #entries(document: RoadmapDocument): Promise<HistoryEntry[]> {
    return (await this.history.read(document.file?.text ?? null)).entries;
  }

  async #found({ document, known }: OpenedRoadmap, given: string): Promise<KnownMilestone> {
    const ids = known.map(({ milestone }) => milestone.id);
    const removed = ids.includes(given)
      ? []
      : (await this.#entries(document)).map((entry) => entry.id);
    const id = idMatching(ids, given, removed);
    return known.find(({ milestone }) => milestone.id === id)!;
  }

  /** What a complete one had before: as its history says, else nothing. */
  async #percentBefore(document: RoadmapDocument, { id, percent }: Milestone): Promise<number> {
    if (percent !== 100) return percent;
    const before = (await this.#entries(document))
      .filter((entry) => entry.id === id)
      .flatMap(({ changes }) => changes)
      .findLast(({ field, from, to }) => field === 'percent' && to === 100 && from !== 100)?.from;
    return typeof before === 'number' ? before : 0;
  }

  /** Reads, changes and writes under the lock; in a dry run it reads only. */
  async #change<T>(
    dryRun: boolean,
    make: (opened: OpenedRoadmap) => Promise<NewRoadmap<T>>,
  ): Promise<T> {
    if (dryRun) return (await make(this.#open())).result;
    const { signal, command = 'om-ops roadmap' } = this.#options;
    makeStateFolder(this.folder);
    using _lock = await acquireLock(join(this.#state, 'locks'), 'roadmap', {
      waitMs,
      command,
      signal,
    });
    const opened = this.#open();
    const { file } = opened.document;
    removeLeftovers(this.folder);
    await this.history.heal(file?.text ?? null);
    const { result, records, entries } = await make(opened);
    if (entries.length === 0) return result;
    if (signal.aborted) throw interrupted('nothing was changed');
    await this.#write(opened.document, records, entries);
    return result;
  }

  async #write(
    document: RoadmapDocument,
    records: readonly RawMilestone[],
    entries: NewRoadmap<unknown>['entries'],
  ): Promise<void> {
    const text = document.textWith(records);
    const common = { time: isoWithOffset(new Date()), by: userName() };
    const stamped = entries.map((entry) => ({
      change: randomBytes(8).toString('hex'),
      ...common,
      ...entry,
    }));
    await this.history.announce(text, stamped);
    const { real = this.path, mode = 0o600 } = document.file ?? {};
    await writeFileAtomic(real, text, { mode }).catch((error: unknown) => {
      throw this.#holds(text) ? madeAllTheSame(error, entries) : error;
    });
    try {
      await this.history.append(stamped);
    } catch (error) {
      // The change is made, and what it says is kept beside it until there is room for the line.
      const why = messageOf(fromSystemError(error, 'append to', this.history.path));
      this.#options.warn(`${why} The change is made; the next one writes down its history.`);
    }
  }

  /** Whether it was replaced, although writing it failed at the last. */
  #holds(text: string): boolean {
    try {
      return readFileSync(this.path, 'utf8') === text;
    } catch {
      return false;
    }
  }
}

/** The last entries' names are enough: whoever reads it can ask for the rest. */
const namedEntries = 5;

function madeAllTheSame(thrown: unknown, entries: NewRoadmap<unknown>['entries']): OpsError {
  const { message, code, suggestions } = fromSystemError(thrown, 'write', 'the roadmap');
  const ids = entries
    .slice(0, namedEntries)
    .map(({ id }) => id)
    .join(', ');
  const more = entries.length > namedEntries ? ` and ${entries.length - namedEntries} more` : '';
  const said = `What was to be changed of ${ids}${more} is changed all the same.`;
  return new OpsError(code, `${message} ${said}`, { suggestions, cause: thrown });
}

function times(
  before: Pick<Milestone, 'status'>,
  { status }: MilestoneFields,
  now: string,
): { completedAt?: string | null } {
  if (before.status === status) return {};
  if (status === 'complete') return { completedAt: now };
  return before.status === 'complete' ? { completedAt: null } : {};
}
