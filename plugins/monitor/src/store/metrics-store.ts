import type { DatabaseSync } from 'node:sqlite';
import { clauseOf, messageOf, OpsError } from '@om-ops/kit';
import type { Pass } from '../pass/pass.ts';
import type { MetricsSection } from '../site/metrics.ts';
import { appendPass } from './append.ts';
import { isDamaged, isFull, metricsPath, moveAside, openForWriting } from './database.ts';
import { type Cuts, keepInTime, makeRoom, type Pruned, prune } from './keeping.ts';

/** How often room is made for one pass: each time it is a tenth of the finest. */
const mostTries = 12;

/** The history, for who writes it. */
export class MetricsStore implements Disposable {
  readonly #state: string;
  readonly #section: MetricsSection;
  readonly #warn: (message: string) => void;
  #database: DatabaseSync | undefined;

  /** @param state STATE; its folder `monitor` is there */
  constructor(state: string, section: MetricsSection, warn: (message: string) => void) {
    this.#state = state;
    this.#section = section;
    this.#warn = warn;
  }

  /**
   * Puts a pass into history, and lets go what is past its time. One that is damaged is moved aside and begun anew.
   *
   * @throws OpsError E_METRICS, E_DISK_FULL: nothing of the pass is in it then
   */
  append(pass: Pass): void {
    this.#mended((database) => {
      this.#withRoom(database, () => appendPass(database, pass));
      const { problem } = keepInTime(
        database,
        this.#section,
        Math.floor(Date.parse(pass.at) / 1000),
      );
      if (problem !== undefined) throw Object.assign(new Error(problem), { errcode: 11 });
    });
  }

  /** @throws OpsError E_METRICS, E_DISK_FULL */
  prune(cuts: Cuts): Pruned {
    return this.#mended((database) => prune(database, cuts));
  }

  #withRoom(database: DatabaseSync, write: () => void): void {
    for (let tries = 0; ; tries += 1) {
      try {
        write();
        return;
      } catch (error) {
        // Below the cap of the database there may still be no room on the disk, where deleting fails as well.
        if (!isFull(error) || tries >= mostTries || !makeRoom(database)) throw error;
      }
    }
  }

  #mended<T>(work: (database: DatabaseSync) => T): T {
    try {
      return work(this.#open());
    } catch (error) {
      if (!isDamaged(error)) throw this.#failure(error);
      this.#close();
      const aside = moveAside(this.#state, new Date());
      this.#warn(
        `The history of what was measured was damaged (${clauseOf(messageOf(error))}) and was moved aside, to ${aside}; a new one was begun. Alerts are kept elsewhere and are whole.`,
      );
    }
    try {
      return work(this.#open());
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): OpsError {
    const path = metricsPath(this.#state);
    if (isFull(error))
      return new OpsError(
        'E_DISK_FULL',
        `What was measured could not be written to ${path}: there is no room.`,
        {
          suggestions: [
            'Make room on the disk, or let the history be smaller: metrics: {maxMb: 32}',
          ],
          cause: error,
        },
      );
    return new OpsError(
      'E_METRICS',
      `What was measured could not be written to ${path}: ${clauseOf(messageOf(error))}.`,
      {
        suggestions: ['See how it stands: om-ops metrics store'],
        cause: error,
      },
    );
  }

  #open(): DatabaseSync {
    this.#database ??= openForWriting(this.#state, this.#section.maxMb);
    return this.#database;
  }

  #close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}
