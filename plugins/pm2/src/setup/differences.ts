import { dirname } from 'node:path';
import { looksSecretSetting, type Redactor, redacted } from '@om-ops/kit';
import type { Definition } from './definition.ts';

/** One thing that is not as it should be. */
export interface Difference {
  /** `cwd`, `env.PORT`, `max_memory_restart`. */
  what: string;
  /** Without secrets; null: not set. */
  from: string | null;
  to: string | null;
  /** Whether PM2's reload takes it over; for the others the app is deleted and started. */
  byReload: boolean;
}

/** What `pm2 reload FILE` takes over, where it has a value to take over. */
const reloadable = new Set(['args', 'node_args', 'max_memory_restart', 'kill_timeout']);

/** What is different, from what runs to what is wanted. */
export function differences(
  running: Definition,
  wanted: Definition,
  { home, redactor }: { home: string; redactor: Redactor },
): Difference[] {
  const found: Difference[] = [];
  const add = (what: string, from: string | null, to: string | null, show = shown(redactor)) => {
    if (from === to) return;
    const byReload = to !== null && (reloadable.has(what) || what.startsWith('env.'));
    found.push({ what, from: show(from), to: show(to), byReload });
  };
  add('script', running.script, wanted.script);
  add('cwd', running.cwd, wanted.cwd);
  const argv = (list: readonly string[]) => (list.length === 0 ? null : JSON.stringify(list));
  const command = (value: string | null) =>
    value === null
      ? null
      : redactor
          .argv(JSON.parse(value) as string[])
          .map((word) => redactor.foreign(word))
          .join(' ');
  add('args', argv(running.args), argv(wanted.args), command);
  add('node_args', argv(running.nodeArgs), argv(wanted.nodeArgs), command);
  if (wanted.interpreter !== null && !wanted.interpreter.includes('@'))
    add('interpreter', running.interpreter, wanted.interpreter);
  add('exec_mode', running.mode, wanted.mode);
  add('instances', String(running.instances), String(wanted.instances));
  // Where the file says nothing, PM2 puts them below its home.
  const isOwn = (path: string | null) => path !== null && dirname(path) === `${home}/logs`;
  for (const [what, now, to] of [
    ['out_file', running.logs.out, wanted.logs.out],
    ['error_file', running.logs.err, wanted.logs.err],
  ] as const)
    if (to !== null || !isOwn(now)) add(what, now, to);
  for (const key of keysOf(running.options, wanted.options))
    add(key, running.options[key] ?? null, wanted.options[key] ?? null);
  for (const key of keysOf(running.env, wanted.env)) {
    const hide = looksSecretSetting(key);
    const show = (value: string | null) =>
      value === null ? null : hide ? redacted : shown(redactor)(value);
    add(`env.${key}`, running.env[key] ?? null, wanted.env[key] ?? null, show);
  }
  return found;
}

function shown(redactor: Redactor): (value: string | null) => string | null {
  return (value) => (value === null ? null : redactor.foreign(value));
}

function keysOf(...maps: readonly Readonly<Record<string, string>>[]): string[] {
  return [...new Set(maps.flatMap((map) => Object.keys(map)))].sort();
}
