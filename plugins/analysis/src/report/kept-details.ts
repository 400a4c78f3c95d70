import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@om-ops/kit';
import { analysisFolders } from '../run/store.ts';
import { detailFormat } from './detail.ts';
import type { RunDetail } from './types.ts';

interface Kept {
  /** Of the run's analysis.json, when the detail was made. */
  stamp: string;
  detail: RunDetail;
}

/**
 * The short details of earlier runs, kept from report to report in STATE/analysis/details.json: to
 * make them again, every report would read all the runs it shows.
 */
export class KeptDetails {
  readonly #path: string;
  readonly #runs: string;
  readonly #known: Map<string, Kept>;
  readonly #used = new Map<string, Kept>();

  constructor(state: string) {
    const { details, runs } = analysisFolders(state);
    this.#path = details;
    this.#runs = runs;
    this.#known = new Map(Object.entries(readKept(details)));
  }

  get(run: string): RunDetail | undefined {
    const kept = this.#known.get(run);
    if (kept === undefined || kept.stamp !== this.#stamp(run)) return undefined;
    this.#used.set(run, kept);
    return kept.detail;
  }

  keep(run: string, detail: RunDetail): void {
    const stamp = this.#stamp(run);
    if (stamp !== undefined) this.#used.set(run, { stamp, detail });
  }

  /** Writes those that were used. @throws OpsError E_PERMISSION, E_DISK_FULL */
  async save(): Promise<void> {
    const isSame =
      this.#used.size === this.#known.size &&
      [...this.#used].every(([run, kept]) => this.#known.get(run) === kept);
    if (isSame) return;
    const runs = Object.fromEntries(this.#used);
    await writeFileAtomic(this.#path, JSON.stringify({ format: detailFormat, runs }), {
      sync: false,
    });
  }

  #stamp(run: string): string | undefined {
    const stats = statSync(join(this.#runs, run, 'analysis.json'), { throwIfNoEntry: false });
    return stats === undefined ? undefined : `${stats.size} ${stats.mtimeMs} ${stats.ino}`;
  }
}

function readKept(path: string): Record<string, Kept> {
  try {
    const { format, runs } = JSON.parse(readFileSync(path, 'utf8'));
    if (format !== detailFormat) return {};
    const kept = Object.entries<Kept>(runs);
    return kept.every(
      ([run, { detail }]) => detail.run === run && typeof detail.packed === 'string',
    )
      ? runs
      : {};
  } catch {
    // Missing, cut short or not ours: it is made again.
    return {};
  }
}
