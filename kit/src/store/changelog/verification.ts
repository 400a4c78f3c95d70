import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { isThere } from '../folders.ts';
import { type JsonLine, readJsonLineBatches } from '../jsonl.ts';
import { entryHash, genesisHash } from './chain.ts';
import { type Claim, checkClaims } from './claims.ts';
import { isRecord } from './entry.ts';
import type { MissingSession } from './index-file.ts';
import { mergeOldEntries, readLines } from './migration.ts';
import { entriesPath, readSession, type SessionFile } from './session.ts';

export interface Problem {
  kind:
    | 'altered' // an entry no longer has the hash it was written with
    | 'replaced' // an entry has another hash than its successor or the header names
    | 'removed' // an entry between two others is gone
    | 'moved' // an entry stands where it does not belong
    | 'duplicated'
    | 'inserted' // an entry without a hash among chained ones
    | 'cut' // entries at the end are gone
    | 'unparsable'
    | 'added' // entries came after the session was closed
    | 'header' // session.json is gone
    | 'missing'; // the whole session is gone
  /** The line of entries.jsonl, from 1; null when the problem is not in one. */
  line: number | null;
  /** One sentence. */
  message: string;
}

export interface SessionVerification {
  session_id: string;
  title: string;
  path: string;
  /** `unchained`: written by the original tool, so there is nothing to verify. */
  status: 'ok' | 'unchained' | 'broken';
  entries: number;
  chained: number;
  unchained: number;
  /** The hash of the last entry: kept elsewhere, it proves that the chain was not made anew. */
  head: string | null;
  problems: Problem[];
  /** What is no sign of tampering and yet worth knowing: a torn last line, a header behind its entries. */
  notes: string[];
}

/** What is kept of an entry while the chain is followed. */
interface Link {
  line: number;
  offset: number;
  prev: string | null;
  hash: string | null;
  isGenuine: boolean;
  problem?: 'unparsable' | 'torn';
}

/**
 * Checks one session against its own chain, its headers and what is claimed of it elsewhere; the
 * caller read those claims before. @throws OpsError when a file cannot be read
 */
export async function verifySession(
  folder: string,
  claimsElsewhere: readonly Claim[] = [],
): Promise<SessionVerification> {
  // The header first: entries appended meanwhile are then newer than the header, which is no problem.
  const file = readSession(folder);
  const path = entriesPath(folder);
  const links: Link[] = [];
  for await (const batch of readJsonLineBatches(path)) {
    for (const line of batch) links.push(linkOf(line));
  }
  const { session } = file;
  const report: SessionVerification = {
    session_id: session.session_id,
    title: session.title,
    path: folder,
    status: 'ok',
    entries: links.filter(({ problem }) => problem !== 'torn').length,
    chained: links.filter(({ hash }) => hash !== null).length,
    unchained: 0,
    head: links.findLast(({ hash }) => hash !== null)?.hash ?? null,
    problems: [],
    notes: [],
  };
  if (links.at(-1)?.problem === 'torn') {
    links.pop();
    report.notes.push(
      'The last line is torn, as a crash leaves it; the next append moves it aside.',
    );
  }
  const firstChained = links.findIndex(({ hash }) => hash !== null);
  const unchained = firstChained < 0 ? links : links.slice(0, firstChained);
  report.unchained = unchained.length;
  noteOldEntries(file, report);
  for (const link of links) checkParsed(link, report);
  checkHeader(file, report);
  const claims = [...file.claims, ...claimsElsewhere];
  if (firstChained >= 0) {
    const prefixEnd = links[firstChained]?.offset ?? 0;
    const prefix = firstChained === 0 ? null : await sha256OfStart(path, prefixEnd);
    checkChain(links.slice(firstChained), report, {
      countMissing: Math.max(0, ...claims.map(({ entry_count }) => entry_count)) - links.length,
      genesis: genesisHash(session.session_id, prefix),
      hasPrefix: firstChained > 0,
    });
  }
  checkClaims(
    links.map(({ hash }) => hash),
    claims,
    report,
  );
  for (const { kind, noticed_at, expected_count, found_count } of file.breaks) {
    if (kind === 'header') continue;
    report.problems.push({
      kind: 'cut',
      line: null,
      message: `At ${noticed_at} om-ops found ${found_count} entries where ${expected_count} had been written, or another last one.`,
    });
  }
  if (report.problems.length > 0) report.status = 'broken';
  else if (report.chained === 0 && report.unchained > 0) report.status = 'unchained';
  return report;
}

function linkOf(line: JsonLine): Link {
  const { line: number, offset } = line;
  if (line.problem !== undefined) {
    const { problem } = line;
    return { line: number, offset, prev: null, hash: null, isGenuine: false, problem };
  }
  const { value } = line;
  if (!isRecord(value)) {
    return {
      line: number,
      offset,
      prev: null,
      hash: null,
      isGenuine: false,
      problem: 'unparsable',
    };
  }
  const { prev, hash } = value;
  if (typeof hash !== 'string') {
    return { line: number, offset, prev: null, hash: null, isGenuine: true };
  }
  // A second member of the same name would be read by others and not by us: the text must be ours.
  const isGenuine = entryHash(value) === hash && JSON.stringify(value) === line.text;
  return { line: number, offset, prev: typeof prev === 'string' ? prev : null, hash, isGenuine };
}

