import { dirname } from 'node:path';
import { execLook, findProgram } from '@om-ops/kit';
import type { Account } from './account.ts';

/** What a user can do in a folder, tried as that user with all of its groups. */
export interface Access {
  /** The topmost folder on the way that the user may not pass through; undefined when there is none. */
  blockedAt?: string;
  /** Whether it may pass through the folder itself. */
  passable: boolean;
  writable: boolean;
  /** Why it is not, as the system says: `No space left on device`. */
  reason?: string;
}

/**
 * Tells of each path whether it may be searched and written, then tries to write into each folder: a file
 * that never has a name (O_TMPFILE), so that full inodes, quotas and immutable folders are seen as well and
 * nothing is left. perl belongs to every Debian; without it, or on a file system that knows no such files,
 * what access(2) says stands.
 */
const script = `
n=$1; shift
i=0
for p; do
  x=0; w=0
  [ -x "$p" ] && x=1
  [ -w "$p" ] && w=1
  echo "$x$w"
  i=$((i+1))
done
command -v perl >/dev/null 2>&1 || exit 0
exec perl -e '
  my $n = shift; splice @ARGV, 0, @ARGV - $n;
  my $flags = 020000000 | ($ENV{OM_OPS_DIRECTORY_FLAG} + 0) | 1;
  for my $d (@ARGV) {
    if (sysopen(my $f, $d, $flags, 0600)) {
      my $ok = syswrite($f, "x") && close($f);
      print $ok ? "ok\\n" : "no $!\\n";
    } else { print $!{EOPNOTSUPP} || $!{EISDIR} || $!{EINVAL} || $!{ENOENT} ? "unknown\\n" : "no $!\\n"; }
  }' "$n" "$@"
`;

/** O_DIRECTORY differs between processors. */
const directoryFlag = process.arch === 'arm64' || process.arch === 'arm' ? 0o40000 : 0o200000;

/**
 * One child for all folders, which have to exist.
 *
 * @param folders absolute, without links in them
 * @throws OpsError E_PERMISSION (exit 5) when om-ops may not become that user
 */
export async function accessOf(
  user: Pick<Account, 'uid'>,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Access>> {
  if (folders.length === 0) return new Map();
  const above = [...new Set(folders.flatMap(parentsOf))];
  const paths = [...above, ...folders];
  const { stdout } = await execLook(
    findProgram('sh') ?? '/bin/sh',
    ['-c', script, 'sh', String(folders.length), ...paths],
    {
      user: user.uid,
      cwd: '/',
      env: { LC_ALL: 'C', OM_OPS_DIRECTORY_FLAG: String(directoryFlag) },
      signal,
    },
  );
  const lines = stdout.split('\n');
  const flags = new Map(paths.map((path, index) => [path, lines[index] ?? '00']));
  const tries = lines.slice(paths.length);
  return new Map(
    folders.map((folder, index) => {
      const blockedAt = parentsOf(folder).find((path) => flags.get(path)?.[0] === '0');
      const tried = tries[index] ?? '';
      const allowed = flags.get(folder) === '11';
      const refused = tried.startsWith('no ') ? tried.slice(3) : undefined;
      const writable = blockedAt === undefined && allowed && refused === undefined;
      return [
        folder,
        {
          writable,
          passable: blockedAt === undefined && flags.get(folder)?.[0] === '1',
          ...(blockedAt === undefined ? {} : { blockedAt }),
          ...(writable || refused === undefined ? {} : { reason: refused }),
        },
      ];
    }),
  );
}

/** From the top down, without the folder itself. */
function parentsOf(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [...parentsOf(above), above];
}
