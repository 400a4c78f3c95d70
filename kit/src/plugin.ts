import type { PanelReader } from './abilities/panel.ts';
import type { ServiceDriver } from './abilities/service.ts';
import type { SiteSection } from './site/section.ts';
import type { Site } from './site/site.ts';

/**
 * What a plugin gives the rest of om-ops: the default export of its `src/plugin.ts`, which its
 * package.json names as `omOps.plugin`. Plugins meet only through this; none imports another.
 *
 * Everything heavy belongs inside the functions: the module is loaded whenever the menu, `doctor`,
 * `config` or the summary page run.
 */
export interface PluginContribution {
  /** The one topic of its commands. */
  topic: string;
  /** Its sections of the site profile; the keys stand in package.json as `omOps.sections` too. */
  sections?(): Promise<SiteSection<unknown>[]>;
  /** Its entry in the menu. */
  menu?: MenuEntry;
  /** What it needs on this machine, for this site, and whether it is there. Must not throw for what is missing. */
  requirements?(site: Site): Promise<Requirement[]>;
  /** Its part of the summary page. */
  panel?(site: Site): Promise<SummaryPanel>;
  /** What its part of the site is like now. */
  state?: PanelReader;
  /** The service managers it knows. */
  services?(): Promise<ServiceDriver[]>;
}

/** Keeps a contribution's type without widening it. */
export function definePlugin(contribution: PluginContribution): PluginContribution {
  return contribution;
}

/** A top entry of the menu. `order` is the seed's number: 1 PM2 … 11 Build. */
export interface MenuEntry {
  order: number;
  title: string;
  items: readonly MenuItem[];
}

export interface MenuItem {
  title: string;
  /** The command line behind `om-ops`, one argument an element. */
  argv: readonly string[];
  /** Asked before it runs; each answer is appended as `[flag, answer]`, or alone without a flag. Empty answers to optional questions are left out. */
  ask?: readonly MenuQuestion[];
}

export interface MenuQuestion {
  message: string;
  flag?: string;
  optional?: boolean;
  choices?: readonly string[];
}

export interface Requirement {
  kind: 'program' | 'path' | 'permission' | 'service';
  /** The program's name, the path. */
  name: string;
  /** What it is needed for: `dumping MySQL databases`. */
  purpose: string;
  /** `missing` makes `doctor` exit 6; `absent` is worth knowing and no fault. */
  state: 'ok' | 'missing' | 'absent';
  /** Where it is, its version, or what is wrong with it. */
  detail?: string;
  /** How to get it. */
  fix?: string;
}

/** One card of the summary page. */
export interface SummaryPanel {
  title: string;
  state: 'ok' | 'warning' | 'critical' | 'unknown';
  facts: readonly { label: string; value: string }[];
  /** Sentences under the facts: what is wrong and what to do. */
  notes?: readonly string[];
}
