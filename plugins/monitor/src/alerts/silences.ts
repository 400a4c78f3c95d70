import { readFileSync } from 'node:fs';
import {
  fromSystemError,
  isoWithOffset,
  OpsError,
  systemCode,
  writeFileAtomicSync,
} from '@om-ops/kit';
import { keyMatcher } from '../key-pattern.ts';

/** Who wants to hear nothing of what, until when, and why. */
export interface Silence {
  id: string;
  /** A key, or a pattern of keys. */
  match: string;
  reason: string;
  by: string;
  /** ISO 8601 with offset. */
  since: string;
  until: string;
  /** Where it ends in the site's own time, which no clock that is set moves. */
  untilTick: number;
  /** When it last lay over something; ISO 8601. */
  matchedAt: string | null;
}

const unmatchedMs = 7 * 86_400_000;
/** Ended ones are shown for so long. */
const shownMs = 30 * 86_400_000;
/** How exactly it is remembered when one last matched. */
const matchedEveryMs = 3_600_000;

/**
 * @throws OpsError E_SILENCES_FILE for a file that is none of ours; E_PERMISSION, E_IO
 */
export function readSilences(path: string): Silence[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fromSystemError(error, 'read', path);
  }
  try {
    const { silences } = JSON.parse(text) as { silences: Silence[] };
    if (silences.every(({ id, match, untilTick }) => id && match && Number.isFinite(untilTick)))
      return silences;
  } catch {}
  throw new OpsError('E_SILENCES_FILE', `${path} is no list of silences.`, {
    suggestions: [`Move it aside; nothing is silenced then: mv ${path} ${path}.broken`],
  });
}

/** @throws OpsError as `writeFileAtomic` */
export function writeSilences(path: string, silences: readonly Silence[], nowMs: number): void {
  const kept = silences.filter(({ until }) => nowMs - Date.parse(until) < shownMs);
  writeFileAtomicSync(path, `${JSON.stringify({ version: 1, silences: kept }, null, 2)}\n`);
}

/**
 * The latest end of those that lie over a key at a tick; null: none does. A wall clock that was set may end one
 * early, and never makes it last.
 */
export function silenceOver(silences: readonly Silence[], wallMs: number) {
  const matchers = silences
    .filter(({ until }) => Date.parse(until) > wallMs)
    .map((silence) => ({ silence, matches: keyMatcher(silence.match) }));
  return (key: string, tick: number): string | null => {
    let last: Silence | null = null;
    for (const { silence, matches } of matchers) {
      if (silence.untilTick <= tick || !matches(key)) continue;
      if (last === null || silence.untilTick > last.untilTick) last = silence;
    }
    return last?.until ?? null;
  };
}

/** The silences with those that lie over one of `keys` marked so; undefined when nothing is to be written. */
export function marked(
  silences: readonly Silence[],
  keys: readonly string[],
  { tick, wallMs }: { tick: number; wallMs: number },
): Silence[] | undefined {
  let isChanged = false;
  const all = silences.map((silence) => {
    const isFresh =
      silence.matchedAt !== null && wallMs - Date.parse(silence.matchedAt) < matchedEveryMs;
    if (isFresh || silence.untilTick <= tick || !keys.some(keyMatcher(silence.match)))
      return silence;
    isChanged = true;
    return { ...silence, matchedAt: isoWithOffset(new Date(wallMs)) };
  });
  return isChanged ? all : undefined;
}

/** Whether it has lain over nothing for a week: it may be misspelt, or not needed any more. */
export function isUseless({ since, matchedAt }: Silence, nowMs: number): boolean {
  return nowMs - Date.parse(matchedAt ?? since) > unmatchedMs;
}
