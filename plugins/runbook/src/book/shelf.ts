import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OpsError, type Site, systemCode } from '@om-ops/kit';
import { readSmallFile } from '@om-ops/kit/site';
import { runbooksSection } from '../site.ts';
import { type Book, parseBook } from './book.ts';

const ours = fileURLToPath(new URL('../../books', import.meta.url));

/** All books, by name; one of the site takes the place of ours. @throws OpsError E_PERMISSION (5) */
export async function shelf(site: Site): Promise<Book[]> {
  const { dir } = await site.section(runbooksSection);
  const books = new Map<string, Book>();
  for (const [folder, isOurs] of [
    [ours, true],
    [site.below(dir), false],
  ] as const)
    for (const name of names(folder)) {
      const path = join(folder, `${name}.md`);
      books.set(name, parseBook(name, readSmallFile(path, 'runbook'), path, isOurs));
    }
  return [...books.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[a-z0-9][a-z0-9-]*\.md$/.test(name))
      .map((name) => name.slice(0, -3));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw error;
  }
}

/** @throws OpsError E_NO_BOOK (exit 2), naming those there are */
export async function bookNamed(site: Site, name: string): Promise<Book> {
  const all = await shelf(site);
  const found = all.find((book) => book.name === name);
  if (found !== undefined) return found;
  throw new OpsError('E_NO_BOOK', `There is no runbook ${name}.`, {
    exit: 'usage',
    suggestions: [`There are: ${all.map((book) => book.name).join(', ')}`],
  });
}
