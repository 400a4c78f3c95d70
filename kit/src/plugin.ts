import type { Check } from './abilities/check.ts';
import type { ConfigFile, LogSource, Page } from './abilities/offers.ts';
import type { PanelReader } from './abilities/panel.ts';
import type { BackupRecord, MilestoneRecord, RecordContext } from './abilities/record.ts';
import type { ScheduledTask } from './abilities/scheduled-task.ts';
import type { ServiceDriver } from './abilities/service.ts';
import type { WatchRecord } from './abilities/watched.ts';
import type { SiteSection } from './site/section.ts';
import type { Site } from './site/site.ts';

/**
 * What a plugin gives the rest of om-ops: the default export of its `src/plugin.ts`, which its
 * package.json names as `omOps.plugin`. Plugins meet only through this; none imports another.
 *
 * Everything heavy belongs inside the functions: the module is loaded whenever the menu, `doctor` or
 * `config` run, or a command asks what other plugins can do (`abilities`). Every key but `topic` is
 * optional; a new one comes with a minor version of the kit.
 */
export interface PluginContribution {
  /** The topic of its commands, and the name it goes by. */
  topic: string;
  /** Further topics that are all its own: `health` owns `alert` too. */
  topics?: readonly string[];
  /** Its sections of the site profile; the keys stand in package.json as `omOps.sections` too. */
  sections?(): Promise<SiteSection<unknown>[]>;
  /** Its entry in the menu. */
  menu?: MenuEntry;
  /** What it needs on this machine, for this site, and whether it is there. Must not throw for what is missing. */
  requirements?(site: Site): Promise<Requirement[]>;
  /** What its part of the site is like now: a card of the summary page. Late or broken counts as `unknown`. */
  state?: PanelReader;
  /** The service managers it knows. */
  services?(): Promise<readonly ServiceDriver[]>;
  /** What can be looked at again and again. */
  checks?(site: Site): Promise<readonly Check[]>;
  /** What writes lines. */
  logSources?(site: Site): Promise<readonly LogSource[]>;
  /** Which of its commands are worth running again and again. */
  tasks?(site: Site): Promise<readonly ScheduledTask[]>;
  /** The files that configure its part of the site, present or not. */
  configFiles?(site: Site): Promise<readonly ConfigFile[]>;
  /** What it has seen of the site over time; null when it has watched nothing yet. */
  watched?(site: Site): Promise<WatchRecord | null>;
  /** The backups it has of the site, and those that failed, since then. */
  backups?(context: RecordContext): Promise<readonly BackupRecord[]>;
  /** What the site is to reach, and what of it was reached; all of it, whenever it was made. */
  milestones?(site: Site): Promise<readonly MilestoneRecord[]>;
  /** What it wrote that may be published. */
  pages?(site: Site): readonly Page[];
}

/** Keeps a contribution's type without widening it. */
export function definePlugin(contribution: PluginContribution): PluginContribution {
  return contribution;
}

/**
 * A top entry of the menu. `order` is its number: 1 PM2 … 11 Build, as in om-recovery's menu, new ones from 12;
 * 20 to 26 are the changelog's there, and nobody else's.
 */
export interface MenuEntry {
  order: number;
  title: string;
  items: readonly MenuItem[];
  /** Why nothing of it can be done here, in a few words: `pm2 is not installed`. It is dimmed then. Looks, and starts nothing. */
  unready?(site: Site): Promise<string | undefined>;
  /** How its part stands, from files below STATE alone: asked at every look, so it starts nothing and asks no network. */
  standing?(context: { site: Site; now: Date }): Promise<MenuStanding>;
}

export interface MenuStanding {
  /** Beside the entry's title, in a few words: `images 9 d ago`. */
  note?: string;
  /** How much the note needs somebody. */
  level?: 'warning' | 'critical';
  /** For the head of the menu: `newest backup 21 h`. */
  head?: string;
}

export interface MenuItem {
  title: string;
  /** The command line behind `om-ops`, one argument an element. */
  argv: readonly string[];
  /** Its number in om-recovery's menu, which chooses it from the top too. */
  number?: number;
  /**
   * What is said of it, where its flags do not tell: a command with `--confirm` asks for the phrase, one without
   * `--dry-run` reads only.
   */
  effect?: MenuEffect;
  /** Asked before it runs; each answer is appended as `[flag, answer]`, or alone without a flag. Empty answers to optional questions are left out. */
  ask?: readonly MenuQuestion[];
  /** Why it cannot be done now, as a sentence, so that nobody is asked in vain; undefined when it can. */
  unready?(site: Site): Promise<string | undefined>;
}

export type MenuEffect = 'reads' | 'changes' | 'may-ask' | 'asks';

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
