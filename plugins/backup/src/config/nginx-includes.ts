import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nginxPieces } from './nginx-text.ts';

const include = /(?<=^|[\s;{}])include\s+(?:"([^"]*)"|'([^']*)'|([^\s;{}"']+))\s*;/g;

/**
 * The files that an nginx configuration is made of besides its first: what its `include` lines name,
 * and theirs in turn. Absolute, sorted, as they are written: links are not resolved. What cannot be
 * read includes nothing; who reads it says so.
 *
 * @param conf `/etc/nginx/nginx.conf`; relative names count from its folder, as nginx does
 */
export function nginxIncludes(conf: string): string[] {
  const folder = dirname(conf);
  const found = new Set<string>();
  const waiting = [conf];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const named of includedIn(path)) {
      for (const file of globSync(resolve(folder, named))) {
        if (file === conf || found.has(file)) continue;
        found.add(file);
        waiting.push(file);
      }
    }
  }
  return [...found].sort();
}

function includedIn(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const code = nginxPieces(text)
    .flatMap((piece) => (piece.kind === 'code' ? [piece.text] : []))
    .join('\n');
  return [...code.matchAll(include)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}
