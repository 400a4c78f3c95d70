import { withPluginUrls } from './plugin-argv.ts';
import { runOmOps } from './run.ts';

const argv = process.argv.slice(2);
const onTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
await runOmOps(argv.length === 0 && onTerminal ? ['menu'] : withPluginUrls(argv));