function noteOldEntries(file: SessionFile, report: SessionVerification): void {
  if (file.oldEntries !== null) {
    const merged = mergeOldEntries(file.oldEntries, readLines(entriesPath(file.folder)));
    if (report.entries === 0) {
      report.entries = merged.count;
      report.unchained = merged.count;
    }
    report.notes.push('session.json still holds entries of the original tool.');
  }
  if (Array.isArray(file.extra.unmigrated_entries)) {
    report.notes.push(
      'session.json holds, under unmigrated_entries, old entries that came after chained ones.',
    );
  }
}

function checkParsed(link: Link, { problems }: SessionVerification): void {
  if (link.problem !== 'unparsable') return;
  problems.push({
    kind: 'unparsable',
    line: link.line,
    message: `Line ${link.line} is not an entry: it cannot be parsed.`,
  });
}

function checkChain(
  links: readonly Link[],
  { problems }: SessionVerification,
  {
    countMissing,
    genesis,
    hasPrefix,
  }: { countMissing: number; genesis: string; hasPrefix: boolean },
): void {
  const lineOf = new Map<string, number>();
  for (const { hash, line } of links)
    if (hash !== null && !lineOf.has(hash)) lineOf.set(hash, line);
  let before: { hash: string | null; line: number } = { hash: genesis, line: 0 };
  const seen = new Set<string>();
  const add = (kind: Problem['kind'], line: number, message: string): void => {
    problems.push({ kind, line, message });
  };
  for (const link of links) {
    const { line, hash, prev } = link;
    if (hash === null) {
      if (link.problem === undefined)
        add('inserted', line, `The entry in line ${line} has no hash: om-ops did not write it.`);
      // What came before an unreadable line is unknown to the one after it.
      if (link.problem !== undefined) before = { hash: null, line };
      continue;
    }
    if (!link.isGenuine)
      add('altered', line, `The entry in line ${line} was altered after it was written.`);
    if (seen.has(hash)) {
      add(
        'duplicated',
        line,
        `The entry in line ${line} is a copy of the one in line ${lineOf.get(hash)}.`,
      );
      continue;
    }
    seen.add(hash);
    if (before.hash !== null && prev !== before.hash) {
      const belongsAfter = prev === genesis ? 0 : prev === null ? undefined : lineOf.get(prev);
      if (belongsAfter !== undefined) {
        const place = belongsAfter === 0 ? 'at the beginning' : `after line ${belongsAfter}`;
        add('moved', line, `The entry in line ${line} is out of order: it belongs ${place}.`);
      } else if (before.line === 0) {
        add(
          hasPrefix ? 'altered' : 'removed',
          line,
          hasPrefix
            ? `The unchained entries before line ${line} were altered, removed or added to.`
            : `The entry in line ${line} is not the first one of this session: entries before it were removed.`,
        );
      } else if (countMissing > 0) {
        add('removed', line, `Between lines ${before.line} and ${line} an entry was removed.`);
      } else {
        add(
          'replaced',
          before.line,
          `The entry in line ${before.line} was replaced, its hash too: line ${line} follows another one.`,
        );
      }
    }
    before = { hash, line };
  }
}

function checkHeader(
  { header, isGuessed, breaks }: SessionFile,
  report: SessionVerification,
): void {
  const add = (message: string): void => {
    report.problems.push({ kind: 'header', line: null, message });
  };
  if (isGuessed) add(`session.json is ${header}, and meta.json cannot be read either.`);
  else if (header !== 'there')
    add(`session.json is ${header}: what is known of this session comes from meta.json.`);
  else
    for (const { kind, noticed_at } of breaks)
      if (kind === 'header')
        add(
          `session.json was missing or damaged at ${noticed_at}, and was made anew from meta.json.`,
        );
  if (!isGuessed && report.chained > 0 && !isThere(join(report.path, 'meta.json')))
    report.notes.push('meta.json is missing; the next list or report makes it anew.');
}

/** SHA-256, in hex, of the first `end` bytes of a file and what follows them. */
export async function sha256OfStart(path: string, end: number, suffix = ''): Promise<string> {
  const hash = createHash('sha256');
  if (end > 0)
    for await (const chunk of createReadStream(path, { end: end - 1 })) hash.update(chunk);
  return hash.update(suffix).digest('hex');
}

/** What is said of a session whose folder is gone. */
export function missingVerification(gone: MissingSession): SessionVerification {
  const { session_id, title, path, entry_count, status, noticed_at } = gone;
  const known =
    status === 'CLOSED'
      ? `its ${entry_count} ${entry_count === 1 ? 'entry' : 'entries'}`
      : entry_count > 0
        ? `at least ${entry_count} ${entry_count === 1 ? 'entry' : 'entries'}`
        : 'an unknown number of entries';
  return {
    session_id,
    title,
    path,
    status: 'broken',
    entries: 0,
    chained: 0,
    unchained: 0,
    head: null,
    problems: [
      {
        kind: 'missing',
        line: null,
        message: `The whole session is gone, with ${known}, and was not pruned: missed since ${noticed_at.slice(0, 10)}.`,
      },
    ],
    notes: [],
  };
}
