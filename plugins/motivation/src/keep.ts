import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fromSystemError,
  isOpsError,
  makeStateFolder,
  OpsError,
  systemCode,
  writeFileAtomic,
} from '@om-ops/kit';
import type { Motivation } from './motivation.ts';

export function daysFolder(state: string): string {
  return join(state, 'motivation/days');
}

export function dayFile(state: string, date: string): string {
  return join(daysFolder(state), `${date}.json`);
}

/** Keeps what a day was; made again, it takes the place of what was kept. @throws OpsError E_PERMISSION, E_DISK_FULL */
export async function keepDay(state: string, motivation: Motivation): Promise<string> {
  const path = dayFile(state, motivation.date);
  makeStateFolder(state);
  makeStateFolder(join(state, 'motivation'));
  makeStateFolder(daysFolder(state));
  await writeFileAtomic(path, `${JSON.stringify(motivation, null, 1)}\n`);
  return path;
}

/**
 * What was kept of a day; of the newest one without a day.
 *
 * @throws OpsError E_NO_DAY (exit `usage`), E_BAD_DAY, E_PERMISSION
 */
export async function keptDay(state: string, date?: string): Promise<Motivation> {
  const wanted = date ?? keptDays(state).at(-1);
  if (wanted === undefined) throw noDay('No day was looked at yet.', 'om-ops motivation run');
  const path = dayFile(state, wanted);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw noDay(`${wanted} was not looked at yet.`, `om-ops motivation run --date ${wanted}`);
    throw fromSystemError(error, 'read', path);
  }
  try {
    const value = JSON.parse(text) as Partial<Motivation> | null;
    if (typeof value?.headline === 'string' && Array.isArray(value.accomplishments))
      return value as Motivation;
  } catch (error) {
    if (isOpsError(error)) throw error;
  }
  throw new OpsError('E_BAD_DAY', `${path} is not what om-ops wrote.`, {
    suggestions: [`Make it anew: om-ops motivation run --date ${wanted}`],
  });
}

function noDay(message: string, command: string): OpsError {
  return new OpsError('E_NO_DAY', message, { exit: 'usage', suggestions: [`Do it: ${command}`] });
}

/** Oldest first. */
function keptDays(state: string): string[] {
  try {
    return readdirSync(daysFolder(state))
      .flatMap((name) => /^(\d{4}-\d\d-\d\d)\.json$/.exec(name)?.[1] ?? [])
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fromSystemError(error, 'list', daysFolder(state));
  }
}
