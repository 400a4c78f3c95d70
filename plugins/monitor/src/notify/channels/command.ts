import { exec, isOpsError, messageOf } from '@om-ops/kit';
import type { CommandChannel } from '../../site/notify.ts';
import type { Delivery } from '../message.ts';
import type { Way } from './channel.ts';

/** Starts the program of a channel, which gets the message as JSON. Exit 0: it has it. */
export async function deliverByCommand(
  { argv }: CommandChannel,
  { composed, timeoutMs, signal }: Way,
): Promise<Delivery> {
  const [program = '', ...args] = argv;
  try {
    await exec(program, args, { input: `${JSON.stringify(composed.json)}\n`, timeoutMs, signal });
    return { outcome: 'sent', error: null };
  } catch (error) {
    signal.throwIfAborted();
    // A program that is not there may be installed; one that fails may work the next time.
    const isMissing = isOpsError(error) && error.code === 'E_PROGRAM_MISSING';
    return { outcome: isMissing ? 'never' : 'later', error: messageOf(error) };
  }
}
