import { OpsError } from '@om-ops/kit';
import {
  crontab,
  crontabBlock,
  hasBlock,
  readCrontab,
  withBlock,
  withoutBlock,
  writeCrontab,
} from './crontab.ts';
import {
  applyUnits,
  dropUnits,
  readUnits,
  systemctl,
  systemdRuns,
  timerProblem,
  type UnitFiles,
  type Units,
  unitFiles,
  unitsOf,
} from './systemd.ts';
import { shellLine, type TickCommand } from './tick-command.ts';

export type Method = 'cron' | 'systemd';

export interface PlaceContext {
  /** Tells the sites of one machine apart: the profile, or STATE where there is none. */
  name: string;
  site: string;
  tick: TickCommand;
  env: NodeJS.ProcessEnv;
}

/** A text that stands somewhere, or will; null: nothing does. */
export interface PlacedText {
  /** `the crontab of root`, or a path. */
  what: string;
  before: string | null;
  after: string | null;
}

/** One place from which the tick can be called, as it is and as it is wanted. */
export interface Place {
  method: Method;
  texts: PlacedText[];
  apply(signal?: AbortSignal): Promise<void>;
  undo(): Promise<void>;
  /** What is wrong after `apply`, as a sentence. */
  problem(): Promise<string | undefined>;
}

/** The crontab with our lines in it, or without. @throws OpsError E_PROGRAM_MISSING, E_PERMISSION, E_CRONTAB_DAMAGED */
export async function cronPlace(
  wanted: 'there' | 'gone',
  user: string,
  { name, site, tick }: PlaceContext,
  signal: AbortSignal,
): Promise<Place> {
  const before = await readCrontab(signal);
  const after =
    wanted === 'gone'
      ? withoutBlock(before, name)
      : withBlock(before, name, crontabBlock(name, site, shellLine(tick)));
  return {
    method: 'cron',
    texts: [{ what: `the crontab of ${user}`, before, after }],
    apply: (both) => writeCrontab(after, both),
    undo: () => writeCrontab(before),
    async problem() {
      return (await readCrontab(AbortSignal.timeout(30_000))) === after
        ? undefined
        : 'crontab says that it took it, and holds something else.';
    },
  };
}

/** The units there, or gone. @throws OpsError E_NOT_OURS, E_PERMISSION */
export function systemdPlace(wanted: 'there' | 'gone', context: PlaceContext): Place {
  const { name, env } = context;
  const units = unitsOf(name, env);
  const before = readUnits(units, name);
  const after = wanted === 'gone' ? null : unitFiles(units, context);
  const texts = [units.service, units.timer].map((file) => ({
    what: `${units.folder}/${file}`,
    before: before?.[file] ?? null,
    after: after?.[file] ?? null,
  }));
  return { method: 'systemd', texts, ...changeUnits(units, before, after) };
}

function changeUnits(
  units: Units,
  before: UnitFiles | null,
  after: UnitFiles | null,
): Pick<Place, 'apply' | 'undo' | 'problem'> {
  return {
    apply: (signal) => applyUnits(units, after, signal),
    undo: () => (before === null ? dropUnits(units) : applyUnits(units, before)),
    problem: () => (after === null ? Promise.resolve(undefined) : timerProblem(units)),
  };
}

/** Where the tick of this site is called from now; a crontab that may not be read is told to `warn`. */
export async function installedAt(
  { name, env }: Pick<PlaceContext, 'name' | 'env'>,
  signal: AbortSignal,
  warn: (message: string) => void,
): Promise<Method[]> {
  const found: Method[] = [];
  try {
    if (crontab.find() !== undefined && hasBlock(await readCrontab(signal), name))
      found.push('cron');
  } catch (error) {
    signal.throwIfAborted();
    warn(`Whether the crontab calls the tick is not known: ${(error as Error).message}`);
  }
  if (readUnits(unitsOf(name, env), name) !== null) found.push('systemd');
  return found;
}

/** What to use where nobody says. @throws OpsError E_PROGRAM_MISSING (exit 5) */
export function usualMethod(installed: readonly Method[]): Method {
  const [first] = installed;
  if (first !== undefined) return first;
  if (crontab.find() !== undefined) return 'cron';
  if (systemdRuns() && systemctl.find() !== undefined) return 'systemd';
  throw new OpsError(
    'E_PROGRAM_MISSING',
    'Nothing here can call the tick each minute: there is no crontab, and systemd does not run.',
    {
      exit: 'requirement',
      suggestions: [
        crontab.install,
        'Or have something else call it each minute; the line is: om-ops schedule print',
      ],
    },
  );
}
