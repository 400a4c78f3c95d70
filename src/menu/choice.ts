import {
  confirmPhrase,
  type Interfaces,
  type MenuEffect,
  type MenuItem,
  type MenuQuestion,
  type PluginContribution,
} from '@om-ops/kit';
import { typedLine } from './command-line.ts';

/** Something the menu can run. */
export interface Choice {
  title: string;
  /** The command line behind `om-ops`, one argument an element. */
  argv: readonly string[];
  topic: string;
  /** Its number in om-recovery's menu. */
  number: number | undefined;
  /** Undefined where nothing can be said: commands that are not ours. */
  effect: MenuEffect | undefined;
  hasDryRun: boolean;
  ask: readonly Question[];
  unready: MenuItem['unready'];
}

export interface Question extends MenuQuestion {
  /** What the command takes when nothing is answered. */
  fallback?: string;
}

/** An entry of the top. */
export interface Entry {
  order: number;
  title: string;
  topic: string;
  choices: readonly Choice[];
  contribution: PluginContribution;
}

export interface Board {
  entries: readonly Entry[];
  /** Commands that stand in no entry: they are found by typing. */
  others: readonly Choice[];
}

type KnownCommand = Interfaces.Config['commands'][number];

/** All there is to choose from, the entries by their numbers. */
export function boardOf(
  contributions: readonly PluginContribution[],
  config: Interfaces.Config,
): Board {
  const entries = contributions
    .flatMap((contribution): Entry[] => {
      const { menu, topic } = contribution;
      if (menu === undefined) return [];
      const choices = menu.items.map((item) => choiceOf(item, topic, config));
      return [{ order: menu.order, title: menu.title, topic, choices, contribution }];
    })
    .sort((one, other) => one.order - other.order);
  const listed = new Set(
    entries.flatMap(({ choices }) => choices.map(({ argv }) => commandOf(argv, config)?.id)),
  );
  const others = config.commands
    .filter(({ id, hidden }) => !hidden && !listed.has(id) && id !== 'menu' && id !== 'help')
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .map((command) => choiceOfCommand(command));
  return { entries, others };
}

/** A command line that was run before. Undefined when there is no such command any more. */
export function choiceOfLine(
  argv: readonly string[],
  config: Interfaces.Config,
): Choice | undefined {
  const command = commandOf(argv, config);
  if (command === undefined) return undefined;
  const choice = choiceOf({ title: typedLine(argv), argv }, topicOf(command.id), config);
  return { ...choice, effect: perhaps(choice.effect) };
}

function choiceOf(item: MenuItem, topic: string, config: Interfaces.Config): Choice {
  const { title, argv, number, ask = [], unready } = item;
  const command = commandOf(argv, config);
  return {
    title,
    argv,
    topic,
    number,
    unready,
    effect: argv.includes('--dry-run') ? 'reads' : (item.effect ?? effectOf(command)),
    hasDryRun: command?.flags['dry-run'] !== undefined && !argv.includes('--dry-run'),
    ask: ask.map((question) => withFallback(question, command)),
  };
}

function choiceOfCommand(command: KnownCommand): Choice {
  return {
    title: command.summary ?? firstSentence(command.description) ?? command.id,
    argv: command.id.split(':'),
    topic: topicOf(command.id),
    number: undefined,
    effect: perhaps(effectOf(command)),
    hasDryRun: command.flags['dry-run'] !== undefined,
    ask: questionsOf(command),
    unready: undefined,
  };
}

/** What it needs, and its arguments: the rest is for the command line. */
function questionsOf({ args, flags }: KnownCommand): Question[] {
  return [
    ...Object.values(args).map((arg) => ({
      message: arg.description ?? arg.name,
      optional: arg.required !== true,
      ...choicesIn(arg),
    })),
    ...Object.values(flags)
      .filter(({ required }) => required === true)
      .map((flag) => ({
        message: flag.summary ?? flag.description ?? flag.name,
        flag: `--${flag.name}`,
        ...choicesIn(flag),
      })),
  ];
}

function choicesIn(of: object): { choices?: readonly string[] } {
  return 'options' in of && Array.isArray(of.options) ? { choices: of.options } : {};
}

function withFallback(question: MenuQuestion, command: KnownCommand | undefined): Question {
  const flag = question.flag === undefined ? undefined : command?.flags[question.flag.slice(2)];
  const fallback: unknown = flag !== undefined && 'default' in flag ? flag.default : undefined;
  return typeof fallback === 'string' || typeof fallback === 'number'
    ? { ...question, fallback: String(fallback) }
    : question;
}

/** See `MenuItem.effect`. */
function effectOf(command: KnownCommand | undefined): MenuEffect | undefined {
  if (command === undefined || !isOurs(command)) return undefined;
  if (asksForPhrase(command)) return 'asks';
  return command.flags['dry-run'] === undefined ? 'reads' : 'changes';
}

/** `--confirm` of some command means something else. */
function asksForPhrase({ flags: { confirm } }: KnownCommand): boolean {
  return (
    confirm !== undefined && 'helpValue' in confirm && confirm.helpValue === `"${confirmPhrase}"`
  );
}

/** Some command that can ask does so with some of its flags alone: only an item of the menu knows. */
function perhaps(effect: MenuEffect | undefined): MenuEffect | undefined {
  return effect === 'asks' ? 'may-ask' : effect;
}

/** Those of oclif's own plugins know no `--dry-run`, and some change something. */
function isOurs({ flags }: KnownCommand): boolean {
  return flags.site !== undefined;
}

/** The command that a command line begins with: of several the longest. */
function commandOf(argv: readonly string[], config: Interfaces.Config): KnownCommand | undefined {
  const flag = argv.findIndex((word) => word.startsWith('-'));
  for (let count = flag === -1 ? argv.length : flag; count > 0; count -= 1) {
    const command = config.findCommand(argv.slice(0, count).join(':'));
    if (command !== undefined) return command;
  }
  return undefined;
}

function topicOf(id: string): string {
  return id.split(':')[0] ?? id;
}

function firstSentence(text: string | undefined): string | undefined {
  return text?.split(/(?<=\.)\s/)[0];
}
