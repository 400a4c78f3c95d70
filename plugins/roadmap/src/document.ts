import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { fromSystemError, OpsError, systemCode } from '@om-ops/kit';

/** A milestone as its file has it, with all that om-ops does not know. */
export type RawMilestone = Record<string, unknown>;

/** A file of milestones: om-ops' own, the original's, or one to be imported. */
export interface RoadmapDocument {
  path: string;
  /** The file itself, where links lead, and its permissions; null when there is none yet. */
  file: { real: string; mode: number; text: string } | null;
  records: readonly RawMilestone[];
  /** The file's text with other milestones, everything else in it as it was. */
  textWith(records: readonly RawMilestone[]): string;
}

/** More than a hundred thousand milestones with long notes. */
const mostBytes = 64 * 1024 * 1024;

/** Where files of others may keep their milestones. */
const listKeys = ['milestones', 'roadmap', 'items'];

export const expectedShape =
  'Expected: {"milestones": [{"id": "…", "title": "…", "status": "planned|in_progress|complete|blocked", "percent": 0}]}';

/** What a file that is no roadmap is refused with, and what to do about it. */
export interface Refusal {
  exit: 'failed' | 'usage';
  suggestions: readonly string[];
}

/** @throws OpsError E_ROADMAP_FILE, naming the file and what was expected */
export function refused(path: string, why: string, { exit, suggestions }: Refusal): OpsError {
  return new OpsError('E_ROADMAP_FILE', `${path} is no roadmap: ${why}. It was left as it is.`, {
    exit,
    suggestions: [expectedShape, ...suggestions],
  });
}

/**
 * Reads a file of milestones, whichever of the shapes it has: a list; an object with a list, or with an object
 * of milestones by their id, under `milestones`, `roadmap` or `items`. One that does not exist has none.
 *
 * @throws OpsError E_ROADMAP_FILE, E_PERMISSION (exit 5), E_IO
 */
export function readDocument(path: string, refusal: Refusal): RoadmapDocument {
  const file = readText(path, refusal);
  if (file === null) {
    return { path, file, records: [], textWith: (records) => written({ milestones: records }) };
  }
  let value: unknown;
  try {
    value = JSON.parse(file.text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const isEmpty = file.text.trim() === '';
    throw refused(path, isEmpty ? 'it is empty' : `it is not JSON${placeOf(error)}`, refusal);
  }
  const { records, rest } = recordsIn(path, value, refusal);
  return { path, file, records, textWith: (changed) => written(rest(changed)) };
}

/** Where it stopped to be JSON. The rest of the message holds a piece of the file. */
function placeOf(error: unknown): string {
  const place = /\(line \d+ column \d+\)/.exec(error instanceof Error ? error.message : '');
  return place === null ? ', or ends too early' : ` ${place[0]}`;
}

function written(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

interface Found {
  records: readonly RawMilestone[];
  /** The whole value with other milestones. */
  rest(records: readonly RawMilestone[]): unknown;
}

function recordsIn(path: string, value: unknown, refusal: Refusal): Found {
  if (Array.isArray(value)) {
    return { records: checkedList(path, 'the list', value, refusal), rest: (records) => records };
  }
  if (!isRecord(value)) throw refused(path, 'it holds neither an object nor a list', refusal);
  const key = listKeys.find((name) => Object.hasOwn(value, name));
  if (key === undefined) {
    if (Object.keys(value).length === 0) {
      return { records: [], rest: (records) => ({ milestones: records }) };
    }
    throw refused(path, 'it has no "milestones"', refusal);
  }
  const held = value[key];
  if (Array.isArray(held)) {
    const records = checkedList(path, `"${key}"`, held, refusal);
    return { records, rest: (changed) => ({ ...value, [key]: changed }) };
  }
  if (!isRecord(held)) throw refused(path, `"${key}" is neither a list nor an object`, refusal);
  return {
    records: checkedList(path, `"${key}"`, Object.values(held), refusal).map((record, at) => ({
      id: Object.keys(held)[at],
      ...record,
    })),
    rest: (changed) => ({
      ...value,
      [key]: Object.fromEntries(changed.map((record) => [String(record.id), record])),
    }),
  };
}

function checkedList(
  path: string,
  where: string,
  list: readonly unknown[],
  refusal: Refusal,
): RawMilestone[] {
  return list.map((item, at) => {
    if (isRecord(item)) return item;
    throw refused(path, `entry ${at + 1} of ${where} is no object`, refusal);
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Never waits, as opening a FIFO would until somebody writes to it. */
function readText(path: string, refusal: Refusal): RoadmapDocument['file'] {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && isMissing(path)) return null;
    if (systemCode(error) === 'ENXIO') throw refused(path, 'it is no file', refusal);
    throw fromSystemError(error, 'read', path);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      throw refused(path, stat.isDirectory() ? 'it is a folder' : 'it is no file', refusal);
    }
    if (stat.size > mostBytes) throw refused(path, 'it is larger than 64 MiB', refusal);
    const bytes = readFileSync(fd);
    const text = textOf(bytes);
    if (text === null) throw refused(path, 'it is no UTF-8 text', refusal);
    return { real: realpathSync(path), mode: stat.mode & 0o777, text };
  } catch (error) {
    throw fromSystemError(error, 'read', path);
  } finally {
    closeSync(fd);
  }
}

/** A link to nothing is there, and is not to be replaced by a file. */
function isMissing(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
