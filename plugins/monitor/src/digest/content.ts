import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { clauseOf, isThere, messageOf, parseLogLine, rotatedFiles } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { alertFiles } from '../alerts/files.ts';
import { alertLives } from '../alerts/history.ts';
import { isTransition, readEntries } from '../alerts/journal.ts';
import type { Level } from '../rules/pass.ts';
import { History } from '../store/history.ts';
import type { Period } from './period.ts';

/** What happened in a period, from what om-ops has written down. */
export interface DigestContent {
  alerts: {
    /** Whether anybody looked: else none could be raised. */
    watched: boolean;
    /** When nobody looked for longer than was promised; ISO 8601. */
    blind: { until: string; ms: number }[];
    raised: number;
    critical: number;
    /** Of these and of earlier ones those that were open when it ended. */
    open: number;
    list: { id: string; level: Level; title: string; since: string; resolvedAt: string | null }[];
  };
  sessions: { title: string; outcome: string | null; summary: string | null }[];
  operations: {
    runs: number;
    failed: number;
    /** What was run most, or failed, first. */
    commands: { command: string; runs: number; failed: number }[];
  };
  backups: { made: number; notComplete: string[]; bytes: number } | null;
  /** What could not be read, as sentences. */
  left: string[];
}

/** A backup as `backup list` tells of it. */
export interface ListedBackup {
  category: string;
  createdAt: string;
  bytes: number;
  state: string;
  belongs?: string;
}

const noAlerts = { watched: false, blind: [], raised: 0, critical: 0, open: 0, list: [] };

/** @param backups null: no plugin makes them */
export async function digestContent(
  state: string,
  period: Period,
  backups: () => Promise<readonly ListedBackup[] | null>,
): Promise<DigestContent> {
  const left: string[] = [];
  const reading = async <T>(what: string, none: T, read: () => Promise<T> | T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      left.push(`${what} could not be read: ${clauseOf(messageOf(error))}.`);
      return none;
    }
  };
  return {
    alerts: await reading('The alerts', noAlerts, () =>
      alertsIn(state, period, (message) => left.push(message)),
    ),
    sessions: await reading('The changelog', [], () => sessionsIn(state, period)),
    operations: await reading('The operations log', { runs: 0, failed: 0, commands: [] }, () =>
      operationsIn(state, period),
    ),
    backups: await reading('The backups', null, async () => backupsIn(await backups(), period)),
    left,
  };
}

function isIn({ from, to }: Period, time: string | null): boolean {
  const at = Date.parse(time ?? '');
  return at >= from.getTime() && at < to.getTime();
}

async function alertsIn(
  state: string,
  period: Period,
  onBroken: (message: string) => void,
): Promise<DigestContent['alerts']> {
  const lives = await alertLives(state, onBroken);
  const end = period.to.getTime();
  const raised = lives.filter(({ since }) => isIn(period, since));
  const open = lives.filter(
    ({ since, resolvedAt }) =>
      Date.parse(since) < end && (resolvedAt === null || Date.parse(resolvedAt) >= end),
  );
  const blind: DigestContent['alerts']['blind'] = [];
  for await (const entry of readEntries(alertFiles(state).journal, () => undefined))
    if (!isTransition(entry) && entry.type === 'blind' && isIn(period, entry.at))
      blind.push({ until: entry.at, ms: entry.ms });
  return {
    watched: new History(state).lanes({ since: period.from, until: period.to }).length > 0,
    blind,
    raised: raised.length,
    critical: raised.filter(({ level }) => level === 'critical').length,
    open: open.length,
    list: [...new Set([...open, ...raised])].map(({ id, level, title, since, resolvedAt }) => ({
      ...{ id, level, title, since, resolvedAt },
    })),
  };
}

function sessionsIn(state: string, period: Period): DigestContent['sessions'] {
  if (!isThere(join(state, 'changelog'))) return [];
  return openChangelog(state)
    .sessions()
    .filter(({ started_at, closed_at }) => isIn(period, started_at) || isIn(period, closed_at))
    .map(({ title, outcome, summary }) => ({ title, outcome, summary }));
}

/** What only looks, again and again, tells nothing of a day. */
const failures = new Set(['ERROR']);

async function operationsIn(state: string, period: Period): Promise<DigestContent['operations']> {
  const path = join(state, 'om-ops.log');
  const files = isThere(path) ? [path, ...(await rotatedFiles(path))] : [];
  const byCommand = new Map<string, { command: string; runs: number; failed: number }>();
  for (const file of files) {
    const lines = createInterface({ input: createReadStream(file, 'utf8') });
    for await (const line of lines) {
      const parsed = parseLogLine(line);
      // A warning is a line of its own, and no run.
      if (parsed === undefined || parsed.details.startsWith('warning=')) continue;
      if (!isIn(period, parsed.time)) continue;
      const { command } = parsed;
      const one = byCommand.get(command) ?? { command, runs: 0, failed: 0 };
      byCommand.set(command, one);
      one.runs += 1;
      if (failures.has(parsed.level)) one.failed += 1;
    }
  }
  const commands = [...byCommand.values()].sort(
    (one, other) => other.failed - one.failed || other.runs - one.runs,
  );
  const sum = (key: 'runs' | 'failed') => commands.reduce((total, one) => total + one[key], 0);
  return { runs: sum('runs'), failed: sum('failed'), commands };
}

function backupsIn(all: readonly ListedBackup[] | null, period: Period): DigestContent['backups'] {
  if (all === null) return null;
  const made = all.filter(
    ({ createdAt, belongs }) => isIn(period, createdAt) && belongs !== 'other',
  );
  return {
    made: made.length,
    notComplete: made
      .filter(({ state }) => state !== 'complete')
      .map(({ category, state }) => `${category}: ${state}`),
    bytes: made.reduce((total, { bytes }) => total + bytes, 0),
  };
}
