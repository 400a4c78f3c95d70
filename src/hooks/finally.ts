import { type Hook, operationOf, recordOperation } from '@om-ops/kit';

/** Writes the operation down when it has ended, on success and on failure alike. */
const hook: Hook<'finally'> = async ({ config, id, argv, error }) => {
  if (id?.startsWith('autocomplete')) {
    const { replaceBashCompletion } = await import('../bash-completion.ts');
    replaceBashCompletion(config);
  }
  // oclif says that there are none, though most of om-ops is made of them.
  if (
    id === 'plugins' &&
    error === undefined &&
    !argv.includes('--core') &&
    !argv.includes('--json')
  )
    process.stderr.write('The plugins that come with om-ops: om-ops plugins --core\n');
  const operation = operationOf(config);
  if (operation === undefined) return;
  const problems = await recordOperation(operation);
  operation.close();
  if (problems.length === 0) return;
  const { printableName } = await import('@om-ops/kit/text');
  for (const problem of problems)
    process.stderr.write(`Warning: ${printableName(operation.redactor.text(problem))}\n`);
};

export default hook;
