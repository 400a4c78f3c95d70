import { readFileSync, realpathSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import {
  type Change,
  type Guarded,
  isOpsError,
  makeStateFolder,
  OpsError,
  type Progress,
  removeLeftovers,
  replaceContent,
  silentProgress,
  writeFileAtomic,
} from '@om-ops/kit';
import { readConfiguration } from '../config/configuration.ts';
import { answers, stillBad, worse } from '../running/answers.ts';
import { reload, wayText } from '../running/reload.ts';
import { testArguments } from '../running/tested.ts';
import { type ApplyOptions, type ApplyPlan, forbidden, planApply, test } from './plan.ts';

/** What a change of nginx's configuration does, in the order of the kit's `guarded`. */
export function applyBaseline(
  options: ApplyOptions,
  { dryRun, redact }: { dryRun: boolean; redact(text: string): string },
): Guarded<ApplyPlan> {
  return {
    plan: (progress) => planApply(options, dryRun, progress),
    changes: (plan) => changesOf(plan, options),
    question: ({ edit, way }) =>
      edit.isChanged
        ? `${edit.what} in ${edit.file.path} will be changed, and nginx told to read its configuration again.`
        : `nginx will be told to read its configuration again${way === undefined ? '' : ` (${wayText(way)})`}.`,
    stillHolds: async ({ edit }) => holds(edit.configuration.files, options.conf),
    apply: (plan, progress) => write(plan, options, progress),
    verify: (plan, progress) => verify(plan, options, progress),
    undo: (plan, signal) => putBack(plan, options, signal),
    undoMs: 90_000,
    standing: ({ edit, backup }) =>
      `${edit.file.path} has to be looked at; what it held before is in ${backup ?? 'no backup'}.`,
    touched: ({ edit, backup, done }) => [
      ...(done.written === undefined ? [] : [edit.file.path, ...(backup === null ? [] : [backup])]),
      ...(done.reloaded === true ? ['nginx'] : []),
    ],
  };
  function changesOf(plan: ApplyPlan, { conf }: ApplyOptions): Change[] {
    const { edit, nginx, way, master, backup, unread } = plan;
    if (!edit.isChanged && unread.length === 0) return [];
    const reloads: Change[] =
      way === undefined
        ? [
            {
              kind: 'run',
              what: 'nothing: nginx does not run, and has to before this can be applied',
            },
          ]
        : [{ kind: 'run', what: wayText(way) }];
    const tests = [nginx.program.name, ...testArguments(conf, master?.prefix)].join(' ');
    if (!edit.isChanged)
      return [
        { kind: 'run', what: tests },
        ...reloads.map((one) => ({
          ...one,
          detail: `nginx has not read ${unread.join(', ')} yet`,
        })),
      ];
    return [
      { kind: 'create', what: backup ?? '', detail: 'what the file holds now' },
      {
        kind: 'edit',
        what: edit.file.path,
        diff: redact(edit.diff),
        detail: `${edit.what}, line ${edit.line}`,
      },
      { kind: 'run', what: tests },
      ...reloads,
    ];
  }
}

/** Whether every file still holds what was read: another may decide who answers by now. */
function holds(files: ApplyPlan['edit']['configuration']['files'], conf: string): boolean {
  const now = readConfiguration(conf).files;
  return (
    now.length === files.length &&
    now.every(({ path, text }, at) => files[at]?.path === path && files[at]?.text === text)
  );
}

async function write(
  plan: ApplyPlan,
  { conf, backups }: ApplyOptions,
  progress: Progress,
): Promise<void> {
  const { edit, nginx, backup } = plan;
  if (edit.isChanged && backup !== null) {
    const before = Buffer.from(edit.file.text, 'latin1');
    const after = Buffer.from(edit.after, 'latin1');
    makeStateFolder(backups);
    // Of an om-ops that was killed while it wrote.
    const real = realpathSync(edit.file.path);
    removeLeftovers(dirname(real), (name) => name.startsWith(`.${basename(real)}.`));
    await writeFileAtomic(backup, before);
    // Noted first: it can fail with the new content in place.
    plan.done.written = { before, after, path: edit.file.path };
    const replaced = await replaceContent(edit.file.path, after, { ifHolds: before });
    if (replaced.why !== undefined)
      progress.warn(`${edit.file.path} was written in place: ${replaced.why}.`);
  }
  const tested = await test(conf, nginx, progress.signal);
  const how = { check: 'nginx -t', ok: tested.outcome === 'valid' };
  plan.checks.push({ ...how, message: tested.message ?? 'the configuration is valid' });
  if (tested.outcome === 'forbidden') throw forbidden(tested);
  if (tested.outcome === 'invalid')
    throw new OpsError(
      'E_NGINX_INVALID',
      `nginx refuses the new configuration: ${tested.message}.`,
    );
  await reloadNow(plan, progress);
}

async function reloadNow(plan: ApplyPlan, progress: Progress): Promise<void> {
  const { master, way, errorLogs } = plan;
  if (master === undefined || way === undefined) throw new Error('the plan has no master');
  plan.done.reloaded = true;
  try {
    const { workers, warnings, ms } = await reload(master, way, errorLogs, progress);
    plan.done.taken = true;
    for (const warning of warnings) progress.warn(warning);
    plan.checks.push({
      check: 'reload',
      ok: true,
      message: `${workers.length === 1 ? 'a new worker' : `${workers.length} new workers`} under ${master.pid} after ${ms} ms, no [emerg]`,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    plan.checks.push({ check: 'reload', ok: false, message });
    throw error;
  }
}

async function verify(
  plan: ApplyPlan,
  options: ApplyOptions,
  progress: Progress,
): Promise<string | undefined> {
  const { edit, before } = plan;
  const asked = { serverName: options.serverName, path: options.asked };
  let problem: string | undefined;
  let after = before;
  // A worker that has just begun finds out about its backends first.
  for (let round = 0; round < 4; round += 1) {
    after = await answers(edit.target.at, asked, progress.signal);
    problem = worse(before, after);
    if (problem === undefined) break;
    await pause(300, progress.signal);
  }
  for (const { url, status, said } of after)
    plan.checks.push({ check: url, ok: status !== null && status < 500, message: said });
  if (after.length === 0)
    progress.warn(
      'No address of the site can be asked from this machine: that it answers was not seen.',
    );
  if (problem === undefined) for (const warning of stillBad(after)) progress.warn(warning);
  return problem;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { setTimeout: delay } = await import('node:timers/promises');
  await delay(ms, undefined, { signal });
}

/** Only what we wrote: whoever wrote meanwhile keeps it. */
async function putBack(
  plan: ApplyPlan,
  { conf }: ApplyOptions,
  signal: AbortSignal,
): Promise<void> {
  const { edit, nginx, done } = plan;
  const { written } = done;
  if (written !== undefined) {
    if (!readFileSync(written.path).equals(written.before))
      await replaceContent(written.path, written.before, {
        ifHolds: written.after,
        inPlaceIfFull: true,
      });
    // It is what the workers know: a newer time would say that it is not.
    const when = new Date(edit.file.modifiedMs);
    utimesSync(written.path, statSync(written.path).atime, when);
  }
  if (done.reloaded !== true) return;
  const tested = await test(conf, nginx, signal);
  if (tested.outcome !== 'valid')
    throw new OpsError(
      'E_NGINX_INVALID',
      `nginx refuses the configuration that was put back: ${tested.message}.`,
    );
  try {
    await reloadNow(plan, { ...silentProgress(), signal });
  } catch (error) {
    // It refuses what was there before too: its workers are those of before, and serve what they served.
    if (done.taken === true || !isOpsError(error) || error.code !== 'E_RELOAD_REFUSED') throw error;
  }
}
