import type { ClassEntry } from './site.ts';

/** What kind of error a line is. */
export interface ErrorClass {
  name: string;
  pattern: RegExp | null;
  /** Of HTTP. */
  status: ReadonlySet<number>;
}

const known: Readonly<Record<string, ClassEntry>> = {
  database: {
    match: [
      '\\b(?:database|postgres(?:ql)?|mysql|mariadb|sqlite|sqlalchemy|psycopg2?|prisma|sequelize)\\b',
      '\\bdeadlock\\b',
      '\\btoo many connections\\b',
      '\\bSQLSTATE\\b|\\bER_[A-Z_]{4,}\\b',
      '\\brelation ".*" does not exist\\b',
    ],
  },
  auth: {
    match: [
      '\\b(?:unauthorized|forbidden|unauthenticated)\\b',
      '\\b(?:authentication|authorization|login) (?:failed|error|required)\\b',
      '\\b(?:invalid|expired|revoked) (?:token|credentials|api key|session)\\b',
      '\\bpermission denied\\b|\\baccess denied\\b',
    ],
    status: [401, 403],
  },
  resources: {
    match: [
      '\\bout of memory\\b|\\bMemoryError\\b|\\bheap out of memory\\b|\\bcannot allocate memory\\b|\\boom[- ]?kill',
      '\\bno space left\\b|\\bdisk (?:full|quota)\\b|\\bENOSPC\\b',
      '\\btoo many open files\\b|\\bEMFILE\\b',
      '\\b(?:rate|memory|disk) limit (?:of .{1,40} )?(?:exceeded|reached)\\b',
    ],
    status: [429, 507],
  },
  network: {
    match: [
      '\\bECONN(?:REFUSED|RESET|ABORTED)\\b|\\bETIMEDOUT\\b|\\bEAI_AGAIN\\b|\\bENOTFOUND\\b|\\bEHOSTUNREACH\\b',
      '\\bconnection (?:to .{1,80} )?(?:refused|reset|timed out|aborted|closed)\\b',
      '\\b(?:network|host) (?:is )?unreachable\\b',
      '\\b(?:name or service not known|temporary failure in name resolution)\\b',
      '\\b(?:read|connect|gateway|request) time(?:d )?out\\b',
    ],
    status: [502, 504],
  },
};

/** The known classes, and those of the profile, which count first. */
export function classesOf(own: Readonly<Record<string, ClassEntry>>): ErrorClass[] {
  return Object.entries({
    ...own,
    ...Object.fromEntries(Object.entries(known).filter(([name]) => !(name in own))),
  }).map(([name, { match = [], status = [] }]) => ({
    name,
    pattern:
      match.length === 0 ? null : new RegExp(match.map((one) => `(?:${one})`).join('|'), 'i'),
    status: new Set(status),
  }));
}

/** Of an access line, or as a field of JSON: not any number in the text. */
const status =
  /" ([1-5]\d\d) (?:\d+|-)|"(?:status|status_code|statusCode|code)"\s*:\s*"?([1-5]\d\d)\b|\bstatus(?:_code)?=([1-5]\d\d)\b/;

export function statusOf(line: string): number | undefined {
  const [, access, json, pair] = status.exec(line) ?? [];
  const found = access ?? json ?? pair;
  return found === undefined ? undefined : Number(found);
}

/** The first class that a line is of. */
export function classOf(line: string, classes: readonly ErrorClass[]): string | undefined {
  const code = statusOf(line);
  return classes.find(
    (one) => (code !== undefined && one.status.has(code)) || (one.pattern?.test(line) ?? false),
  )?.name;
}
