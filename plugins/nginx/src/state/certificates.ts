import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, systemCode } from '@om-ops/kit';
import type { Configuration } from '../config/configuration.ts';
import { type Node, named, placeOf, wordsOf } from '../config/configuration.ts';
import { utf8 } from '../routing/effective.ts';
import type { Server } from '../routing/servers.ts';

/** A certificate on the disk that the site's servers show. */
export interface Certificate {
  path: string;
  from: string;
  /** ISO 8601; null: it could not be read. */
  validTo: string | null;
  daysLeft: number | null;
  names: readonly string[];
  /** SHA-256; null: it could not be read. */
  fingerprint: string | null;
  /** Why it could not be read. */
  problem: string | null;
  /** It is another user's, which says nothing of it. */
  isForbidden: boolean;
}

const day = 24 * 3600 * 1000;

/** Those of the servers, each file once. One whose name holds a variable is known only when it is asked for. */
export function certificatesOf(
  { conf, main }: Configuration,
  servers: readonly Server[],
  now: Date,
): Certificate[] {
  const found = new Map<string, Certificate>();
  const outer = named(main, 'http');
  for (const node of servers.flatMap((server) => certificateNodes(server, outer))) {
    const written = utf8(wordsOf(node)[0] ?? '');
    if (written.includes('$') || written.startsWith('data:') || written.startsWith('engine:'))
      continue;
    const path = written.startsWith('/') ? written : `${dirname(conf)}/${written}`;
    if (!found.has(path)) found.set(path, certificateAt(path, placeOf(node), now));
  }
  return [...found.values()];
}

function certificateNodes({ node, listens }: Server, outer: readonly Node[]): Node[] {
  if (!listens.some(({ isSsl }) => isSsl)) return [];
  const own = named(node.children, 'ssl_certificate');
  return own.length > 0 ? own : outer.flatMap(({ children }) => named(children, 'ssl_certificate'));
}

function certificateAt(path: string, from: string, now: Date): Certificate {
  try {
    // Of a chain the first is the server's own.
    const certificate = new X509Certificate(readFileSync(path));
    const validTo = new Date(certificate.validTo);
    const names = (certificate.subjectAltName ?? '')
      .split(/,\s*/)
      .map((one) => one.replace(/^\w+:/, ''));
    return {
      path,
      from,
      validTo: validTo.toISOString(),
      daysLeft: Math.floor((validTo.getTime() - now.getTime()) / day),
      names: names.filter((name) => name !== ''),
      fingerprint: certificate.fingerprint256,
      problem: null,
      isForbidden: false,
    };
  } catch (error) {
    const code = systemCode(error);
    const problem =
      code === 'ENOENT'
        ? 'it does not exist'
        : code === 'EACCES'
          ? 'it may not be read by this user'
          : messageOf(error);
    return {
      path,
      from,
      validTo: null,
      daysLeft: null,
      names: [],
      fingerprint: null,
      problem,
      isForbidden: code === 'EACCES',
    };
  }
}
