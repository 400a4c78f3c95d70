import { type Command, failureEnvelope } from '@om-ops/kit';
import { fromOclifError } from './oclif-error.ts';

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
  const error = fromOclifError(
    thrown,
    `See how it is used: om-ops ${(this.id ?? '').replaceAll(':', ' ')} --help`,
  );
  return failureEnvelope(this.id ?? '', error, []);
}
