import { dirname, join } from 'node:path';
import { type QuietTick, quietText, quietTick } from '@om-ops/kit/quiet-tick';
import { isoWithOffset } from '@om-ops/kit/time';

/**
 * The entry of `schedule tick`. Where the last whole tick said that nothing is due, and nothing has changed since, it says
 * so again; everything else is done by the command itself. Bundled into one file by scripts/bundle-tick.mjs.
 */
interface Asked {
  site: string | undefined;
  json: boolean;
  quiet: boolean;
  detach: boolean;
}

/** Undefined for what only the command understands. */
function asked(argv: readonly string[]): Asked | undefined {
  const found: Asked = { site: undefined, json: false, quiet: false, detach: false };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    if (word === '--json') found.json = true;
    else if (word === '--detach') found.detach = true;
    else if (word === '--quiet') found.quiet = true;
    else if (word === '--site' && argv[at + 1] !== undefined) found.site = argv[++at];
    else return undefined;
  }
  return found;
}

const [node = '', entry = '', ...line] = process.argv;
const given = asked(line.slice(2));

/** Whether nothing is due, which has been said then. */
function isQuiet(): boolean {
  const { OM_OPS_NOW } = process.env;
  const now = OM_OPS_NOW ? Date.parse(OM_OPS_NOW) : Date.now();
  const quiet = given && quietTick(given.site, { root: join(dirname(entry), '..'), now });
  if (quiet === undefined) return false;
  if (given?.json) process.stdout.write(envelope(quiet, now));
  else if (!given?.quiet) process.stdout.write(`${quietText(quiet, now).join('\n')}\n`);
  return true;
}

/** Leaves the work to a process that nobody waits for. */
async function detach(): Promise<void> {
  const { spawn } = await import('node:child_process');
  const rest = line.filter((word) => word !== '--detach');
  spawn(node, [join(dirname(entry), 'main.js'), ...rest], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  }).unref();
}

function envelope({ held, next, pausedUntil }: QuietTick, now: number): string {
  const result = {
    dryRun: false,
    now: isoWithOffset(new Date(now)),
    ran: [],
    planned: [],
    held,
    notBegun: [],
    missed: [],
    cutOff: [],
    next,
    pausedUntil,
  };
  const whole = { ok: true, command: 'schedule:tick', result, warnings: [] };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

if (!isQuiet()) void (given?.detach ? detach() : import('./main.ts'));
