import { join } from 'node:path';
import type { Program, Site } from '@om-ops/kit';
import { accountOf } from '@om-ops/kit/proc';
import { type DaemonLook, lookAtDaemon } from '../daemon/look.ts';
import { type Pm2Place, pm2Place } from '../daemon/place.ts';
import { processState } from '../daemon/processes.ts';
import { pm2Program, programVersion } from '../daemon/program.ts';
import { type Pm2Section, pm2Section } from '../site.ts';
import { bootStart } from './boot.ts';
import { readDump } from './dump.ts';
import { type Elsewhere, type Problem, problemsOf } from './problems.ts';
import { type AppProcess, processesOf } from './process.ts';
import { type AppStatus, appStatus } from './status.ts';

/** What the profile says of PM2, and where that is. */
export interface Pm2Setting {
  section: Pm2Section;
  place: Pm2Place;
  program: Program;
}

export async function pm2Setting(site: Site): Promise<Pm2Setting> {
  const section = await site.section(pm2Section);
  return { section, place: await pm2Place(site, section), program: pm2Program(section.bin) };
}

/** What there is of an app, without a daemon being started. */
export interface AppLook {
  daemon: DaemonLook;
  processes: AppProcess[];
  status: AppStatus;
}

/** @throws the signal's reason */
export async function lookAtApp(
  { section, place, program }: Pm2Setting,
  signal: AbortSignal,
): Promise<AppLook> {
  const { app } = section;
  const daemon = await lookAtDaemon(place, { signal });
  const processes = 'list' in daemon.answer ? processesOf(daemon.answer.list, app) : [];
  const path = program.find();
  const of = {
    app,
    user: place.owner.name,
    home: place.home,
    programVersion: path === undefined ? null : programVersion(path),
  };
  return { daemon, processes, status: appStatus(of, daemon, processes) };
}

export interface Diagnosis extends AppLook {
  problems: Problem[];
  /** Whether it comes back at the next boot; null where that cannot be told. */
  saved: boolean | null;
  /** What starts PM2 at boot. */
  boot: string | null;
}

/** {@link lookAtApp}, and what is not well. */
export async function diagnose(setting: Pm2Setting, signal: AbortSignal): Promise<Diagnosis> {
  const { section, place, program } = setting;
  const look = await lookAtApp(setting, signal);
  const elsewhere = await appElsewhere(section.app, look.daemon, signal);
  const dump = readDump(place.home);
  const boot =
    section.boot === 'elsewhere' ? { by: 'elsewhere', isEnabled: true } : bootStart(place);
  const path = program.find();
  const problems = problemsOf({
    ...look,
    place,
    elsewhere,
    dump,
    boot,
    programVersion: path === undefined ? null : programVersion(path),
    now: Date.now(),
  });
  const saved =
    'problem' in dump
      ? null
      : dump.entries.some(({ name, status }) => name === section.app && status !== 'stopped');
  return { ...look, problems, saved, boot: boot?.by ?? null };
}

/** The daemons of others that run an app of this name, or may. */
async function appElsewhere(
  app: string,
  { elsewhere }: DaemonLook,
  signal: AbortSignal,
): Promise<Elsewhere[]> {
  const asked = await Promise.all(
    elsewhere.map(async ({ pid, home, isCut, uid }): Promise<Elsewhere | undefined> => {
      const user = (await accountOf(uid))?.name ?? String(uid);
      if (isCut) return { pid, home: `${home}…`, user, hasApp: null };
      const at = { home, socket: join(home, 'rpc.sock') };
      const { answer } = await lookAtDaemon(at, { signal, timeoutMs: 1500 });
      if ('list' in answer)
        return { pid, home, user, hasApp: processesOf(answer.list, app).length > 0 };
      // Gone meanwhile, it runs nothing.
      return processState(pid) === undefined ? undefined : { pid, home, user, hasApp: null };
    }),
  );
  return asked.filter((one) => one !== undefined);
}
