import {
  isOpsError,
  OpsError,
  type Progress,
  type Redactor,
  type Site,
  waitUntil,
} from '@om-ops/kit';
import { markErrorLogs } from '../app/last-words.ts';
import { lookAtApp, type Pm2Setting } from '../app/look.ts';
import { bringBack, endDaemon, order, remove } from '../app/orders.ts';
import { appNames } from '../app/process.ts';
import { NotUpError, waitForApp } from '../app/up.ts';
import { runningDefinition } from './definition.ts';
import { differences } from './differences.ts';
import { differenceText, pm2Call, type SetupPlan } from './plan.ts';
import { closeFiles, isSaved, restoreSaved, save } from './saved.ts';

export interface CarryOutOptions {
  site: Pick<Site, 'backend'>;
  setting: Pm2Setting;
  redactor: Redactor;
  timeoutMs: number;
}

/** Starts, reloads or replaces the app, waits until it is up, and saves it. */
export async function carryOutSetup(
  plan: SetupPlan,
  { site, setting, redactor, timeoutMs }: CarryOutOptions,
  progress: Progress,
): Promise<string | undefined> {
  const { place, section } = setting;
  const { signal } = progress;
  if (plan.how !== 'none') {
    const marks = markErrorLogs(plan.before);
    plan.done.touched = true;
    if (plan.how === 'replace') await remove(place, plan.before, signal);
    if (plan.how === 'restart') await order('restart', place, plan.before, progress);
    else await callPm2(plan, setting, progress);
    try {
      await waitForApp({ setting, site, marks, redact: redactor, timeoutMs, progress });
    } catch (error) {
      if (error instanceof NotUpError) plan.done.errorLines = error.errorLines;
      throw error;
    }
  }
  let warning: string | undefined;
  if (plan.mustSave) {
    const { daemon } = await lookAtApp(setting, signal);
    if (!('list' in daemon.answer))
      throw new OpsError('E_PM2_ORDER', `PM2 does not answer any more: ${daemon.answer.message}.`);
    plan.done.touched = true;
    warning = await save(place, section.app, daemon.answer.list, signal);
    plan.done.saved = true;
  }
  await closeFiles(
    place,
    plan.open.map(({ path }) => path),
    signal,
  );
  return warning;
}

/** The program itself, with nothing of the operator's environment. */
async function callPm2(
  plan: SetupPlan,
  { program, place, section }: Pm2Setting,
  { signal }: Progress,
): Promise<void> {
  const { args, cwd } = pm2Call(plan, section);
  try {
    await program.exec(args, {
      cwd,
      env: plan.env,
      inheritEnv: false,
      signal,
      timeoutMs: 120_000,
      ...(place.isOther ? { user: place.owner.uid } : {}),
    });
  } catch (error) {
    if (!isOpsError(error) || error.code !== 'E_PROGRAM_FAILED') throw error;
    const said = error.message.split('\n').find((line) => line.includes('[PM2][ERROR]'));
    if (said === undefined) throw error;
    throw new OpsError(
      'E_PM2_FAILED',
      `pm2 ${args[0]} failed: ${said.replace(/^.*\[PM2\]\[ERROR\]\s*/, '')}`,
      { cause: error },
    );
  }
}

/** What is not as it was asked for; undefined when all is. */
export async function whatIsLeft(
  plan: SetupPlan,
  { setting, redactor }: Pick<CarryOutOptions, 'setting' | 'redactor'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { app } = setting.section;
  const { home } = setting.place;
  const { processes } = await lookAtApp(setting, signal);
  const running = runningDefinition(processes, app);
  if (running === undefined) return `${app} is not in PM2 any more.`;
  const left = differences(running, plan.wanted, { home, redactor });
  if (left.length > 0)
    return `PM2 did not take over everything: ${left.map(differenceText).join('; ')}.`;
  if (!isSaved(processes, app, home)) return `${app} is not in ${home}/dump.pm2 as it runs.`;
  return undefined;
}

/** Puts back the app, its saved definition and the daemon as they were. */
export async function takeBack(
  plan: SetupPlan,
  setting: Pm2Setting,
  signal: AbortSignal,
): Promise<void> {
  const { place, section } = setting;
  await restoreSaved(place, plan.saved, signal);
  if (!plan.done.touched || plan.how === 'none') return;
  const { processes, daemon } = await lookAtApp(setting, signal);
  if (!('list' in daemon.answer)) {
    if (daemon.answer.why === 'absent' && !plan.hadDaemon) return;
    throw new OpsError('E_PM2_ORDER', `PM2 does not answer any more: ${daemon.answer.message}.`);
  }
  await remove(place, processes, signal);
  const definitions = plan.before.map(({ definition }) => definition);
  await bringBack(place, definitions, signal);
  if (!plan.hadDaemon && definitions.length === 0) {
    const others = appNames(daemon.answer.list);
    others.delete(section.app);
    if (others.size === 0) await endDaemon(place, signal);
    return;
  }
  const wanted = plan.before.filter(({ status }) => status === 'online').length;
  await waitUntil(
    async (both) => {
      const look = await lookAtApp(setting, both);
      const up = look.processes.filter(({ status }) => status === 'online').length;
      return look.processes.length === plan.before.length && up >= wanted
        ? { value: true }
        : { seen: `PM2 says ${look.status.status}, ${up} of ${wanted} online` };
    },
    {
      what: `${section.app} runs again as before`,
      deadlineMs: 30_000,
      progress: { signal, warn: () => {}, report: () => {} },
    },
  );
}
