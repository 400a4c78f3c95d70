import { createHash } from 'node:crypto';
import { findTokens, looksSecretSetting } from '@om-ops/kit';
import { asBytes } from '../scan/chunks.ts';
import { countLines, type Feed } from '../scan/feed.ts';

/** A secret in a log: where, and never what. */
export interface FoundSecret {
  source: string;
  file: string;
  /** Counted from 1; of what is no file, from the first line that was read. */
  line: number;
  /** `the value of DB_PASSWORD`, `a token of GitHub`. */
  kind: string;
  /** The begin of a hash: the same secret has the same one. */
  fingerprint: string;
}

export interface SecretSearch {
  found: FoundSecret[];
  lines: number;
  /** What was found, for who takes it out. Never shown. */
  values: Map<string, Set<string>>;
}

/** Values of env files, by key. */
export type KnownValues = ReadonlyMap<string, string>;

/** Whatever may hold one, in few words. */
const hints =
  /pass(?:word|wd|phrase)?|secret|token|api[_-]?key|credential|private[_-]?key|access[_-]?key|auth|:\/\/[^\s/:@]{1,64}:[^\s/@]{3,}@|eyJ|AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|npm_|[rs]k_|whsec_|sk-|xox|AIza|SG\.|hf_|hooks\.slack|webhooks\/|bot\d|-----BEGIN /gi;

/**
 * Secrets in logs: first the very values of the env files, then tokens that tell by their form what they are, then
 * values of keys that speak of secrets, if they look made up.
 */
export async function findSecrets(
  feeds: AsyncIterable<Feed>,
  known: KnownValues,
): Promise<SecretSearch> {
  const search: SecretSearch = { found: [], lines: 0, values: new Map() };
  const values = [...known].map(([key, value]) => ({
    kind: `the value of ${key}`,
    value: asBytes(value),
  }));
  for await (const { source, name, chunks } of feeds) {
    let before = 0;
    for await (const chunk of chunks) {
      for (const { at, kind, value } of secretsIn(chunk, values)) {
        search.found.push({
          source,
          file: name,
          line: before + countLines(chunk.slice(0, at)) + 1,
          kind,
          fingerprint: createHash('sha256').update(value, 'latin1').digest('hex').slice(0, 8),
        });
        const own = Buffer.from(value, 'latin1').toString('latin1');
        search.values.set(name, (search.values.get(name) ?? new Set()).add(own));
      }
      before += countLines(chunk);
    }
    search.lines += before;
  }
  return search;
}

interface Hit {
  at: number;
  kind: string;
  value: string;
}

/** In the order of their places; a place counts once, for the surest. */
export function secretsIn(
  chunk: string,
  values: readonly { kind: string; value: string }[],
): Hit[] {
  const hits: Hit[] = [];
  const isTaken = (at: number, length: number) =>
    hits.some((one) => at < one.at + one.value.length && one.at < at + length);
  for (const { kind, value } of values)
    for (let at = chunk.indexOf(value); at !== -1; at = chunk.indexOf(value, at + value.length))
      if (isWord(chunk, at, value.length)) hits.push({ at, kind, value });
  for (const { start, line } of hintedLines(chunk)) {
    for (const { kind, value, at } of findTokens(line)) {
      const place = kind === 'a private key' ? line.indexOf(value, at) : at;
      if (!isTaken(start + place, value.length)) hits.push({ at: start + place, kind, value });
    }
    for (const { at, kind, value } of assigned(line))
      if (!isTaken(start + at, value.length)) hits.push({ at: start + at, kind, value });
  }
  return hits.sort((a, b) => a.at - b.at);
}

/** `4711` within `147110` is another number. */
function isWord(chunk: string, at: number, length: number): boolean {
  return !/\w/.test(chunk[at - 1] ?? ' ') && !/\w/.test(chunk[at + length] ?? ' ');
}

function* hintedLines(chunk: string): Generator<{ start: number; line: string }> {
  hints.lastIndex = 0;
  for (let hit = hints.exec(chunk); hit !== null; hit = hints.exec(chunk)) {
    const start = chunk.lastIndexOf('\n', hit.index) + 1;
    const end = chunk.indexOf('\n', hit.index);
    // A private key goes over many lines; its first says enough.
    const isKey = hit[0].startsWith('-----BEGIN');
    const stop = isKey ? Math.min(chunk.length, hit.index + 400) : end === -1 ? chunk.length : end;
    hints.lastIndex = end === -1 ? chunk.length : Math.max(end, hit.index + 1);
    yield { start, line: chunk.slice(start, Math.min(stop, start + 65_536)) };
  }
}

const assignment = /([A-Za-z][\w.-]{1,60})["']?\s*(?:=|:\s?|=>)\s*["']?([^\s"',;&)}\]<>]{8,200})/g;
const inAddress = /:\/\/[^\s/:@]{1,64}:([^\s/@]{3,100})@/g;
/** Hidden already, or a place for one. */
const hidden =
  /^(?:\*+|x{4,}|<[^>]*>?|\[?redacted\]?|\$\{?\w+\}?|null|undefined|true|false|none|required|missing|invalid|expired)$/i;

function* assigned(line: string): Generator<Hit> {
  for (const match of line.matchAll(assignment)) {
    const [whole, key = '', value = ''] = match;
    if (!looksSecretSetting(key) || hidden.test(value) || !isMadeUp(value)) continue;
    yield { at: match.index + whole.lastIndexOf(value), kind: `a value of ${key}`, value };
  }
  for (const match of line.matchAll(inAddress)) {
    const [whole, value = ''] = match;
    if (hidden.test(value) || value.includes('REDACTED')) continue;
    yield {
      at: match.index + whole.lastIndexOf(`:${value}@`) + 1,
      kind: 'a password in an address',
      value,
    };
  }
}

/** Words and sentences are none: a secret has letters and digits or signs, and few that come twice. */
function isMadeUp(value: string): boolean {
  if (!/[0-9]|[^\w]/.test(value) || /^\d{1,12}$/.test(value) || value.includes('REDACTED'))
    return false;
  const counts = new Map<string, number>();
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / value.length) * Math.log2(count / value.length);
  return bits >= 2.5;
}
