import type { Interfaces } from '../oclif.ts';
import { type LoggedOperation, loggedOperations } from './log-reader.ts';

/** Exit codes of what did nothing: a wrong flag, not confirmed, another was at it. */
const didNothing = [2, 3, 4];

/** What only tells or writes down changes nothing of the site. */
const telling = /^(?:summary|motivation|analysis|changelog|roadmap):(?!prune$)|:report$/;

/**
 * What om-ops did and proved for the sites of a STATE since then, oldest first: audited commands that were no
 * step of another, did something, and more than to tell.
 *
 * @throws OpsError E_PERMISSION
 */
export function loggedDeeds(
  state: string,
  since: Date,
  config: Pick<Interfaces.Config, 'commands'>,
): LoggedOperation[] {
  const audited = new Set(config.commands.filter(isAudited).map(({ id }) => id));
  return loggedOperations(state, since).filter(
    ({ command, exit, parent }) =>
      parent === null &&
      audited.has(command) &&
      !telling.test(command) &&
      !didNothing.includes(exit),
  );
}

/** The manifest keeps the statics of every command. */
function isAudited(command: object): boolean {
  return 'record' in command && command.record === 'audit';
}
