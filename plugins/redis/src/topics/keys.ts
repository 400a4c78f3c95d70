import { setTimeout as pause } from 'node:timers/promises';
import type { Progress } from '@om-ops/kit';
import { type RedisClient, RedisError, type Reply } from '../server/client.ts';

export const keyOrders = ['bytes', 'elements', 'idle'] as const;

export interface KeyFacts {
  /** As text; bytes that are none are written as \xNN. */
  key: string;
  type: string;
  bytes: number | null;
  elements: number | null;
  idleSeconds: number | null;
  /** Null: it stays for ever. */
  ttlSeconds: number | null;
}

export interface PrefixFacts {
  prefix: string;
  keys: number;
  bytes: number;
  /** Without an end. */
  forever: number;
}

export interface Keys {
  scanned: number;
  /** Not all were looked at (`--max-keys`). */
  cut: boolean;
  keys: KeyFacts[];
  prefixes: PrefixFacts[];
}

export interface ScanOptions {
  pattern: string;
  /** Between two batches, so that others are served meanwhile. */
  paceMs: number;
  most: number;
  progress: Progress;
}

/** Batches of keys that match, each once. */
export async function* scanned(
  client: RedisClient,
  { pattern, paceMs, most, progress }: ScanOptions,
): AsyncGenerator<Buffer[]> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    progress.signal.throwIfAborted();
    const [next, keys] = (await client.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 500)) as [
      Buffer,
      Buffer[],
    ];
    cursor = next.toString();
    // While the table grows or shrinks, a key may come twice.
    const fresh = keys.filter((key) => {
      const name = key.toString('latin1');
      if (seen.has(name)) return false;
      seen.add(name);
      return true;
    });
    progress.report({ detail: `${seen.size} keys` });
    if (fresh.length > 0) yield fresh.slice(0, Math.max(0, most - (seen.size - fresh.length)));
    if (seen.size >= most) return;
    if (paceMs > 0) await pause(paceMs, undefined, { signal: progress.signal });
  } while (cursor !== '0');
}

const sizes: Record<string, string> = {
  string: 'STRLEN',
  list: 'LLEN',
  set: 'SCARD',
  zset: 'ZCARD',
  hash: 'HLEN',
  stream: 'XLEN',
};

export async function lookAtKeys(
  client: RedisClient,
  options: ScanOptions & { top: number; by: (typeof keyOrders)[number]; depth: number },
): Promise<Keys> {
  const { by, top, depth, most } = options;
  const prefixes = new Map<string, PrefixFacts>();
  let best: KeyFacts[] = [];
  let count = 0;
  for await (const batch of scanned(client, options)) {
    const replies = await client.pipeline(
      batch.flatMap((key) => [
        ['TYPE', key],
        ['MEMORY', 'USAGE', key],
        ['TTL', key],
        ['OBJECT', 'IDLETIME', key],
      ]),
    );
    const types = batch.map((_, at) => textOf(replies[at * 4]));
    const lengths = await client.pipeline(
      batch.map((key, at) => [sizes[types[at] ?? ''] ?? 'EXISTS', key]),
    );
    for (const [at, key] of batch.entries()) {
      const [bytes, ttl, idle] = [
        replies[at * 4 + 1],
        replies[at * 4 + 2],
        replies[at * 4 + 3],
      ].map(numberOf);
      // It went meanwhile.
      if (types[at] === 'none') continue;
      count += 1;
      const facts: KeyFacts = {
        key: keyText(key),
        type: types[at] ?? '',
        bytes: bytes ?? null,
        elements: sizes[types[at] ?? ''] === undefined ? null : (numberOf(lengths[at]) ?? null),
        idleSeconds: idle ?? null,
        ttlSeconds: ttl === undefined || ttl < 0 ? null : ttl,
      };
      best.push(facts);
      const prefix = prefixOf(facts.key, depth);
      const sum = prefixes.get(prefix) ?? { prefix, keys: 0, bytes: 0, forever: 0 };
      sum.keys += 1;
      sum.bytes += facts.bytes ?? 0;
      if (facts.ttlSeconds === null) sum.forever += 1;
      prefixes.set(prefix, sum);
    }
    if (best.length > 20 * top) best = largest(best, by, top);
  }
  return {
    scanned: count,
    cut: count >= most,
    keys: largest(best, by, top),
    prefixes: [...prefixes.values()]
      .toSorted((one, other) => other.bytes - one.bytes)
      .slice(0, top),
  };
}

function largest(
  keys: readonly KeyFacts[],
  by: (typeof keyOrders)[number],
  top: number,
): KeyFacts[] {
  const value = ({ bytes, elements, idleSeconds }: KeyFacts) =>
    ({ bytes, elements, idle: idleSeconds })[by] ?? -1;
  return keys.toSorted((one, other) => value(other) - value(one)).slice(0, top);
}

function textOf(reply: Reply | undefined): string {
  return Buffer.isBuffer(reply) ? reply.toString() : '';
}

function numberOf(reply: Reply | undefined): number | undefined {
  return typeof reply === 'number' ? reply : undefined;
}

/** The parts before the last `:`, at most so many; of a key without one, the key itself. */
export function prefixOf(key: string, depth: number): string {
  const parts = key.split(':');
  return parts.length === 1
    ? key
    : `${parts.slice(0, Math.min(depth, parts.length - 1)).join(':')}:*`;
}

export function keyText(key: Buffer): string {
  const text = key.toString('utf8');
  return Buffer.from(text).equals(key)
    ? text
    : key
        .toString('latin1')
        .replace(
          /[^\x20-\x7e]/g,
          (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
        );
}

/** @throws RedisError */
export function sound(reply: Reply | undefined): Reply {
  if (reply instanceof RedisError) throw reply;
  return reply ?? null;
}
