import { join } from 'node:path';
import {
  acquireLock,
  type Heartbeat,
  heartbeatPath,
  makeStateFolder,
  writeFileAtomicSync,
} from '@om-ops/kit';
import { worstOf } from '../checks/watched-check.ts';
import { scoreOf } from './integration.ts';
import { readKeptPass, writeKeptPass } from './kept-pass.ts';
import type { Pass } from './pass.ts';
import { keptReadings, type Readings } from './readings.ts';
import { countsOf } from './run.ts';

export interface RecordOptions {
  /** STATE. */
  state: string;
  readings: Readings;
  signal: AbortSignal;
}

/** One at a time: whoever looks at the same moment waits for some milliseconds. */
const waitMs = 10_000;

/**
 * Keeps what a pass found, so that the next one, and everybody who asks, has it.
 *
 * @throws OpsError E_PERMISSION, E_READ_ONLY, E_DISK_FULL, E_LOCKED
 */
export async function recordPass(
  pass: Pass,
  { state, readings, signal }: RecordOptions,
): Promise<void> {
  makeStateFolder(join(state, 'monitor'));
  using _lock = await acquireLock(join(state, 'locks'), 'monitor', {
    waitMs,
    command: 'om-ops health check',
    signal,
  });
  const before = readKeptPass(state);
  const isNewest =
    before === null ||
    !pass.whole ||
    Date.parse(before.pass.at) <= Date.parse(pass.at) ||
    before.pass.bootId !== pass.bootId;
  if (!isNewest) return;
  const kept = pass.whole || before === null ? pass : joined(before.pass, pass);
  writeKeptPass(state, { pass: kept, readings: keptReadings(before?.readings ?? [], readings) });
  if (pass.whole)
    writeFileAtomicSync(heartbeatPath(state), `${JSON.stringify(heartbeatOf(pass))}\n`, {
      sync: false,
    });
}

/** What was looked at anew, within what was seen of everything. */
function joined(whole: Pass, some: Pass): Pass {
  const anew = new Map(some.checks.map((one) => [one.id, one]));
  const checks = whole.checks.map((one) => anew.get(one.id) ?? one);
  return {
    ...whole,
    checks,
    level: worstOf(checks.map(({ level }) => level)),
    score: scoreOf(checks),
    counts: countsOf(checks),
  };
}

function heartbeatOf({ at, bootId, durationMs, everyMs, level, counts }: Pass): Heartbeat {
  return { at, bootId, durationMs, everyMs, level, counts };
}
