import { type Hook, operationOf, recordOperation } from '@om-ops/kit';

/** Writes the operation down when it has ended, on success and on failure alike. */
const hook: Hook<'finally'> = async ({ config }) => {
  const operation = operationOf(config);
  if (operation === undefined) return;
  const problems = await recordOperation(operation);
  if (problems.length === 0) return;
  const { printableName } = await import('@om-ops/kit/text');
  for (const problem of problems)
    process.stderr.write(`Warning: ${printableName(operation.redactor.text(problem))}\n`);
};

export default hook;
