/** One step of a book. */
export interface BookStep {
  /** From 1 on. */
  number: number;
  phase: string;
  text: string;
  /** What does it, as it is typed; null: done by hand. */
  command: string | null;
  /** The command line that proves it. */
  check: string | null;
}

export interface Book {
  name: string;
  title: string;
  /** Checks and words it is for. */
  alerts: string[];
  /** `2026-11-25`; null: it does not say. */
  reviewed: string | null;
  about: string;
  steps: BookStep[];
  source: string;
  /** Whether it comes with om-ops. */
  ours: boolean;
}

/** Reads a book: a heading, `For:` and `Reviewed:` lines, steps as list items below headings. */
export function parseBook(name: string, text: string, source: string, ours: boolean): Book {
  const book: Book = {
    name,
    title: name,
    alerts: [],
    reviewed: null,
    about: '',
    steps: [],
    source,
    ours,
  };
  const about: string[] = [];
  let phase = '';
  let step: BookStep | undefined;
  let fence: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (fence !== undefined) {
      if (/^\s*```/.test(line)) {
        if (step !== undefined)
          step.command = [step.command, ...fence].filter((one) => one !== null).join('\n');
        fence = undefined;
      } else fence.push(line.trim());
      continue;
    }
    const item = /^(?:[-*]|\d+[.)])\s+(?:\[[ x]\]\s+)?(.+)$/.exec(line);
    if (item !== null) {
      step = {
        number: book.steps.length + 1,
        phase,
        text: item[1] ?? '',
        command: null,
        check: null,
      };
      book.steps.push(step);
    } else if (/^\s+```(?:sh|bash|shell)?\s*$/.test(line) && step !== undefined) fence = [];
    else if (/^#\s/.test(line)) book.title = line.slice(2).trim();
    else if (/^##+\s/.test(line)) {
      phase = line.replace(/^#+\s*/, '').trim();
      step = undefined;
    } else if (step === undefined && /^For:/i.test(line))
      book.alerts = line
        .slice(4)
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');
    else if (step === undefined && /^Reviewed:/i.test(line))
      book.reviewed = /\d{4}-\d\d-\d\d/.exec(line)?.[0] ?? null;
    else if (step !== undefined && /^\s+Check:/i.test(line))
      step.check = line
        .replace(/^\s+Check:\s*/i, '')
        .replace(/^`(.*)`$/, '$1')
        .trim();
    else if (step !== undefined && /^\s+\S/.test(line)) step.text = `${step.text} ${line.trim()}`;
    else if (step === undefined && book.steps.length === 0 && line.trim() !== '')
      about.push(line.trim());
  }
  book.about = about.join(' ');
  return book;
}

/** The arguments behind `om-ops` of one command line; undefined: it is something else, or more than one. */
export function omOpsArgs(command: string | null): string[] | undefined {
  if (command === null || command.includes('\n')) return undefined;
  const found = /^(?:sudo\s+)?om-ops\s+(.+)$/.exec(command.trim());
  // What a shell would make something of is not ours to run.
  if (found === null || /[|;&<>`$(){}*?!#\\]/.test(found[1] ?? '')) return undefined;
  return ((found[1] ?? '').match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) =>
    word.replace(/^(["'])(.*)\1$/, '$2'),
  );
}
