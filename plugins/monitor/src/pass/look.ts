import type { Check, Of, Site } from '@om-ops/kit';
import { allChecks } from '../checks/all-checks.ts';
import type { WatchedCheck } from '../checks/watched-check.ts';
import type { Machine } from '../readers/machine.ts';
import { type HealthSection, healthSection } from '../site/health.ts';
import { integrationCheck } from './integration.ts';
import { type KeptPass, readKeptPass } from './kept-pass.ts';
import type { Pass } from './pass.ts';
import { type Readings, readReadings } from './readings.ts';
import { runPass } from './run.ts';
import { selected } from './select.ts';

/** One look is good for so long where nobody has said when the next comes. */
const onceMs = 30 * 60_000;

export interface LookOptions {
  site: Site;
  machine: Machine;
  /** Those of every plugin. */
  ofPlugins: readonly Of<Check>[];
  names: readonly string[];
  tags: readonly string[];
  confirm: number;
  isDeep: boolean;
  timeoutMs: number;
  mostMs?: number;
  /** How long until the next pass is due; undefined: nobody has said. */
  everyMs?: number;
  redact(text: string): string;
  signal: AbortSignal;
}

export interface Looked {
  pass: Pass;
  readings: Readings;
}

/** Everything there is to look at. @throws OpsError E_SITE_INVALID (exit 2) */
export async function watchedChecks(
  options: Pick<LookOptions, 'site' | 'machine' | 'ofPlugins'> & { readings: readonly Readings[] },
): Promise<WatchedCheck[]> {
  return allChecks({ ...options, health: await options.site.section(healthSection) });
}

/** The check of all services together, before anything was seen of them. */
export async function unseenIntegration(site: Site): Promise<WatchedCheck> {
  return integrationCheck([], integrationOf(site, await site.section(healthSection)));
}

/** Finds what there is to look at, chooses, and looks. @throws OpsError E_NO_CHECK, E_SITE_INVALID (exit 2); the signal's reason */
export async function look(options: LookOptions): Promise<Looked> {
  const { site, machine, names, tags } = options;
  const kept = keptOrNull(site.state);
  const now = readReadings(machine);
  const readings = kept?.readings ?? [];
  const chosen = selected(await watchedChecks({ ...options, readings }), names, tags);
  const pass = await runPass(chosen, {
    ...options,
    previous: kept?.pass ?? null,
    readings,
    now,
    everyMs: options.everyMs ?? cadence(kept, machine.now()),
    isWhole: names.length === 0 && tags.length === 0,
    integration: integrationOf(site, await site.section(healthSection)),
  });
  return { pass, readings: now };
}

function integrationOf(site: Site, { thresholds }: HealthSection) {
  const source = site.sourceOf(['health', 'thresholds', 'integration']);
  return { thresholds: thresholds.integration, source: source.slice(source.lastIndexOf('/') + 1) };
}

/** Who looks by hand in between does not change how often is looked. */
function cadence(kept: KeptPass | null, now: Date): number {
  if (kept === null) return onceMs;
  const age = now.getTime() - Date.parse(kept.pass.at);
  return age >= 0 && age <= 3 * kept.pass.everyMs ? kept.pass.everyMs : onceMs;
}

/** Looking goes without what was seen before: whether it can be kept is another question. */
function keptOrNull(state: string): KeptPass | null {
  try {
    return readKeptPass(state);
  } catch {
    return null;
  }
}
