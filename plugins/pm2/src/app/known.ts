import { OpsError } from '@om-ops/kit';
import { readDump } from './dump.ts';
import { diagnose, lookAtApp, type Pm2Setting } from './look.ts';
import { type AppProcess, processesOf } from './process.ts';

/**
 * The processes of the app, which has to be there.
 *
 * @throws OpsError E_APP_UNKNOWN, E_PM2_DOWN, E_APP_ELSEWHERE, E_PM2_DENIED (exit 5), E_PM2_WEDGED (1)
 */
export async function knownProcesses(
  setting: Pm2Setting,
  signal: AbortSignal,
): Promise<AppProcess[]> {
  const { processes } = await lookAtApp(setting, signal);
  if (processes.length > 0) return processes;
  const { problems } = await diagnose(setting, signal);
  const [worst] = problems;
  throw new OpsError(
    worst?.code ?? 'E_APP_UNKNOWN',
    worst?.message ?? `PM2 has no app ${setting.section.app}.`,
    {
      exit: worst?.code === 'E_PM2_WEDGED' ? 'failed' : 'requirement',
      suggestions: problems.map(({ fix }) => fix),
    },
  );
}

/** What is known of an app, also while no daemon is there: PM2's list, else what was saved. */
export async function knownOrSaved(
  setting: Pm2Setting,
  signal: AbortSignal,
): Promise<AppProcess[]> {
  const { processes } = await lookAtApp(setting, signal);
  if (processes.length > 0) return processes;
  const dump = readDump(setting.place.home);
  const { app } = setting.section;
  if ('problem' in dump) return [];
  const saved = dump.entries.filter(({ name }) => name === app);
  return processesOf(
    saved.map(({ whole }, at) => ({ name: app, pm_id: at, pm2_env: whole })),
    app,
  );
}
