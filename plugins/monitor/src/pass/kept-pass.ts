import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isState, systemCode, writeFileAtomicSync } from '@om-ops/kit';
import type { Pass } from './pass.ts';
import type { Readings } from './readings.ts';

/** What watching itself takes. */
export interface OwnCost {
  /** Of one processor, in percent. */
  cpuPercent: number;
  /** The memory of the process that looked. */
  rssBytes: number;
  /** How much history grows in a day, before it is thinned out. */
  bytesPerDay: number;
}

/** What a pass leaves for the next, and for those who ask what was seen: `STATE/monitor/pass.json`. */
export interface KeptPass {
  /** The last whole pass, with what was looked at anew since. */
  pass: Pass;
  readings: Readings[];
  own?: OwnCost;
}

const pathOf = (state: string): string => join(state, 'monitor', 'pass.json');

/** Null: there is none, or it is none of ours. @throws the system's error, for one that may not be read */
export function readKeptPass(state: string): KeptPass | null {
  let text: string;
  try {
    text = readFileSync(pathOf(state), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const kept = JSON.parse(text) as Partial<KeptPass> | null;
    const { pass, readings, own } = kept ?? {};
    const isWhole =
      isState(pass?.level) && Array.isArray(pass.checks) && !Number.isNaN(Date.parse(pass.at));
    return isWhole && Array.isArray(readings)
      ? { pass, readings, ...(own === undefined ? {} : { own }) }
      : null;
  } catch {
    return null;
  }
}

/** @throws OpsError E_DISK_FULL, E_PERMISSION, E_READ_ONLY, E_IO */
export function writeKeptPass(state: string, kept: KeptPass): void {
  // What is lost with the power is what the next pass finds again.
  writeFileAtomicSync(pathOf(state), `${JSON.stringify(kept)}\n`, { sync: false });
}
