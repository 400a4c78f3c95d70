import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readSmallFile } from '@om-ops/kit/site';
import { sourceFiles } from './source-files.ts';

/** Where a variable is read. */
export interface Use {
  /** Relative to the root. */
  file: string;
  line: number;
  /** There is something to fall back on where it is read. */
  hasDefault: boolean;
}

export interface Uses {
  byKey: Map<string, Use[]>;
  /** Not every source file was read. */
  cut: boolean;
  files: number;
}

const name = '([A-Z][A-Z0-9_]*)';
/** Each with the name in its first group. */
const readings: readonly RegExp[] = [
  new RegExp(String.raw`(?:process\.env|import\.meta\.env|Bun\.env)(?:\?)?\.${name}`, 'g'),
  new RegExp(
    String.raw`(?:process\.env|import\.meta\.env|ENV|os\.environ|\$_ENV|\$_SERVER)\[\s*['"]${name}['"]\s*\]`,
    'g',
  ),
  new RegExp(
    String.raw`(?:os\.environ\.get|os\.getenv|environ\.get|getenv|env|config|Env::get|ENV\.fetch|Deno\.env\.get|os\.Getenv|os\.LookupEnv|System\.getenv|System\.get_env|System\.fetch_env!|env::var|decouple\.config)\(\s*['"]${name}['"]`,
    'g',
  ),
  // Of compose files and shell scripts.
  new RegExp(String.raw`\$\{${name}(?:\}|:?[-?+])`, 'g'),
];
const taken = /(?:const|let|var)\s*\{([^{}]{1,2000})\}\s*=\s*(?:process\.env|import\.meta\.env)\b/g;
const fallback = /^\s*\)?\s*(?:\|\||\?\?|\?:|or\b)/;
/** Of a call: `getenv('X', 'y')`. */
const secondArgument = /^\s*,\s*[^\s),]/;
const ofCalls = 2;

/** Which variables the source files below a folder read, and where. */
export async function usesBelow(root: string, signal: AbortSignal): Promise<Uses> {
  const { paths, cut } = await sourceFiles(root, signal);
  const byKey = new Map<string, Use[]>();
  let count = 0;
  for (const file of paths) {
    if (++count % 200 === 0) {
      await nextTurn();
      signal.throwIfAborted();
    }
    let text: string;
    try {
      text = readSmallFile(join(root, file), 'source file');
    } catch {
      continue;
    }
    for (const { key, at, hasDefault } of usesIn(text, file)) {
      const line = lineOf(text, at);
      byKey.set(key, [...(byKey.get(key) ?? []), { file, line, hasDefault }]);
    }
  }
  return { byKey, cut, files: paths.length };
}

/** What one text reads. */
export function usesIn(
  text: string,
  file: string,
): { key: string; at: number; hasDefault: boolean }[] {
  if (!/env|\$\{|ENV/.test(text)) return [];
  const isShell = /\.(?:sh|bash|ya?ml)$|Dockerfile$/.test(file);
  const found: { key: string; at: number; hasDefault: boolean }[] = [];
  for (const [at, pattern] of readings.entries()) {
    const ofShell = at === readings.length - 1;
    if (ofShell && !isShell) continue;
    for (const match of text.matchAll(pattern)) {
      const [whole, key = ''] = match;
      const after = text.slice(match.index + whole.length, match.index + whole.length + 40);
      const hasDefault = ofShell
        ? /[-+]$/.test(whole)
        : fallback.test(after) || (at === ofCalls && secondArgument.test(after));
      found.push({ key, at: match.index, hasDefault });
    }
  }
  for (const match of text.matchAll(taken)) {
    for (const part of (match[1] ?? '').split(',')) {
      const [, key, rest = ''] = /^\s*([A-Z][A-Z0-9_]*)(.*)$/s.exec(part) ?? [];
      if (key !== undefined) found.push({ key, at: match.index, hasDefault: rest.includes('=') });
    }
  }
  return found;
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1))
    line += 1;
  return line;
}

/** What the machine, the shell or the process manager sets, and nobody writes into an env file. */
export const ambient =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|HOSTNAME|TERM|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|EDITOR|DISPLAY|CI|GITHUB_\w+|NO_COLOR|FORCE_COLOR|COLUMNS|NODE_OPTIONS|NODE_PATH|NODE_ENV|NODE_APP_INSTANCE|INIT_CWD|PM2_\w+|INVOCATION_ID|JOURNAL_STREAM|LISTEN_\w+|NOTIFY_SOCKET|DOCKER_\w+|DEV|PROD|MODE|SSR|BASE_URL|VITEST\w*|JEST_\w+|BASH_SOURCE|EUID|UID|RANDOM|LINENO|IFS|OPTARG|REMOTE_ADDR|REQUEST_\w+|HTTP_\w+|SERVER_\w+|QUERY_STRING)$/;
