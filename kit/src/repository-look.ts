import { type ExecOptions, type ExecResult, execLook } from './exec.ts';

const harmless = [
  ['safe.directory', '*'],
  ['core.fsmonitor', 'false'],
  ['core.sshCommand', 'false'],
  ['protocol.allow', 'never'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/**
 * Asks git something about a repository that may be anybody's, and changes nothing: nothing of its
 * configuration is run or fetched, so that its owner is of no concern, and variables of git that were
 * inherited, from a hook, do not turn it to another repository.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5), E_EXEC, E_TIMEOUT
 */
export function lookAtRepository(
  folder: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const inherited = Object.keys(process.env).filter((name) => name.startsWith('GIT_'));
  return execLook('git', ['-C', folder, ...harmless, '--no-pager', ...args], {
    ...options,
    env: {
      ...Object.fromEntries(inherited.map((name) => [name, undefined])),
      GIT_OPTIONAL_LOCKS: '0',
      GIT_NO_LAZY_FETCH: '1',
      ...options.env,
    },
  });
}
