import { createInterface } from 'node:readline';
import { createPrompt, useEffect, useKeypress, useRef, useState } from '@inquirer/core';
import type { styleFor } from '@om-ops/kit/text';
import type { Key } from './key.ts';
import type { World } from './rows.ts';
import {
  type Act,
  isPending,
  type MenuState,
  pendingMs,
  pressed,
  type Step,
  timeIsUp,
} from './state.ts';
import { pageOf, type Size, screenOf } from './view.ts';

export interface MenuPromptConfig {
  state: MenuState;
  world: World;
  style: ReturnType<typeof styleFor>;
  size(): Size;
  /** Keeps the world as it is; `changed` after each change of it. Returns what ends that. */
  watch(changed: () => void): () => void;
}

export interface MenuAnswer {
  act: Act;
  state: MenuState;
}

const hideCursor = '\u001b[?25l';
const pasteOn = '\u001b[?2004h';
const pasteOff = '\u001b[?2004l';

/** The one prompt of the menu: its lists, its forms and its help. Answers when something is to be done. */
export const menuPrompt = createPrompt<MenuAnswer, MenuPromptConfig>((config, done) => {
  const { world } = config;
  const [state, setState] = useState(config.state);
  const [, setDrawn] = useState(0);
  const timer = useRef<NodeJS.Timeout | undefined>(undefined);

  const take = ({ state: next, act }: Step): void => {
    clearTimeout(timer.current);
    setState(next);
    if (act !== undefined) done({ act, state: next });
    else if (isPending(next))
      timer.current = setTimeout(() => take(timeIsUp(next, world)), pendingMs);
  };

  useKeypress((key, readline) => {
    // What readline has gathered of it stands nowhere: the menu draws what was typed.
    readline.clearLine(0);
    const page = pageOf(config.size());
    take(pressed(state, key as Key, world, { page, now: performance.now() }));
  });

  useEffect(() => {
    const redraw = () => setDrawn((count) => count + 1);
    const stop = config.watch(redraw);
    process.stdout.on('resize', redraw);
    return () => {
      clearTimeout(timer.current);
      process.stdout.off('resize', redraw);
      stop();
    };
  }, []);

  const [first = '', ...rest] = screenOf(state, world, config.size(), config.style);
  return [`${hideCursor}${state.form === undefined ? pasteOff : pasteOn}${first}`, rest.join('\n')];
});

/** The keys that end {@link keyPrompt}, each with what it answers. */
export interface KeyPromptConfig<T extends string> {
  lines: readonly string[];
  answers: ReadonlyMap<string, T>;
}

/** One line, and one key. */
export const keyPrompt = createPrompt<string, KeyPromptConfig<string>>((config, done) => {
  useKeypress((key, readline) => {
    readline.clearLine(0);
    const { name = '', sequence = '' } = key as Key;
    const answer = config.answers.get(name) ?? config.answers.get(sequence);
    if (answer !== undefined) done(answer);
  });
  const [first = '', ...rest] = config.lines;
  return [`${hideCursor}${first}`, rest.join('\n')];
});

/** How long an escape character waits for the rest of an arrow key. Node's own 500 ms feel dead. */
const escapeMs = 120;

/** The first reader of stdin decides for all how long Esc waits. */
export function quickenEscape(): void {
  createInterface({ input: process.stdin, escapeCodeTimeout: escapeMs, terminal: true }).close();
}
