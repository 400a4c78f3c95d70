import type { Problem, SessionVerification } from './verification.ts';

/** What a file says of a journal: how many entries there were, and the hash of the last of them. */
export interface Claim {
  /** The file's name. */
  source: string;
  entry_count: number;
  /** Undefined in rows that an om-ops before wrote into index.json: only their count is compared. */
  head: string | undefined;
  /** True: the session was closed by then, so there are no later entries. */
  isClosed: boolean;
  /** Since when index.json keeps a claim that the session's own files no longer make. */
  noticed_at?: string;
}

/** What a record claims; null when nothing was chained then, for the count alone proves nothing. */
export function claimIn(
  source: string,
  record: Record<string, unknown> | undefined,
): (Claim & { head: string }) | null {
  const { entry_count, head, status } = record ?? {};
  if (typeof head !== 'string' || typeof entry_count !== 'number') return null;
  return { source, entry_count, head, isClosed: isClosed(status) };
}

export function isClosed(status: unknown): boolean {
  return typeof status === 'string' && status.toUpperCase() === 'CLOSED';
}

/** Whether a session's own files rule out what another file claims. The journal itself is not read. */
export function contradicts(
  { entry_count, head }: { entry_count: number; head: string | null },
  claim: Claim,
): boolean {
  if (claim.head === undefined && head === null) return false;
  if (entry_count < claim.entry_count) return true;
  if (entry_count > claim.entry_count) return claim.isClosed;
  return claim.head !== undefined && claim.head !== head;
}

/** Compares the end of a journal with what is claimed of it. `hashes` has one item per line. */
export function checkClaims(
  hashes: readonly (string | null)[],
  claims: readonly Claim[],
  { problems, notes }: SessionVerification,
): void {
  const count = hashes.length;
  const add = (kind: Problem['kind'], line: number | null, message: string): void => {
    problems.push({ kind, line, message });
  };
  if (!hashes.some((hash) => hash !== null)) {
    const chained = claims.filter(({ head }) => head !== undefined);
    if (chained.length === 0) return;
    add('cut', null, `No entry is there with its hash, though ${counts(chained)}.`);
    return;
  }
  const ahead = claims.filter(({ entry_count }) => entry_count > count);
  if (ahead.length > 0) {
    if (problems.some(({ kind }) => kind === 'removed')) return;
    const missing = Math.max(...ahead.map(({ entry_count }) => entry_count)) - count;
    const are = missing === 1 ? 'entry is' : 'entries are';
    // Files that count what is there are named, too: they were changed, or put back.
    const all = claims.filter((claim) => claim.isClosed || ahead.includes(claim));
    add(
      'cut',
      null,
      `${missing} ${are} missing at the end: ${counts(all)}, entries.jsonl ${count}.`,
    );
    return;
  }
  if (problems.length > 0) return;
  for (const [, same] of Map.groupBy(claims, ({ entry_count }) => entry_count)) {
    const [first] = same;
    const line = first?.entry_count ?? 0;
    const others = same.filter(({ head }) => head !== undefined && head !== hashes[line - 1]);
    if (others.length === 0) continue;
    add(
      'replaced',
      line,
      `Entry ${line} is not the one whose hash ${names(others)} ${others.length === 1 ? 'holds' : 'hold'}: the end of the journal was rewritten.`,
    );
  }
  if (problems.length > 0) return;
  const behind = claims.filter(({ entry_count }) => entry_count < count);
  const closed = behind.filter((claim) => claim.isClosed);
  if (closed.length > 0) {
    add(
      'added',
      null,
      `Entries came after the session was closed: ${counts(closed)}, entries.jsonl ${count}.`,
    );
    return;
  }
  const header = behind.find(({ source }) => source === 'session.json');
  if (header === undefined) return;
  const newer = count - header.entry_count;
  notes.push(
    `${newer} ${newer === 1 ? 'entry is' : 'entries are'} newer than session.json, as a crash between the two writes leaves it; the next append counts them.`,
  );
}

/** `session.json and meta.json count 45, index.json counted 46 until 2026-11-22`. */
function counts(claims: readonly Claim[]): string {
  const groups = Map.groupBy(
    claims,
    ({ entry_count, noticed_at }) => `${entry_count} ${noticed_at}`,
  );
  return [...groups.values()]
    .map((group) => {
      const [{ entry_count, noticed_at } = { entry_count: 0 }] = group;
      const verb = noticed_at !== undefined ? 'counted' : group.length === 1 ? 'counts' : 'count';
      const until = noticed_at === undefined ? '' : ` until ${noticed_at}`;
      return `${names(group)} ${verb} ${entry_count}${until}`;
    })
    .join(', ');
}

function names(claims: readonly Claim[]): string {
  const sources = claims.map(({ source }) => source);
  const last = sources.pop() ?? '';
  return sources.length === 0 ? last : `${sources.join(', ')} and ${last}`;
}
