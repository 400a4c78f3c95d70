import type { Interfaces } from '../oclif.ts';
import { type LoggedOperation, loggedOperations } from './log-reader.ts';

/** Exit codes of what did nothing: a wrong flag, not confirmed, another was at it. */
const didNothing = [2, 3, 4];

/** What only tells or writes down changes nothing of the site, and a task is what its steps did. */
const noDeed =
  /^(?:summary|motivation|analysis|changelog|roadmap):(?!prune$)|:report$|^maintain(?::run)?$/;

/**
 * What om-ops did and proved for the sites of a STATE since then, oldest first: audited commands that did
 * something, and more than to tell. The steps of one that is told itself are left out; what a task of the
 * schedule has run is told.
 *
 * @throws OpsError E_PERMISSION
 */
export function loggedDeeds(
  state: string,
  since: Date,
  config: Pick<Interfaces.Config, 'commands'>,
): LoggedOperation[] {
  const audited = new Set(config.commands.filter(isAudited).map(({ id }) => id));
  const isDeed = (command: string) => audited.has(command) && !noDeed.test(command);
  return loggedOperations(state, since).filter(
    ({ command, exit, parent }) =>
      isDeed(command) &&
      !didNothing.includes(exit) &&
      (parent === null || !isDeed(parent.replace(/@.*$/s, ''))),
  );
}

/** The manifest keeps the statics of every command. */
function isAudited(command: object): boolean {
  return 'record' in command && command.record === 'audit';
}
