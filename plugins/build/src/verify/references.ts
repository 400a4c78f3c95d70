import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { CountedFile } from '../parts/census.ts';
import type { Part } from '../parts/part.ts';
import type { Finding } from './verify.ts';

const tag = /<(script|link)\b[^>]*>/gi;
const attribute = (name: string) =>
  new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i');
const source = attribute('src');
const target = attribute('href');
const relation = attribute('rel');
/** What a build gives to a file so that browsers may keep it for ever. */
const hashed = /[-.][A-Za-z0-9_-]{8,}\.(?:js|mjs|css)$/;

/**
 * Scripts and styles that the pages of a front end name and that are not there. What may come from
 * elsewhere (another host, another part of the site) is left alone: only what lies in a folder that the
 * build has made, or has the name that a build gives, is surely meant to be here.
 */
export function lostReferences({ name, dist }: Part, files: readonly CountedFile[]): Finding[] {
  const there = new Set(files.map(({ path }) => path));
  const folders = new Set(files.map(({ path }) => dirname(path)));
  const findings: Finding[] = [];
  for (const { path, bytes } of files) {
    if (extname(path) !== '.html' || bytes > 4 * 1024 * 1024) continue;
    const page = readFileSync(path, 'utf8');
    for (const match of page.matchAll(tag)) {
      const wanted = referenceOf(match[0]);
      if (wanted === undefined) continue;
      const places = placesOf(wanted, { page: path, dist });
      if (places.some((one) => there.has(one))) continue;
      const isOurs = places.some((one) => dirname(one) !== dist && folders.has(dirname(one)));
      if (!isOurs && !hashed.test(wanted)) continue;
      const line = page.slice(0, match.index).split('\n').length;
      findings.push({
        part: name,
        kind: 'reference',
        path,
        line,
        message: `It loads ${wanted}, and there is no such file.`,
      });
    }
  }
  return findings;
}

function referenceOf(html: string): string | undefined {
  const isScript = /^<script/i.test(html);
  if (!isScript && !/^(?:stylesheet|modulepreload)$/i.test(attributeOf(relation, html) ?? ''))
    return undefined;
  const url = attributeOf(isScript ? source : target, html);
  if (url === undefined || url === '' || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(url))
    return undefined;
  return url.split(/[?#]/)[0];
}

function attributeOf(pattern: RegExp, html: string): string | undefined {
  const [, double, single, bare] = pattern.exec(html) ?? [];
  return double ?? single ?? bare;
}

/** Where a reference may lead: nobody says below which path the site serves dist. */
function placesOf(url: string, { page, dist }: { page: string; dist: string }): string[] {
  if (!url.startsWith('/')) return [join(dirname(page), url), join(dist, url)];
  const parts = url.split('/').filter((part) => part !== '');
  return parts.map((_, at) => join(dist, ...parts.slice(at)));
}
