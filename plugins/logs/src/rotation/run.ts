import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsError, type Progress, program } from '@om-ops/kit';
import { rotationConfig } from './config.ts';
import type { RotationRule } from './rules.ts';

export const logrotate = program('logrotate', {
  install: 'Install it: sudo apt-get install logrotate',
});

/** What became of a log. */
export interface RotatedFile {
  rule: string;
  path: string;
  /** `not-due`: it is not large or old enough. `skipped`: logrotate passed it over. */
  outcome: 'rotated' | 'would-rotate' | 'not-due' | 'skipped' | 'failed';
  method: RotationRule['method'];
  /** Why it was skipped or failed. */
  why?: string;
}

export interface Rotation {
  files: RotatedFile[];
  /** What logrotate said of errors. */
  errors: string[];
}

export interface RotateOptions {
  site: string;
  /** STATE. */
  state: string;
  rules: readonly RotationRule[];
  force: boolean;
  dryRun: boolean;
}

/**
 * Lets logrotate do it, with these rules and a state of its own, and looks at each file whether it was done:
 * exit 0 of logrotate does not say so.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5), E_ROTATION_RULES (1)
 */
export async function rotate(options: RotateOptions, progress: Progress): Promise<Rotation> {
  logrotate.need();
  if (!options.dryRun) {
    const folder = join(options.state, 'logs/rotate');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    return rotateFrom(folder, options, progress);
  }
  // Nothing is left behind of what only looks.
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-rotate-'));
  try {
    return await rotateFrom(folder, options, progress);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rotateFrom(
  folder: string,
  options: RotateOptions,
  { signal, report }: Progress,
): Promise<Rotation> {
  const { state, rules, force, dryRun } = options;
  const config = join(folder, 'logrotate.conf');
  writeFileSync(config, rotationConfig(options.site, rules), { mode: 0o600 });
  const flags = [...(force ? ['--force'] : []), '--state', join(state, 'logs/rotate/state')];
  // First without doing anything: rules that it does not understand are passed over one by one otherwise.
  const tried = await logrotate.look(['--debug', ...flags, config], { accept: 'any', signal });
  const rulesBad = linesOf(tried.stderr).filter((line) =>
    /^error: .*logrotate\.conf:\d+/.test(line),
  );
  if (rulesBad.length > 0)
    throw new OpsError('E_ROTATION_RULES', `logrotate refuses the rules: ${rulesBad.join(' ')}`, {
      suggestions: ['See them: om-ops logs rotation show'],
    });
  if (dryRun) return judged(options, tried.stderr, undefined);
  const before = new Map(rules.flatMap(({ files }) => files.map((path) => [path, markOf(path)])));
  report({ stage: 'logrotate' });
  const done = await logrotate.exec(['--verbose', ...flags, config], { accept: 'any', signal });
  return judged(options, done.stderr, before);
}

/** Another inode, or cut off. */
function markOf(path: string): { id: string; bytes: number } | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : { id: `${found.dev}:${found.ino}`, bytes: found.size };
}

function judged(
  { rules }: RotateOptions,
  said: string,
  before: Map<string, ReturnType<typeof markOf>> | undefined,
): Rotation {
  const lines = linesOf(said);
  const files = rules.flatMap((rule) =>
    rule.files.map((path): RotatedFile => {
      const about = aboutFile(lines, path);
      const error = about.find((line) => /^error:|skipping|because/i.test(line));
      const base = { rule: rule.name, path, method: rule.method };
      if (error !== undefined) return { ...base, outcome: 'skipped', why: error };
      const isDue = about.some((line) => /log needs rotating/.test(line));
      if (!isDue)
        return about.length === 0
          ? { ...base, outcome: 'skipped', why: 'logrotate says nothing of it' }
          : { ...base, outcome: 'not-due' };
      if (before === undefined) return { ...base, outcome: 'would-rotate' };
      return wasRotated(path, before.get(path))
        ? { ...base, outcome: 'rotated' }
        : { ...base, outcome: 'failed', why: 'it is the same file as before' };
    }),
  );
  return { files, errors: lines.filter((line) => line.startsWith('error:')) };
}

function wasRotated(path: string, before: ReturnType<typeof markOf>): boolean {
  const now = markOf(path);
  if (before === undefined) return false;
  if (now === undefined || now.id !== before.id) return true;
  return existsSync(`${path}.1`) || existsSync(`${path}.1.gz`)
    ? now.bytes < before.bytes || before.bytes === 0
    : false;
}

/** From `considering log X` to the next. */
function aboutFile(lines: readonly string[], path: string): string[] {
  const start = lines.indexOf(`considering log ${path}`);
  const named = lines.filter((line) => line.startsWith('error:') && line.includes(path));
  if (start === -1) return named;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) =>
    /^(?:considering log|rotating pattern|set default)/.test(line),
  );
  return [...named, ...(end === -1 ? rest : rest.slice(0, end))];
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
