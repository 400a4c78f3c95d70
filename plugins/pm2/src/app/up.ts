import {
  type AppService,
  backendAnswers,
  isOpsError,
  OpsError,
  type Progress,
  type Redact,
  type ServiceStatus,
  type Site,
  type Up,
  waitUntilUp,
} from '@om-ops/kit';
import { portListeners, processOf, withDescendants } from '@om-ops/kit/proc';
import { pm2Service, showLogs } from '../service.ts';
import { type LogMarks, lastWords, tellingLine } from './last-words.ts';
import { lookAtApp, type Pm2Setting } from './look.ts';

/** One process has to stay for so long: a crash loop says `online` too. */
const steadyMs = 3000;
/** After so many restarts by itself nobody waits for it any more. PM2 gives up at 16 if they come quickly. */
const mostRestarts = 17;

export interface UpOptions {
  setting: Pm2Setting;
  site: Pick<Site, 'backend'>;
  /** Where its error logs ended before. */
  marks: LogMarks;
  redact: Redact;
  timeoutMs: number;
  progress: Progress;
}

/** What an app that does not come up has said last. */
export class NotUpError extends OpsError {
  readonly errorLines: readonly string[];

  constructor(error: OpsError, errorLines: readonly string[]) {
    const said = tellingLine(errorLines);
    const words =
      said === undefined
        ? 'Its error log has nothing new.'
        : `Its error log says: ${said.trim().slice(0, 300)}`;
    super(error.code, `${error.message} ${words}`, {
      suggestions: error.suggestions,
      cause: error,
    });
    this.errorLines = errorLines;
  }
}

/**
 * Waits until the app is up: the same processes for three seconds, and its port and health answering,
 * which no other process may do in its place.
 *
 * @throws NotUpError E_SERVICE_FAILED, E_TIMED_OUT, E_PORT_TAKEN (exit 1); the signal's reason
 */
export async function waitForApp(options: UpOptions): Promise<Up> {
  const { setting, site, marks, redact, progress, timeoutMs } = options;
  const { signal } = progress;
  const answers = backendAnswers(site);
  try {
    const service = givingUp(pm2Service(setting));
    const up = await waitUntilUp(service, {
      ...answers,
      deadlineMs: timeoutMs,
      steadyMs,
      progress,
    });
    await refuseStranger(setting, answers.port, signal);
    return up;
  } catch (error) {
    signal.throwIfAborted();
    if (!isOpsError(error)) throw error;
    const { processes } = await lookAtApp(setting, signal);
    throw new NotUpError(error as OpsError, await lastWords(processes, marks, redact));
  }
}

/** PM2 restarts for ever what lives longer than a second. */
function givingUp(service: AppService): AppService {
  let first: number | undefined;
  const status = async (signal: AbortSignal): Promise<ServiceStatus> => {
    const now = await service.status(signal);
    const restarts = now.restarts ?? 0;
    first ??= restarts;
    if (restarts - first < mostRestarts) return now;
    throw new OpsError(
      'E_SERVICE_FAILED',
      `${service.name} does not stay up: PM2 has started it ${restarts - first} times again.`,
      { suggestions: [`See why: ${showLogs}`] },
    );
  };
  return { ...service, status };
}

/** What an old daemon left behind may hold the port, and answer well. */
async function refuseStranger(
  setting: Pm2Setting,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  const holders = portListeners(port).flatMap(({ pids }) => pids);
  if (holders.length === 0) return;
  const { processes, status } = await lookAtApp(setting, signal);
  const roots = processes.flatMap(({ pid }) => pid ?? []);
  // In cluster mode it is the daemon that listens.
  const own = withDescendants(roots);
  if (status.daemon.pid !== null) own.add(status.daemon.pid);
  if (holders.some((pid) => own.has(pid))) return;
  const [pid] = holders as [number];
  const command = processOf(pid)?.argv.join(' ') ?? '';
  throw new OpsError(
    'E_PORT_TAKEN',
    `Port ${port} is answered by another process (pid ${pid}: ${command.slice(0, 120)}), and not by ${setting.section.app}.`,
    {
      suggestions: [
        `End that process, if nothing else needs it: kill ${pid}`,
        'Then: om-ops pm2 restart',
      ],
    },
  );
}
