import type { MenuEntry, MenuItem, MenuQuestion, Site } from '@om-ops/kit';

/** How the menu talks; the terminal in real life. */
export interface MenuTerminal {
  choose(title: string, choices: readonly MenuChoice[]): Promise<string>;
  ask(question: MenuQuestion): Promise<string>;
  /** Runs a command line of om-ops and waits for it. */
  run(argv: readonly string[]): Promise<void>;
  say(sentence: string): void;
}

export interface MenuChoice {
  /** What is typed or selected: their numbers. */
  value: string;
  label: string;
}

/** The seed's menu: numbered entries, each opening its submenu, 0 to leave. Returns when the user leaves. */
export async function runMenu(
  title: string,
  entries: readonly MenuEntry[],
  terminal: MenuTerminal,
  site: Site,
): Promise<void> {
  const sorted = [...entries].sort((a, b) => a.order - b.order);
  for (;;) {
    const chosen = await terminal.choose(title, [
      ...sorted.map(({ order, title }) => ({ value: String(order), label: title })),
      { value: '0', label: 'Exit' },
    ]);
    const entry = sorted.find(({ order }) => String(order) === chosen);
    if (entry === undefined) return;
    await runSubmenu(entry, terminal, site);
  }
}

async function runSubmenu(entry: MenuEntry, terminal: MenuTerminal, site: Site): Promise<void> {
  for (;;) {
    const chosen = await terminal.choose(entry.title, [
      ...entry.items.map(({ title }, index) => ({ value: String(index + 1), label: title })),
      { value: '0', label: 'Back' },
    ]);
    const item = entry.items[Number(chosen) - 1];
    if (item === undefined) return;
    const obstacle = await item.unready?.(site);
    if (obstacle !== undefined) {
      terminal.say(obstacle);
      continue;
    }
    const argv = await argvOf(item, terminal);
    if (argv === undefined) terminal.say('Nothing entered; nothing was done.');
    else await terminal.run(argv);
  }
}

/** The command line of an item with its questions answered; undefined when one that is needed was left empty. */
async function argvOf(item: MenuItem, terminal: MenuTerminal): Promise<string[] | undefined> {
  const argv = [...item.argv];
  for (const question of item.ask ?? []) {
    const answer = (await terminal.ask(question)).trim();
    if (answer === '') {
      if (question.optional === true) continue;
      return undefined;
    }
    argv.push(...(question.flag === undefined ? [answer] : [question.flag, answer]));
  }
  return argv;
}
