import { Command, run } from '@oclif/core';
import { failureEnvelope, OpsError } from '@om-ops/kit';
import { healKitLink } from './kit-link.ts';
import { guardOutput } from './output.ts';
import { plainMessage } from './plain-message.ts';

/** Runs one command line to its end and leaves the exit code on the process. */
export async function runOmOps(argv: string[]): Promise<void> {
  guardOutput();
  useEnvelope();
  await healKitLink();
  try {
    await run(argv, import.meta.url);
  } catch (error) {
    const { handleStray } = await import('./stray-error.ts');
    await handleStray(error, argv);
  }
}

/** oclif's own commands print an error under `--json` as their whole configuration; they get our envelope. */
function useEnvelope(): void {
  Object.defineProperty(Command.prototype, 'toErrorJson', {
    configurable: true,
    value(this: Command, thrown: unknown) {
      const { exit } = (thrown as { oclif?: { exit?: number } }).oclif ?? {};
      const error = new OpsError(exit === 2 ? 'E_USAGE' : 'E_FAILED', plainMessage(thrown), {
        exit: exit === 2 ? 'usage' : 'failed',
        suggestions: [`See how it is used: om-ops ${(this.id ?? '').replaceAll(':', ' ')} --help`],
      });
      return failureEnvelope(this.id ?? '', error, []);
    },
  });
}
