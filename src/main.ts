import { runOmOps } from './run.ts';

await runOmOps(process.argv.slice(2));
