import { type Hook, operationOf, recordOperation } from '@om-ops/kit';

/** Writes the operation down when it has ended, on success and on failure alike. */
const hook: Hook<'finally'> = async ({ config }) => {
  const operation = operationOf(config);
  if (operation === undefined) return;
  for (const problem of await recordOperation(operation)) {
    process.stderr.write(`Warning: ${operation.redactor.text(problem)}\n`);
  }
};

export default hook;
