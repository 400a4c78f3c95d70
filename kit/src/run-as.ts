import { OpsError } from './errors.ts';
import { programMissing } from './exec-failure.ts';
import { findProgram } from './find-program.ts';

/** A user of this machine, as its name service knows it. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

export interface RunAs {
  program: string;
  args: string[];
  /** What else is the user's: HOME, USER, LOGNAME. */
  env: Record<string, string>;
}

/** A line of passwd. */
export function accountOf(line: string): Account | undefined {
  const [name, , uid, gid, , home] = line.trim().split(':');
  if (name === undefined || home === undefined || !/^\d+$/.test(`${uid}`)) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/**
 * The command line that runs a program as another user with all of that user's groups; undefined when
 * om-ops is that user already. Node's own `uid` and `gid` would drop the supplementary groups.
 *
 * @param look prints the passwd line of a user, or nothing
 * @param path where the program is looked for
 * @throws OpsError E_NO_USER (exit 5), E_PERMISSION (5), E_PROGRAM_MISSING (5)
 */
export async function runAs(
  user: string | number,
  program: string,
  args: readonly string[],
  { look, path }: { look(user: string): Promise<string>; path: string | undefined },
): Promise<RunAs | undefined> {
  const account = accountOf(await look(String(user)));
  if (account === undefined) {
    throw new OpsError('E_NO_USER', `There is no user ${user} on this machine.`, {
      exit: 'requirement',
      suggestions: ['Check the user in the site profile: om-ops config show'],
    });
  }
  if (process.geteuid?.() === account.uid) return undefined;
  if (process.geteuid?.() !== 0) {
    throw new OpsError('E_PERMISSION', `Cannot run \`${program}\` as ${account.name}.`, {
      exit: 'requirement',
      suggestions: [`Run the command with sudo, or as ${account.name}.`],
    });
  }
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined)
    throw programMissing('setpriv', 'Install it: sudo apt-get install util-linux');
  // setpriv itself would say that it cannot find it, with an exit code like any other.
  const found = findProgram(program, path);
  if (found === undefined) throw programMissing(program);
  const ids = ['--reuid', String(account.uid), '--regid', String(account.gid), '--init-groups'];
  return {
    program: setpriv,
    args: [...ids, '--', found, ...args],
    env: { HOME: account.home, USER: account.name, LOGNAME: account.name },
  };
}
