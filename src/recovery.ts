import { completeAccount } from './account.ts';
import { useCompileCache } from './compile-cache.ts';

completeAccount();
useCompileCache();
const { recoveryArgv, recoveryHelp } = await import('./recovery-argv.ts');

const argv = process.argv.slice(2);
try {
  const onTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const mapped = recoveryArgv(argv, onTerminal);
  if (mapped === undefined) process.stdout.write(recoveryHelp);
  else {
    if (mapped.length > 1 && !argv.includes('--quiet')) await sayNewSpelling(mapped);
    const { runOmOps } = await import('./run.ts');
    await runOmOps(mapped);
  }
} catch (error) {
  const { handleStray } = await import('./stray-error.ts');
  await handleStray(error, argv);
}

/** On standard error: what stands on standard output is the command's. */
async function sayNewSpelling(mapped: readonly string[]): Promise<void> {
  const { Redactor, shellWord } = await import('@om-ops/kit');
  const words = ['om-ops', ...new Redactor().argv(mapped)];
  process.stderr.write(`om-recovery is om-ops now: ${words.map(shellWord).join(' ')}\n`);
}
