import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page, Site } from '@om-ops/kit';
import { readLog } from '@om-ops/kit';
import { printable, printableName } from '@om-ops/kit/text';
import { fieldOf } from './again.ts';
import type { Choice } from './choice.ts';
import { typedLine } from './command-line.ts';
import { flowed } from './fitted.ts';
import { meaningOf, type Ran } from './ran.ts';
import { isGuarded } from './rows.ts';

export type Wish = 'back' | 'again' | 'dry-run' | 'do' | 'copy' | 'page' | 'why' | 'script';

export interface Result {
  choice: Choice;
  ran: Ran;
  isDryRun: boolean;
  /** Whether it may be done in earnest now. */
  mayApply: boolean;
  /** The pages of the command's plugin that are there, absolute. */
  pages: readonly string[];
}

interface Offer {
  keys: readonly string[];
  wish: Wish;
  says: string;
}

/** What can be done with a result, in the order it is offered. */
export function offersOf({ choice, ran, isDryRun, mayApply, pages }: Result): Offer[] {
  const offers: (Offer | false)[] = [
    { keys: ['return', 'enter', 'escape', 'left', '0'], wish: 'back', says: 'Enter back' },
    mayApply && {
      keys: ['a'],
      wish: 'do',
      says: isGuarded(choice) ? 'a apply (asks for YES APPLY)' : 'a apply',
    },
    { keys: ['r'], wish: 'again', says: 'r again' },
    !isDryRun && choice.hasDryRun && { keys: ['d'], wish: 'dry-run', says: 'd dry run' },
    { keys: ['y'], wish: 'copy', says: 'y copy command' },
    pages.length > 0 && { keys: ['o'], wish: 'page', says: 'o page' },
    ran.exit !== 0 && { keys: ['e'], wish: 'why', says: `e why (exit ${ran.exit})` },
    { keys: ['l'], wish: 'script', says: 'l what ran' },
  ];
  return offers.filter((offer) => offer !== false);
}

export function offerLines(offers: readonly Offer[], columns: number): string[] {
  return flowed(
    offers.map(({ says }) => says),
    Math.max(1, columns - 1),
  );
}

export function answersOf(offers: readonly Offer[]): Map<string, Wish> {
  return new Map(offers.flatMap(({ keys, wish }) => keys.map((key) => [key, wish] as const)));
}

export function pagesThere(pages: readonly Page[], { state }: Site): string[] {
  return pages.map(({ path }) => join(state, path)).filter((path) => existsSync(path));
}

export function pagesText(pages: readonly string[]): string {
  return pages
    .map((path) => `${printableName(path)}\n  ${pathToFileURL(path).href}\n`)
    .join('')
    .concat('From another machine: fetch it with scp, or see om-ops git push-summary.\n');
}

/** Terminals that know it put this into the clipboard, also through ssh; the others ignore it. */
export function copyText({ line: words }: Ran): string {
  const line = typedLine(words);
  const copied = Buffer.from(line).toString('base64');
  return `\u001b]52;c;${copied}\u0007Given to the terminal's clipboard, if it lets programs do that:\n${line}\n`;
}

/** What an exit code means, and what the log says of this run. */
export function whyText({ ran }: Result, { state }: Site): string {
  const lines = loggedOf(ran, state);
  return [meaningOf(ran.exit), ...lines, 'More: om-ops log show --lines 20', ''].join('\n');
}

function loggedOf({ argv, startedAt }: Ran, state: string): string[] {
  try {
    const found = readLog(join(state, 'om-ops.log'), { lines: 20, since: secondOf(startedAt) });
    return found
      .filter(({ command }) => typedLine(argv).startsWith(typedLine(command.split(':'))))
      .flatMap(({ details }) => {
        const warning = fieldOf(details, 'warning');
        const message = fieldOf(details, 'message');
        const code = fieldOf(details, 'code');
        if (warning !== undefined) return [`Warning: ${printable(warning)}`];
        return message === undefined ? [] : [printable(`${message} (${code ?? 'no code'})`)];
      });
  } catch {
    // Who may not read the log has read the error itself.
    return [];
  }
}

/** The log tells whole seconds. */
function secondOf(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
