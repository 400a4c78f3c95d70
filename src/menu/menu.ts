import type { Interfaces, Page, PluginContribution, Site } from '@om-ops/kit';
import { lastLines } from './again.ts';
import { boardOf, type Choice, choiceOfLine } from './choice.ts';
import { typedLine, withFlags } from './command-line.ts';
import { formOf, valuesOf } from './form.ts';
import { watched } from './heartbeat.ts';
import { type Ran, scriptOf } from './ran.ts';
import {
  answersOf,
  copyText,
  offerLines,
  offersOf,
  pagesText,
  pagesThere,
  type Result,
  type Wish,
  whyText,
} from './result.ts';
import { isGuarded, type World } from './rows.ts';
import { readStandings } from './standings.ts';
import { type Act, type MenuState, topState } from './state.ts';
import type { MenuTerminal } from './terminal.ts';

export interface MenuOptions {
  site: Site;
  contributions: readonly PluginContribution[];
  config: Interfaces.Config;
  /** `--site FILE`, given to every command. */
  globalArgs: readonly string[];
  /** Nothing is run in earnest. */
  isDry: boolean;
  signal: AbortSignal;
}

/** How many commands can be run again at once. */
const againCount = 3;
/** How often the age of the last check is looked up, and what stands in files. */
const headMs = 5000;
const standingsMs = 15_000;

/** The menu of a site, from its first look until somebody leaves. */
export class Menu {
  readonly #options: MenuOptions;
  readonly #terminal: MenuTerminal;
  readonly #world: { -readonly [K in keyof World]: World[K] };
  readonly #standings = new Map<number, NonNullable<ReturnType<World['standings']['get']>>>();
  readonly #ran: Ran[] = [];
  /** What was typed into the form of a command. */
  readonly #typed = new Map<string, string[]>();

  constructor(terminal: MenuTerminal, options: MenuOptions) {
    const { site, contributions, config, globalArgs, isDry } = options;
    this.#options = options;
    this.#terminal = terminal;
    this.#world = {
      site: site.site,
      board: boardOf(contributions, config),
      globalArgs,
      isDry,
      again: [],
      standings: this.#standings,
      head: watched(site.state, new Date()),
      hasRun: false,
    };
    this.#lookBack();
  }

  /** Returns when somebody leaves. @throws Left, EndOfInput */
  async show(): Promise<void> {
    let state = topState(this.#world.board);
    for (;;) {
      const answer = await this.#terminal.menu(state, this.#world, (changed) =>
        this.#watch(changed),
      );
      if (answer.act.kind === 'leave') return;
      state = await this.#done(answer.act, answer.state);
    }
  }

  /** Does what was chosen, and says where the menu goes on. */
  async #done(act: Act, state: MenuState): Promise<MenuState> {
    if (act.kind === 'script') {
      await this.#showScript();
      return state;
    }
    if (act.kind === 'leave') return state;
    const { choice } = act;
    if (this.#world.isDry && choice.effect !== 'reads' && !choice.hasDryRun)
      return { ...state, say: 'That has no dry run, and this menu runs nothing in earnest.' };
    const typed = typedLine(choice.argv);
    if (act.kind === 'run') {
      this.#typed.set(typed, valuesOf(act.values));
      await this.#runs(choice, act.argv, this.#isDryFirst(choice));
      this.#typed.delete(typed);
      return { ...state, form: undefined };
    }
    const obstacle = await choice.unready?.(this.#options.site);
    if (obstacle !== undefined) return { ...state, say: obstacle };
    if (choice.ask.length > 0)
      return { ...state, form: formOf(choice, this.#typed.get(typed)), filter: '' };
    await this.#runs(choice, choice.argv, act.dryRun || this.#isDryFirst(choice));
    return state;
  }

  #isDryFirst(choice: Choice): boolean {
    return isGuarded(choice) || (this.#world.isDry && choice.effect !== 'reads');
  }

  /** Runs it, and whatever is wished of its result, until back. */
  async #runs(choice: Choice, argv: readonly string[], dryRun: boolean): Promise<void> {
    let isDryRun = dryRun;
    for (;;) {
      const result = await this.#run(choice, argv, isDryRun);
      const wish = await this.#wish(result);
      if (wish === 'back') return;
      if (wish !== 'again') isDryRun = wish === 'dry-run';
    }
  }

  async #run(choice: Choice, argv: readonly string[], isDryRun: boolean): Promise<Result> {
    const { globalArgs, site, contributions } = this.#options;
    const own = isDryRun ? withFlags(argv, ['--dry-run']) : argv;
    const line = withFlags(own, globalArgs);
    this.#terminal.print(`$ ${typedLine(line)}\n\n`);
    const startedAt = new Date();
    const exit = await this.#terminal.run(line);
    const ran = { argv: own, line, exit, startedAt };
    this.#ran.push(ran);
    this.#world.hasRun = true;
    this.#lookBack();
    this.#terminal.print('\n');
    const pages = contributions
      .filter(({ topic }) => topic === choice.topic)
      .flatMap((contribution): readonly Page[] => contribution.pages?.(site) ?? []);
    const mayApply = isDryRun && !this.#world.isDry;
    return { choice, ran, isDryRun, mayApply, pages: pagesThere(pages, site) };
  }

  /** Answers what can be answered at once; returns what has to be run, or back. */
  async #wish(result: Result): Promise<Extract<Wish, 'back' | 'again' | 'dry-run' | 'do'>> {
    const offers = offersOf(result);
    for (;;) {
      const lines = offerLines(offers, this.#terminal.size().columns);
      const wish = await this.#terminal.key({ lines, answers: answersOf(offers) });
      const { site } = this.#options;
      if (wish === 'copy') this.#terminal.print(copyText(result.ran));
      else if (wish === 'page') this.#terminal.print(pagesText(result.pages));
      else if (wish === 'why') this.#terminal.print(whyText(result, site));
      else if (wish === 'script') this.#terminal.print(this.#script());
      else return wish;
    }
  }

  async #showScript(): Promise<void> {
    this.#terminal.print(this.#script());
    const back = ['return', 'enter', 'escape', 'left', '0', 'l'];
    await this.#terminal.key({
      lines: ['Enter back'],
      answers: new Map(back.map((key) => [key, 'back'])),
    });
  }

  #script(): string {
    return scriptOf(this.#ran, this.#options.site.site);
  }

  /** The last commands: those of this menu, and those of the log before them. */
  #lookBack(): void {
    const { site, config } = this.#options;
    const mine = this.#ran.map(({ argv }) => argv);
    const lines = [...mine.toReversed(), ...lastLines(site.state, againCount)].filter(
      (argv) => !argv.includes('--dry-run'),
    );
    const once = new Map(lines.map((argv) => [typedLine(argv), argv]));
    this.#world.again = [...once.values()]
      .flatMap((argv) => choiceOfLine(argv, config) ?? [])
      .slice(0, againCount);
  }

  #watch(changed: () => void): () => void {
    const { site } = this.#options;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#options.signal]);
    const look = () => {
      const { entries } = this.#world.board;
      void readStandings(entries, { site, now: new Date(), signal }, (order, standing) => {
        this.#standings.set(order, standing);
        if (!signal.aborted) changed();
      });
    };
    look();
    const standings = setInterval(look, standingsMs);
    const head = setInterval(() => {
      this.#world.head = watched(site.state, new Date());
      changed();
    }, headMs);
    this.#world.head = watched(site.state, new Date());
    return () => {
      stop.abort();
      clearInterval(standings);
      clearInterval(head);
    };
  }
}
