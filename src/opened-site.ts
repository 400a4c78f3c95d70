import { join, resolve } from 'node:path';
import {
  Abilities,
  type Envelope,
  exec,
  isOpsError,
  loadPlugins,
  messageOf,
  type OpenAlert,
  parseEnvelope,
  readHeartbeat,
  type SeriesPoint,
  type Site,
  type State,
  siteKeys,
} from '@om-ops/kit';
import { Config } from '@om-ops/kit/oclif';
import { loadSite } from '@om-ops/kit/site';
import { binaryRoot } from './core-plugins.ts';
import { programPlugins } from './program-plugins.ts';

/**
 * Every command with its result and its flags. Empty here: the build fills it in `dist/om-ops.d.ts` from
 * docs/results.json and the manifests, which are what the surface is checked by.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is merged with what the build writes
export interface Commands {}

export type CommandId = keyof Commands & string;
type ResultOf<Id extends CommandId> = Commands[Id] extends { result: infer R } ? R : never;
type FlagsOf<Id extends CommandId> = Commands[Id] extends { flags: infer F } ? F : never;

/** The envelope of a command, and its exit code: 0 or 7 where it is `ok`, else that of its error. */
export type Answer<R> = Envelope<R> & { exit: number };

export interface OpenSiteOptions {
  /** The site profile. Default: found as the program finds it. */
  profile?: string;
  /** Default: that of the process. */
  cwd?: string;
}

export interface RunOptions<F> {
  /** By their names without dashes: `{ 'dry-run': true }`. A guarded command wants `{ confirm: 'YES APPLY' }`. */
  flags?: F;
  args?: readonly string[];
  /** Ends it as Ctrl-C does. */
  signal?: AbortSignal;
}

export interface SiteHealth {
  /** `unknown` when nothing watches, or when what was seen is older than three intervals. */
  level: State;
  /** When it was last looked; null: never. ISO 8601 with offset. */
  at: string | null;
  ageMs: number | null;
  stale: boolean;
  /** How many checks were so, at that time. */
  counts: Readonly<Record<State, number>> | null;
}

export interface OpenedSite {
  readonly name: string;
  readonly root: string;
  readonly state: string;
  /** Undefined: the built-in defaults. */
  readonly profile: string | undefined;
  /**
   * Runs a command in a process of its own, with its locks, its log line and its audit entry. Never throws for
   * what the command does: an error is a value, with its `exit`.
   */
  run<Id extends CommandId>(
    id: Id,
    options?: RunOptions<FlagsOf<Id>>,
  ): Promise<Answer<ResultOf<Id>>>;
  /** How it stood when it was last looked. Reads one file; starts and asks nothing. @throws the system's error */
  health(): Promise<SiteHealth>;
  /** What is open, the worst first; null when nothing watches the site. Reads the monitor's store. */
  alerts(): Promise<readonly OpenAlert[] | null>;
  /** One series; null when nothing watches the site. Default: the last 24 hours in 288 points. */
  metrics(
    name: string,
    range?: { since?: Date; until?: Date; points?: number },
  ): Promise<readonly SeriesPoint[] | null>;
}

/** @throws OpsError E_SITE_NOT_FOUND, E_SITE_INVALID (`exit` 2) */
export async function openSite(options: OpenSiteOptions = {}): Promise<OpenedSite> {
  const config = await Config.load({ root: binaryRoot, ...(await programPlugins()) });
  const cwd = options.cwd ?? process.cwd();
  const site = await loadSite({
    flag: options.profile,
    env: process.env,
    cwd,
    sections: siteKeys(config),
  });
  const { file } = site.located;
  const profile = file === undefined ? undefined : resolve(cwd, file);
  const watched = watchedOf(site, config);
  return {
    name: site.site,
    root: site.root,
    state: site.state,
    profile,
    run: async (id, { flags = {}, args = [], signal } = {}) => {
      const argv = [
        ...String(id).split(':'),
        ...flagWords(flags as Record<string, FlagValue>, config.findCommand(id)?.flags ?? {}),
        '--json',
        ...(profile === undefined ? [] : ['--site', profile]),
        ...(args.length > 0 ? ['--', ...args] : []),
      ];
      return answerOf(id, argv, { cwd, signal });
    },
    health: async () => healthOf(site.state),
    alerts: async () => (await watched())?.alerts() ?? null,
    // What was measured in this very second is meant too.
    metrics: async (name, { since, until = new Date(Date.now() + 1000), points = 288 } = {}) => {
      const from = since ?? new Date(until.getTime() - 24 * 3_600_000);
      return (await watched())?.series(name, { since: from, until, points }) ?? null;
    },
  };
}

function watchedOf(site: Site, config: Config) {
  const abilities = new Abilities({
    site,
    signal: new AbortController().signal,
    load: () => loadPlugins(config),
    warn: (message) => process.emitWarning(message, 'OmOpsWarning'),
  });
  return () => abilities.watched();
}

function healthOf(state: string): SiteHealth {
  const beat = readHeartbeat(state, new Date());
  if (beat === null) return { level: 'unknown', at: null, ageMs: null, stale: true, counts: null };
  const { level, at, ageMs, stale, counts } = beat;
  return { level: stale ? 'unknown' : level, at, ageMs, stale, counts };
}

type FlagValue = boolean | string | number | readonly (string | number)[] | undefined;

/** Joined to its flag, a value that begins with a dash is no flag. */
function flagWords(
  flags: Readonly<Record<string, FlagValue>>,
  known: Readonly<Record<string, object>>,
): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (value === false) {
      const flag = known[name];
      const hasNo = flag !== undefined && 'allowNo' in flag && flag.allowNo === true;
      return hasNo ? [`--no-${name}`] : [];
    }
    if (value === true) return [`--${name}`];
    return [value].flat().map((one) => `--${name}=${one}`);
  });
}

async function answerOf<R>(
  command: string,
  argv: readonly string[],
  { cwd, signal }: { cwd: string; signal: AbortSignal | undefined },
): Promise<Answer<R>> {
  const failed = (code: string, message: string, exit: number): Answer<R> => ({
    ok: false,
    command,
    error: { code, message, suggestions: [], exit },
    warnings: [],
    exit,
  });
  try {
    const { stdout, stderr, exitCode } = await exec(join(binaryRoot, 'bin/om-ops'), argv, {
      cwd,
      env: { NO_COLOR: '1' },
      accept: 'any',
      // It may have something to take back.
      graceMs: 90_000,
      detached: true,
      ...(signal === undefined ? {} : { signal }),
    });
    const envelope = parseEnvelope<R>(stdout);
    if (envelope !== undefined) return { ...envelope, exit: exitCode };
    const said = stderr.trim().split('\n').slice(-4).join(' ');
    return failed('E_NO_ANSWER', `${command} ended with ${exitCode} and no answer: ${said}`, 1);
  } catch (error) {
    if (signal?.aborted === true)
      return failed('E_INTERRUPTED', `${command} was interrupted.`, 130);
    return isOpsError(error)
      ? failed(error.code, error.message, error.exit)
      : failed('E_NO_ANSWER', `${command} could not be run: ${messageOf(error)}`, 1);
  }
}
