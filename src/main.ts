import { completeAccount } from './account.ts';
import { useCompileCache } from './compile-cache.ts';

completeAccount();
useCompileCache();
// Imported after it: what is loaded before is not cached.
const { runOmOps } = await import('./run.ts');

const argv = process.argv.slice(2);
const onTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
await runOmOps(argv.length === 0 && onTerminal ? ['menu'] : argv);
