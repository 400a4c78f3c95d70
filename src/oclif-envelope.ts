import { type Command, failureEnvelope, OpsError } from '@om-ops/kit';
import { plainMessage } from './plain-message.ts';

/**
 * A command that is none of ours (`plugins install`) prints an error under `--json` as oclif's whole
 * configuration, flag values included. It gets our envelope, in whichever copy of oclif it was written for.
 */
export function withEnvelope<C extends Command.Class>(command: C): C {
  let base = command.prototype as object;
  while (!Object.hasOwn(base, 'toErrorJson')) {
    const above: unknown = Object.getPrototypeOf(base);
    if (typeof above !== 'object' || above === null) return command;
    base = above;
  }
  Object.defineProperty(base, 'toErrorJson', { configurable: true, value: errorEnvelope });
  return command;
}

function errorEnvelope(this: Command, thrown: unknown) {
  const { exit } = (thrown as { oclif?: { exit?: number } }).oclif ?? {};
  const error = new OpsError(exit === 2 ? 'E_USAGE' : 'E_FAILED', plainMessage(thrown), {
    exit: exit === 2 ? 'usage' : 'failed',
    suggestions: [`See how it is used: om-ops ${(this.id ?? '').replaceAll(':', ' ')} --help`],
  });
  return failureEnvelope(this.id ?? '', error, []);
}
