import { dirname } from 'node:path';
import { type Change, OpsError, type Redactor, type Site } from '@om-ops/kit';
import { type Diagnosis, diagnose, type Pm2Setting } from '../app/look.ts';
import type { AppProcess } from '../app/process.ts';
import { hideSecrets, hideSecretValues } from '../app/secrets.ts';
import { pm2Environment } from '../daemon/program.ts';
import {
  type Definition,
  npmDefinition,
  runningDefinition,
  wantedDefinition,
} from './definition.ts';
import { type Difference, differences } from './differences.ts';
import { findSource, type Source } from './ecosystem.ts';
import { identityOf } from './identity.ts';
import { readEcosystem } from './read-ecosystem.ts';
import { isSaved, openFiles, type SavedFiles, savedFiles } from './saved.ts';

/** How the app gets from what it is to what it is to be. */
export type How =
  | 'start'
  | 'reload'
  /** Deleted and started: PM2's reload leaves what differs as it is. */
  | 'replace'
  /** It is as it is to be, and stopped. */
  | 'restart'
  | 'none';

export interface SetupPlan {
  source: Source;
  wanted: Definition;
  env: Record<string, string>;
  how: How;
  differences: Difference[];
  /** What ran before, whole, to be put back. */
  before: AppProcess[];
  hadDaemon: boolean;
  saved: SavedFiles;
  /** Whether the next boot would not bring back what runs. */
  mustSave: boolean;
  /** Saved lists that others may read. */
  open: { path: string; mode: string }[];
  /** Set while it is carried out. */
  done: { touched: boolean; saved: boolean; errorLines: readonly string[] };
}

export interface PlanOptions {
  site: Site;
  setting: Pm2Setting;
  redactor: Redactor;
  signal: AbortSignal;
}

/** Looks at the file and at PM2, starts nothing. @throws OpsError for whatever stands in the way */
export async function planSetup({
  site,
  setting,
  redactor,
  signal,
}: PlanOptions): Promise<SetupPlan> {
  const { section, place, program } = setting;
  program.need();
  const found = await diagnose(setting, signal);
  refuseObstacle(found);
  const source = findSource(site, section);
  const env = pm2Environment(place);
  const wanted = await wantedOf(source, { setting, env, signal });
  const { processes } = found;
  hideSecrets(redactor, processes);
  hideSecretValues(redactor, wanted.env);
  const running = runningDefinition(processes, section.app);
  const different =
    running === undefined ? [] : differences(running, wanted, { home: place.home, redactor });
  const how = howTo(source, processes, different);
  return {
    source,
    wanted,
    env,
    how,
    differences: different,
    before: processes,
    hadDaemon: 'list' in found.daemon.answer,
    saved: savedFiles(place),
    mustSave: how !== 'none' || !isSaved(processes, section.app, place.home),
    open: openFiles(place),
    done: { touched: false, saved: false, errorLines: [] },
  };
}

async function wantedOf(
  source: Source,
  {
    setting,
    env,
    signal,
  }: { setting: Pm2Setting; env: Record<string, string>; signal: AbortSignal },
): Promise<Definition> {
  const { section, place } = setting;
  if (source.kind === 'npm') return npmDefinition(source.folder, env, section.app);
  const ecosystem = await readEcosystem(source, section.app, { place, env, signal });
  const folder = dirname(source.file);
  return wantedDefinition(ecosystem, {
    folder,
    name: section.app,
    envName: section.env,
    path: env.PATH ?? '',
    identity: await identityOf(ecosystem.app),
  });
}

function howTo(
  { kind }: Source,
  processes: readonly AppProcess[],
  found: readonly Difference[],
): How {
  if (processes.length === 0) return 'start';
  if (found.length > 0)
    return kind !== 'npm' && found.every(({ byReload }) => byReload) ? 'reload' : 'replace';
  return processes.every(({ status }) => status === 'online') ? 'none' : 'restart';
}

/** What would make a second PM2, or a second app, of it. */
function refuseObstacle({ problems }: Diagnosis): void {
  const inTheWay = problems.find(
    ({ code, state }) =>
      ['E_PM2_WEDGED', 'E_PM2_DENIED', 'E_PM2_BROKEN', 'E_PM2_TWICE'].includes(code) ||
      (['E_APP_ELSEWHERE', 'E_APP_TWICE'].includes(code) && state === 'critical'),
  );
  if (inTheWay === undefined) return;
  const { code, message, fix } = inTheWay;
  throw new OpsError(code, message, {
    exit: code === 'E_PM2_WEDGED' || code === 'E_PM2_TWICE' ? 'failed' : 'requirement',
    suggestions: [fix],
  });
}

/** The command line that starts or reloads the app, and where it is called. */
export function pm2Call(
  { source, how }: Pick<SetupPlan, 'source' | 'how'>,
  { app, env }: { app: string; env: string | null },
): { args: string[]; cwd: string } {
  if (source.kind === 'npm')
    return { args: ['start', 'npm', '--name', app, '--', 'start'], cwd: source.folder };
  const verb = how === 'reload' ? 'reload' : 'start';
  const more = env === null ? [] : ['--env', env];
  return { args: [verb, source.file, '--only', app, ...more], cwd: dirname(source.file) };
}

/** What would be changed, for the dry run and for who is asked. */
export function setupChanges(plan: SetupPlan, { section, place }: Pm2Setting): Change[] {
  const { how, before } = plan;
  const call = pm2Call(plan, section);
  const run: Change = {
    kind: 'run',
    what: `pm2 ${call.args.join(' ')}`,
    detail: `in ${call.cwd}, as ${place.owner.name}`,
  };
  const why = plan.differences.map(differenceText).join('; ');
  const ids = before.map(({ id }) => id).join(' ');
  const order: Change[] = {
    none: [],
    start: [run],
    reload: [{ ...run, detail: `${run.detail}; ${why}` }],
    restart: [{ kind: 'run' as const, what: `pm2 restart ${ids}`, detail: 'it does not run' }],
    replace: [
      { kind: 'remove' as const, what: `${section.app} from PM2, to start it anew`, detail: why },
      run,
    ],
  }[how];
  const dump = `${place.home}/dump.pm2`;
  const save: Change[] = plan.mustSave
    ? [
        {
          kind: plan.saved.dump === null ? 'create' : 'edit',
          what: dump,
          detail: `${section.app}, for the next boot`,
        },
      ]
    : [];
  const close = plan.open.map(
    ({ path, mode }): Change => ({ kind: 'permissions', what: path, detail: `${mode} → 0600` }),
  );
  return [...order, ...save, ...close];
}

export function differenceText({
  what,
  from,
  to,
}: Pick<Difference, 'what' | 'from' | 'to'>): string {
  if (from === null) return `${what} is set to ${to}`;
  return to === null ? `${what} goes, it was ${from}` : `${what}: ${from} → ${to}`;
}
