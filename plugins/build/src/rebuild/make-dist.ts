import { existsSync, statSync } from 'node:fs';
import { type ExecOptions, OpsError, type Progress, type Step } from '@om-ops/kit';
import { buildEnvironment } from '../environment/build-environment.ts';
import { verifyPart } from '../verify/verify.ts';
import { findingText } from '../view/verify.ts';
import type { BuildSteps, RebuildPlan } from './plan.ts';
import type { RebuildContext, RebuildProgress } from './progress.ts';
import { scriptCall } from './script.ts';

/** A rebuild at the point where something new is made. */
export interface Making {
  plan: RebuildPlan;
  build: BuildSteps;
  /** Where the build is told to write, if it is. */
  beside: string | null;
  context: RebuildContext;
  state: RebuildProgress;
  progress: Progress;
  step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T>;
}

/**
 * Installs the packages, runs the script, and reads what came out: each step needs the one before.
 *
 * @throws OpsError E_PROGRAM_FAILED, E_NOT_BESIDE, E_DIST_BROKEN (exit 1); E_INTERRUPTED
 */
export async function makeDist(making: Making): Promise<void> {
  await installPackages(making);
  await runScript(making);
  await checkDist(making);
}

async function installPackages({ plan, build, state, progress, step }: Making): Promise<void> {
  const { manager, install } = build;
  const { name, program, folder } = manager;
  await step([name, install.args[0]].join(' '), async (one) => {
    if (install.why === undefined) {
      state.install = 'skipped';
      one.ends('skipped', 'What is installed is what the lock file says.');
      return;
    }
    const env = buildEnvironment('install');
    const timeoutMs = plan.section.installSeconds * 1000;
    const { signal } = progress;
    await one.exec(program, install.args, programOptions(plan, folder, { env, timeoutMs, signal }));
    state.install = 'done';
  });
}

async function runScript({ plan, build, beside, state, progress, step }: Making): Promise<void> {
  const { manager, script } = build;
  const { part, section } = plan;
  const { out } = section;
  const told = out === null || beside === null ? null : { out, beside };
  const call = scriptCall(manager.name, script, part, told);
  await step(`${manager.name} run ${script.name}`, async (one) => {
    const env = { ...buildEnvironment('build'), ...call.env };
    const timeoutMs = section.buildSeconds * 1000;
    const { signal } = progress;
    await one.exec(
      manager.program,
      call.args,
      programOptions(plan, part.folder, { env, timeoutMs, signal }),
    );
  });
  if (beside !== null && !existsSync(beside)) {
    throw new OpsError(
      'E_NOT_BESIDE',
      `The build has written nothing to ${beside}, although build.out of the site profile says that it can be told to.`,
      {
        suggestions: [
          'Correct build.out in the site profile, or set it to null.',
          `Read what it printed: ${state.run?.path ?? ''}/output`,
        ],
      },
    );
  }
}

/** As the owner of the folder, when om-ops is root: what is built must not belong to another user than before. */
function programOptions({ part }: RebuildPlan, cwd: string, options: ExecOptions): ExecOptions {
  const { uid } = statSync(part.folder);
  return { ...options, cwd, ...(process.geteuid?.() === 0 && uid !== 0 ? { user: uid } : {}) };
}

async function checkDist({ plan, beside, context, state, progress, step }: Making): Promise<void> {
  const dist = beside ?? plan.part.dist;
  await step('verify', async (one) => {
    const part = { ...plan.part, dist };
    const { findings, leftOut } = await verifyPart(part, () => context.appNode(), progress);
    const { redact } = context;
    state.findings = findings.map((found) => ({
      ...found,
      message: redact.foreign(found.message),
    }));
    for (const reason of leftOut) one.output({ text: `Not checked: ${reason}`, from: 'stderr' });
    const lines = findings.map((found) => findingText(found, [{ part: part.name, path: dist }]));
    for (const text of lines) one.output({ text, from: 'stderr' });
    const [first] = lines;
    if (first === undefined) return;
    throw new OpsError(
      'E_DIST_BROKEN',
      `What was built is not whole: ${redact.foreign(first)}${lines.length === 1 ? '' : `, and ${lines.length - 1} more`}.`,
      { suggestions: [`Read all findings: ${one.outputPath}`] },
    );
  });
}
