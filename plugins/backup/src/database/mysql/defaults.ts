import { exec, OpsError } from '@om-ops/kit';

/**
 * What an option file can make of a dump that ends well and lacks something, or is no dump of one
 * database as SQL. Options that we give ourselves come later and win, so they are not here.
 */
const thinning = [
  'all-databases',
  'as-of',
  'compatible',
  'databases',
  'delete-master-logs',
  'dump-replica',
  'dump-slave',
  'force',
  'ignore-database',
  'ignore-error',
  'ignore-table',
  'ignore-table-data',
  'insert-ignore',
  'master-data',
  'no-create-info',
  'no-data',
  'replace',
  'result-file',
  'source-data',
  'system',
  'tab',
  'tables',
  'where',
  'xml',
];
const shortestAbbreviation = 5;

/**
 * Refuses to dump when `/etc/mysql`, `~/.my.cnf` or another option file thins dumps: `[mysqldump]
 * no-data` was right for somebody's copy of a schema, and makes a backup without rows.
 *
 * @throws OpsError E_DUMP_OPTION (exit 5)
 */
export async function refuseThinningOptions(
  program: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  const { stdout, exitCode } = await exec(program, ['--print-defaults'], {
    env,
    signal,
    accept: 'any',
  });
  // One that knows no such option will say what is wrong when it dumps.
  if (exitCode !== 0) return;
  const [option] = thinningOptions(stdout);
  if (option === undefined) return;
  throw new OpsError(
    'E_DUMP_OPTION',
    `An option file sets \`${option}\` for ${program}: what it makes would not be a whole backup.`,
    {
      exit: 'requirement',
      suggestions: [
        `Find it: grep -rn ${option.replaceAll('-', '[-_]')} /etc/my.cnf /etc/mysql ~/.my.cnf`,
        'Remove it there, or run om-ops as a user whose option files do not set it.',
      ],
    },
  );
}

/** Names of the options in what `--print-defaults` prints that thin a dump. Passwords in it go nowhere. */
export function thinningOptions(printed: string): string[] {
  const found: string[] = [];
  for (const [, name = '', value] of printed.matchAll(/(?:^|\s)--([A-Za-z][\w-]*)(?:=(\S*))?/g)) {
    if (/^(?:0|off|false)$/i.test(value ?? '')) continue;
    const plain = name
      .toLowerCase()
      .replaceAll('_', '-')
      .replace(/^(?:loose-)?(?:enable-)?/, '');
    const meant = thinning.find(
      (option) =>
        option === plain || (plain.length >= shortestAbbreviation && option.startsWith(plain)),
    );
    if (meant !== undefined) found.push(meant);
  }
  return found;
}
