import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsError, program } from '@om-ops/kit';

const opener = program('xdg-open', { install: 'Install it: sudo apt-get install xdg-utils' });
/** Long enough for a browser that has to be started first. */
const keptMs = 60_000;

/**
 * Opens the address in the browser of this desktop. By a file that only this user may read: an address on a command
 * line is seen by everybody on the machine.
 *
 * @returns takes the file away again @throws OpsError E_PROGRAM_MISSING, E_NO_DESKTOP (exit 5)
 */
export async function openInBrowser(
  url: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<() => void> {
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY)
    throw new OpsError('E_NO_DESKTOP', 'There is no desktop here to open a browser on.', {
      exit: 'requirement',
      suggestions: ['Leave --open out, and open the address on your own machine.'],
    });
  opener.need();
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-dashboard-'));
  const file = join(folder, 'dashboard.html');
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${url}"><title>Dashboard</title>`,
    { mode: 0o600 },
  );
  const remove = () => rmSync(folder, { recursive: true, force: true });
  setTimeout(remove, keptMs).unref();
  await opener.exec([file], { accept: 'any', detached: true, timeoutMs: 20_000 });
  return remove;
}
