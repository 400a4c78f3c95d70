import { setImmediate as turn } from 'node:timers/promises';
import { type Hook, operationOf, recordOperation } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';

/** Writes the operation down when it has ended, on success and on failure alike. */
const hook: Hook<'finally'> = async ({ config }) => {
  const operation = operationOf(config);
  if (operation === undefined) return;
  // Printing and writing hold the event loop; a signal that came meanwhile is heard at its next turn.
  await turn();
  for (const problem of await recordOperation(operation)) {
    process.stderr.write(`Warning: ${printableName(operation.redactor.text(problem))}\n`);
  }
  await turn();
  operation.close();
};

export default hook;
