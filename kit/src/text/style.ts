import { createRequire } from 'node:module';

/** Whether text for a stream may hold colours: FORCE_COLOR, then NO_COLOR, then a terminal that is not dumb and no CI. */
export function wantsColour(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.CI !== undefined && env.CI !== '' && env.CI !== 'false') return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

const looks = [
  ...(['bold', 'dim', 'italic', 'underline', 'inverse'] as const),
  ...(['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'gray'] as const),
];

type Look = (typeof looks)[number];

export type Paint = (text: string) => string;

/** What a text may look like on a terminal, two looks at most. */
export type Style = Record<Look, Paint & Record<Look, Paint>>;

const plain = everyLook(() => Object.assign(asItIs(), everyLook(asItIs)));

function everyLook<P>(paint: () => P): Record<Look, P> {
  return Object.fromEntries(looks.map((look) => [look, paint()])) as Record<Look, P>;
}

function asItIs(): Paint {
  return (text) => text;
}

/** The styles that a stream may have: without colours each of them leaves a text as it is. */
export function styleFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Style {
  if (!wantsColour(stream, env)) return plain;
  // Loaded when something is coloured in earnest: most of the time of a short command is loading.
  const { Chalk } = createRequire(import.meta.url)('chalk') as typeof import('chalk');
  return new Chalk({ level: 2 });
}
