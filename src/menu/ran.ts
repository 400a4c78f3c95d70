import { typedLine } from './command-line.ts';

/** A command that this menu has run. */
export interface Ran {
  /** Without `--site`. */
  argv: readonly string[];
  /** As it was run. */
  line: readonly string[];
  exit: number;
  startedAt: Date;
}

/** What this menu ran, as a shell script that does it again: exit codes as comments. */
export function scriptOf(ran: readonly Ran[], site: string): string {
  const lines = ran.map(({ line, exit, startedAt }) => {
    const time = startedAt.toTimeString().slice(0, 5);
    return `${typedLine(line)}  # ${time}, exit ${exit}`;
  });
  return [
    '#!/bin/sh',
    `# What was run from the menu for ${site.replace(/\s+/g, ' ')}.`,
    ...lines,
    '',
  ].join('\n');
}

const meanings: Readonly<Record<number, string>> = {
  0: 'It is done.',
  1: 'It failed.',
  2: 'It was used in a wrong way: a flag, an argument or the site profile.',
  3: 'It was not confirmed, or declined: nothing was changed.',
  4: 'Another run of om-ops holds the lock for this.',
  5: 'Something it needs is missing: a program, a path or a permission.',
  6: 'It worked, and what it checked is not healthy.',
  7: 'It is done, with something left out: the result names it.',
  130: 'It was interrupted.',
};

export function meaningOf(exit: number): string {
  return `Exit ${exit}. ${meanings[exit] ?? 'It ended in a way that om-ops does not know.'}`;
}
