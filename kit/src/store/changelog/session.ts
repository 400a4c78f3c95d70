import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromSystemError, OpsError, systemCode } from '../../errors.ts';
import { writeFileAtomicSync } from '../atomic.ts';
import { isThere } from '../folders.ts';
import { isoWithOffset } from '../time.ts';
import { type Claim, claimIn } from './claims.ts';
import { isRecord, nullableText } from './entry.ts';

export const sessionScopes = ['prod', 'server', 'front-end', 'mixed'] as const;
export type SessionScope = (typeof sessionScopes)[number];

/** A work session, as in session.json, in index.json and in results. Times are ISO 8601 with offset. */
export interface Session {
  session_id: string;
  title: string;
  status: 'ACTIVE' | 'CLOSED';
  started_at: string;
  closed_at: string | null;
  entry_count: number;
  tags: string[];
  scope: string;
  summary: string | null;
  outcome: string | null;
  /** The session's folder. */
  path: string;
}

/** A change to the files of a session by somebody else, as om-ops came upon it. */
export interface Break {
  /** `end`, also when absent: the journal ended otherwise than om-ops had left it. `header`: no session.json. */
  kind?: 'end' | 'header';
  noticed_at: string;
  expected_count: number;
  expected_head: string | null;
  found_count: number;
  found_head: string | null;
}

/** A session with what only the store needs to know. */
export interface SessionFile {
  session: Session;
  folder: string;
  /** The hash of the last entry when the header was written; null while nothing is chained. */
  head: string | null;
  breaks: Break[];
  /** Entries that the original tool kept in session.json, if they are still there. */
  oldEntries: unknown[] | null;
  /** What else session.json holds: it is kept. */
  extra: Record<string, unknown>;
  /** What session.json and meta.json say, each by itself. */
  claims: Claim[];
  /** Of session.json. Fields that it does not tell come from meta.json, or the folder's name. */
  header: 'there' | 'missing' | 'damaged';
  /** Neither session.json nor meta.json can be read; the fields are guessed from the folder's name. */
  isGuessed: boolean;
  /** `old`: appends since it was written. */
  meta: 'current' | 'old' | 'missing';
}

const folderPattern = /^(.+?)__(\d\d)(\d\d)(\d\d)__(.*)$/;

/** The id in a session folder's name; undefined for other folders. */
export function sessionIdOf(folderName: string): string | undefined {
  return folderPattern.exec(folderName)?.[1];
}

export function entriesPath(folder: string): string {
  return join(folder, 'entries.jsonl');
}

/** @throws OpsError E_BAD_TITLE (exit `usage`) */
export function cleanTitle(title: string): string {
  const clean = title.replace(/\s+/gu, ' ').trim();
  if (clean === '') {
    throw new OpsError('E_BAD_TITLE', 'A session needs a title; this one is empty.', {
      exit: 'usage',
    });
  }
  return clean;
}

/** A short name for a folder, of a title in any language: `record-table-config`. */
export function slugOf(title: string): string {
  const ascii = title
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
  const slug = ascii.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return slug.slice(0, 40).replace(/-+$/, '') || 'session';
}

/** Reads a session's header. Never fails for bad content: the folder's name tells the least there is. */
export function readSession(folder: string): SessionFile {
  const mainPath = join(folder, 'session.json');
  const main = headerIn(readRecord(mainPath));
  const quick = headerIn(readRecord(join(folder, 'meta.json')));
  const fields = { ...quick, ...main };
  const [, id = basename(folder), hour = '00', minute = '00', second = '00', slug = ''] =
    folderPattern.exec(basename(folder)) ?? [];
  const named = new Date(`${basename(dirname(folder))}T${hour}:${minute}:${second}`);
  const guess = Number.isNaN(named.getTime()) ? '' : isoWithOffset(named);
  const first = (...keys: string[]): string | null => {
    for (const key of keys) if (typeof fields[key] === 'string') return fields[key];
    return null;
  };
  const oldEntries = Array.isArray(main?.entries) ? main.entries : null;
  const count = Math.max(numberOf(main?.entry_count), numberOf(quick?.entry_count));
  const session: Session = {
    session_id: first('session_id', 'id') ?? id,
    title: first('title') ?? (slug.replaceAll('-', ' ') || id),
    status: first('status')?.toUpperCase() === 'ACTIVE' ? 'ACTIVE' : 'CLOSED',
    started_at: first('started_at', 'start_time', 'created_at', 'created', 'timestamp') ?? guess,
    closed_at: first('closed_at', 'end_time', 'ended_at', 'closed'),
    entry_count: Math.max(count, oldEntries?.length ?? 0),
    tags: tagsOf(fields.tags),
    scope: first('scope') ?? 'mixed',
    summary: first('summary'),
    outcome: first('outcome'),
    path: folder,
  };
  const newer = numberOf(main?.entry_count) >= numberOf(quick?.entry_count) ? main : quick;
  const { entries: _, ...extra } = main ?? {};
  const claims = [claimIn('session.json', main), claimIn('meta.json', quick)];
  const breaks = Array.isArray(main?.breaks) ? (main.breaks as Break[]) : [];
  const head = nullableText(newer?.head);
  if (main === undefined) {
    // Whoever writes session.json anew thereby keeps on record that it was gone.
    const noticed_at = isoWithOffset(new Date());
    const known = { expected_count: count, expected_head: head };
    breaks.push({ kind: 'header', noticed_at, ...known, found_count: count, found_head: head });
  }
  return {
    session,
    folder,
    head,
    breaks,
    oldEntries,
    extra,
    claims: claims.filter((claim) => claim !== null),
    header: main !== undefined ? 'there' : isThere(mainPath) ? 'damaged' : 'missing',
    isGuessed: main === undefined && quick === undefined,
    meta: quick === undefined ? 'missing' : quick.head === main?.head ? 'current' : 'old',
  };
}

/**
 * Writes session.json, and meta.json unless this is one of many appends: then nothing waits for the
 * disk, because a session.json that a power cut takes away is made up for by meta.json and the entries.
 */
export function writeSession(
  file: SessionFile,
  { folder = file.folder, isAppend = false }: { folder?: string; isAppend?: boolean } = {},
): void {
  const { path: _, ...fields } = file.session;
  const header = {
    ...file.extra,
    ...fields,
    head: file.head,
    ...(file.breaks.length > 0 ? { breaks: file.breaks } : {}),
    ...(file.oldEntries === null ? {} : { entries: file.oldEntries }),
  };
  const text = `${JSON.stringify(header, null, 2)}\n`;
  writeFileAtomicSync(join(folder, 'session.json'), text, { sync: !isAppend });
  if (isAppend) return;
  const { summary: __, outcome: ___, ...quick } = fields;
  const quickText = `${JSON.stringify({ ...quick, head: file.head }, null, 2)}\n`;
  writeFileAtomicSync(join(folder, 'meta.json'), quickText);
}

/** The object in a JSON file; undefined when it is missing, damaged or no object. */
export function readRecord(path: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fromSystemError(error, 'read', path);
  }
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An object that says nothing a session's header says is none. */
function headerIn(record: Record<string, unknown> | undefined): typeof record {
  const keys = ['session_id', 'id', 'title', 'status', 'entry_count', 'entries'];
  return keys.some((key) => record?.[key] !== undefined) ? record : undefined;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function tagsOf(value: unknown): string[] {
  const tags = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  const texts = tags.filter((tag) => typeof tag === 'string').map((tag) => tag.trim());
  return [...new Set(texts.filter((tag) => tag !== ''))];
}
