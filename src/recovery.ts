import { recoveryArgv } from './recovery-argv.ts';
import { runOmOps } from './run.ts';
import { handleStray } from './stray-error.ts';

const argv = process.argv.slice(2);
let mapped: string[] | undefined;
try {
  mapped = recoveryArgv(argv, process.stdin.isTTY === true && process.stdout.isTTY === true);
} catch (error) {
  if (!(await handleStray(error, argv))) throw error;
}
if (mapped !== undefined) await runOmOps(mapped);
