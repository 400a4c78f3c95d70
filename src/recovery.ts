import { completeAccount } from './account.ts';
import { useCompileCache } from './compile-cache.ts';

completeAccount();
useCompileCache();
const { handleStray } = await import('./stray-error.ts');
const { recoveryArgv } = await import('./recovery-argv.ts');
const { runOmOps } = await import('./run.ts');

const argv = process.argv.slice(2);
let mapped: string[] | undefined;
try {
  mapped = recoveryArgv(argv, process.stdin.isTTY === true && process.stdout.isTTY === true);
} catch (error) {
  await handleStray(error, argv);
}
if (mapped !== undefined) await runOmOps(mapped);
