import { OpsError, type Progress, waitUntil } from '@om-ops/kit';
import {
  allProcesses,
  isStillThere,
  type ProcessInfo,
  processOf,
  withDescendants,
} from '@om-ops/kit/proc';

/** From SIGTERM to SIGKILL. */
const graceMs = 10_000;

/**
 * Ends one process, and what it has started and left behind: SIGTERM, and SIGKILL after ten seconds. Each is looked
 * at again right before it is signalled, so that no other that has got its pid meanwhile is meant.
 *
 * @throws OpsError E_PERMISSION (exit 5), E_TIMED_OUT (1)
 */
export async function endProcess(main: ProcessInfo, progress: Progress): Promise<void> {
  const all = allProcesses();
  const family = withDescendants([main.pid], all);
  const started = all.filter(({ pid }) => family.has(pid) && pid !== main.pid);
  progress.report({ stage: `ending pid ${main.pid}` });
  signalTo(main, 'SIGTERM');
  const since = performance.now();
  let isKilled = false;
  await waitUntil(
    async () => {
      if (!isStillThere(main)) return { value: true };
      if (!isKilled && performance.now() - since > graceMs) {
        signalTo(main, 'SIGKILL');
        isKilled = true;
      }
      return { seen: `pid ${main.pid} is still there` };
    },
    { what: `pid ${main.pid} has ended`, deadlineMs: graceMs + 5000, everyMs: 50, progress },
  );
  for (const one of started) if (isStillThere(one)) signalTo(one, 'SIGTERM');
}

function signalTo({ pid, startTicks }: ProcessInfo, signal: NodeJS.Signals): void {
  const now = processOf(pid);
  if (now === undefined || now.startTicks !== startTicks) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return;
    throw new OpsError('E_PERMISSION', `This user may not end pid ${pid}.`, {
      exit: 'requirement',
      suggestions: ['Run it as root, or as the user that the process belongs to.'],
      cause: error,
    });
  }
}
