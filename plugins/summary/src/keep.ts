import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunFolder } from '@om-ops/kit';
import { runsFolder } from './runs.ts';
import type { Summary } from './summary.ts';

/** Writes a summary into a run folder of its own. @throws OpsError E_PERMISSION, E_DISK_FULL, E_READ_ONLY */
export async function keepSummary(
  state: string,
  summary: Summary,
): Promise<{ summary: Summary; path: string }> {
  await using run = await RunFolder.create(runsFolder(state), new Date(summary.at));
  const kept = { ...summary, run: run.name };
  await writeFile(join(run.tempPath, 'summary.json'), `${JSON.stringify(kept, null, 1)}\n`, {
    mode: 0o600,
  });
  const { path } = await run.commit();
  return { summary: kept, path: join(path, 'summary.json') };
}
