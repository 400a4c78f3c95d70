import { shellWord } from '@om-ops/kit';

/** Adds flags where a command line still takes them: behind `--` there are none. */
export function withFlags(argv: readonly string[], flags: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return [...argv.slice(0, end), ...flags, ...argv.slice(end)];
}

/** As it is typed in a shell. */
export function typedLine(argv: readonly string[]): string {
  return ['om-ops', ...argv].map(shellWord).join(' ');
}

const word = /\s*((?:'[^']*'|\\'|[^\s'"\\$`])+)(?=\s|$)/y;

/** The words of a line that `shellWord` wrote; undefined where it holds more than plain words and quotes. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  word.lastIndex = 0;
  const text = line.trimEnd();
  while (word.lastIndex < text.length) {
    const match = word.exec(text);
    if (match === null) return undefined;
    words.push(
      (match[1] ?? '').replace(/'([^']*)'|\\'/g, (_, inner: string | undefined) => inner ?? "'"),
    );
  }
  return words;
}
