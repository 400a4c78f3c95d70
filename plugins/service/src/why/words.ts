import type { Cause } from './cause.ts';

interface Sign {
  code: string;
  pattern: RegExp;
  message: string;
  command?: string;
}

/** What programs say of why they cannot go on, in the words of their languages. */
const signs: readonly Sign[] = [
  {
    code: 'missing-module',
    pattern:
      /Cannot find (?:module|package)|ModuleNotFoundError|No module named|ERR_MODULE_NOT_FOUND/,
    message:
      'It says that a module is missing: its dependencies are not installed, or those of another version.',
  },
  {
    code: 'port-taken',
    pattern: /EADDRINUSE|[Aa]ddress already in use/,
    message: 'It says that its port is taken.',
    command: 'om-ops service ports',
  },
  {
    code: 'refused',
    pattern: /ECONNREFUSED|[Cc]onnection refused|[Cc]ould not connect to server/,
    message: 'It says that something it needs refuses connections.',
    command: 'om-ops service status',
  },
  {
    code: 'unreachable',
    pattern:
      /ENOTFOUND|EAI_AGAIN|Name or service not known|Temporary failure in name resolution|ETIMEDOUT/,
    message: 'It says that something it needs cannot be reached.',
  },
  {
    code: 'credentials',
    pattern:
      /password authentication failed|Access denied for user|NOAUTH|WRONGPASS|[Aa]uthentication failed|invalid_grant/,
    message: 'It says that its credentials are refused.',
    command: 'om-ops env check',
  },
  {
    code: 'disk-full',
    pattern: /ENOSPC|No space left on device|[Dd]isk quota exceeded/,
    message: 'It says that there is no room left.',
    command: 'df -h; df -i',
  },
  {
    code: 'memory',
    pattern: /JavaScript heap out of memory|MemoryError|[Cc]annot allocate memory|OutOfMemoryError/,
    message: 'It says that its memory does not suffice.',
    command: 'om-ops service top --by memory',
  },
  {
    code: 'file-limit',
    pattern: /EMFILE|[Tt]oo many open files/,
    message: 'It says that it may open no more files.',
  },
  {
    code: 'env-key',
    pattern:
      /KeyError: '[A-Z][A-Z0-9_]{2,}'|[Ee]nvironment variable[s]?\b.*\b[A-Z][A-Z0-9_]{2,}\b|[Mm]issing (?:required )?env\w*\b.*[A-Z][A-Z0-9_]{2,}/,
    message: 'It says that a key is missing in its environment.',
    command: 'om-ops env check',
  },
  {
    code: 'permission',
    pattern: /EACCES|[Pp]ermission denied|PermissionError/,
    message: 'It says that it may not do something.',
  },
  {
    code: 'missing-file',
    pattern: /ENOENT|FileNotFoundError|No such file or directory/,
    message: 'It says that a file is missing.',
  },
  {
    code: 'syntax',
    pattern: /SyntaxError|IndentationError|[Pp]arse error/,
    message: 'It says that its source is not well-formed.',
  },
];

/** What a service has said before it ended. A line counts for the first sign it has. */
export function spokenCauses(lines: readonly string[]): Cause[] {
  const found = new Map<string, Cause>();
  for (const line of lines) {
    const sign = signs.find(({ pattern }) => pattern.test(line));
    if (sign === undefined) continue;
    const known = found.get(sign.code);
    const text = line.trim().slice(0, 300);
    if (known !== undefined) {
      if (known.evidence.length < 3 && !known.evidence.includes(text)) known.evidence.push(text);
      continue;
    }
    const { code, message, command } = sign;
    found.set(code, {
      code,
      level: 'cause',
      message,
      evidence: [text],
      ...(command === undefined ? {} : { command }),
    });
  }
  return [...found.values()];
}

/** The ports that it says are taken. */
export function takenPorts(lines: readonly string[]): number[] {
  const found = lines
    .filter((line) => /EADDRINUSE|[Aa]ddress already in use/.test(line))
    .flatMap((line) =>
      [...line.matchAll(/(?::|port\D{0,3})(\d{2,5})\b/gi)].map(([, port]) => Number(port)),
    );
  return [...new Set(found)].filter((port) => port > 0 && port < 65_536);
}
