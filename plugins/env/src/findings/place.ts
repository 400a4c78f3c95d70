import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { lookAtRepository, shellWord } from '@om-ops/kit';
import type { EnvFile } from '../read/env-file.ts';
import { type Finding, finding } from './finding.ts';

export interface PlaceOptions {
  /** The most that an env file may allow. */
  mode: number;
  /** Folders whose content a web server or the front end gives to everybody, absolute. */
  served: readonly string[];
  root: string;
  signal: AbortSignal;
}

const octal = (mode: number) => `0${(mode & 0o777).toString(8)}`;

/** Who else can read or change an env file, and where copies of it are. */
export async function placeFindings(file: EnvFile, options: PlaceOptions): Promise<Finding[]> {
  const { path, stat, unreadable } = file;
  const here = { file: path };
  if (unreadable !== null)
    return [
      finding('unreadable', 'unknown', `What is in ${path} is not known: ${unreadable}.`, {
        ...here,
        command: 'sudo om-ops env check',
      }),
    ];
  if (stat === null)
    return [
      finding(
        'no-file',
        'critical',
        `${path} is named in the profile (env.files) and is not there.`,
        here,
      ),
    ];
  const found: Finding[] = [
    ...modeFindings(file, options.mode),
    ...copyFindings(path, options.mode),
  ];
  const servedBy = options.served.find((folder) => isBelow(path, folder));
  if (servedBy !== undefined)
    found.push(
      finding(
        'served',
        'critical',
        `${path} lies in ${servedBy}, which is given to everybody who asks.`,
        here,
      ),
    );
  found.push(...imageFindings(path, options.root));
  found.push(...(await gitFindings(path, options.signal)));
  return found;
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && !way.startsWith('/');
}

function modeFindings({ path, stat }: EnvFile, allowed: number): Finding[] {
  const found: Finding[] = [];
  const mode = (stat?.mode ?? 0) & 0o777;
  const more = mode & ~allowed;
  const mends = { file: path, command: 'om-ops env fix --dry-run' };
  if ((more & 0o007) !== 0)
    found.push(
      finding(
        'mode',
        'critical',
        `Everybody on this machine can ${(more & 0o002) !== 0 ? 'change' : 'read'} it (${octal(mode)}).`,
        mends,
      ),
    );
  else if ((more & 0o070) !== 0)
    found.push(
      finding(
        'mode',
        'warning',
        `Its group can ${(more & 0o020) !== 0 ? 'change' : 'read'} it (${octal(mode)}, allowed ${octal(allowed)}).`,
        mends,
      ),
    );
  else if (more !== 0)
    found.push(
      finding('mode', 'warning', `It allows more (${octal(mode)}) than ${octal(allowed)}.`, mends),
    );
  const folder = dirname(path);
  const folderMode = statSync(folder).mode;
  if ((folderMode & 0o002) !== 0 && (folderMode & 0o1000) === 0)
    found.push(
      finding(
        'folder',
        'critical',
        `Everybody can put another file in its place: ${folder} is writable by all.`,
        {
          file: path,
          command: `chmod o-w ${shellWord(folder)}`,
        },
      ),
    );
  return found;
}

/** What editors and people leave beside it: `.env~`, `.env.bak`, `.env.save`, `#.env#`. */
export function copiesOf(path: string): string[] {
  const name = basename(path);
  const folder = dirname(path);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const leftover = /^(?:~|[._-](?:bak|backup|old|orig|save|copy|tmp|swp|swo|\d{4,}.*)\d*|\.\d+)$/i;
  return names
    .filter(
      (one) =>
        one !== name &&
        ((one.startsWith(name) && leftover.test(one.slice(name.length))) ||
          one === `#${name}#` ||
          one === `.${name}.swp` ||
          one === `${name} copy`),
    )
    .map((one) => join(folder, one))
    .filter((one) => lstatSync(one).isFile());
}

function copyFindings(path: string, allowed: number): Finding[] {
  return copiesOf(path).map((copy) => {
    const mode = statSync(copy).mode & 0o777;
    const open = (mode & ~allowed & 0o077) !== 0;
    return finding(
      'copy',
      open ? 'critical' : 'warning',
      `${basename(copy)} beside it is a copy with its secrets${open ? `, and others can read it (${octal(mode)})` : ''}.`,
      { file: copy, command: `rm ${shellWord(copy)}` },
    );
  });
}

/** A Dockerfile that copies its whole folder takes the env file into the image, unless .dockerignore keeps it out. */
function imageFindings(path: string, root: string): Finding[] {
  const folders = new Set(
    [dirname(path), root].filter((folder) => isBelow(path, folder) || dirname(path) === folder),
  );
  return [...folders].flatMap((folder) => {
    const dockerfile = join(folder, 'Dockerfile');
    if (!existsSync(dockerfile)) return [];
    const takesAll = /^\s*(?:COPY|ADD)\s+(?:--\S+\s+)*\.{1}\/?\s/im.test(
      readFileSync(dockerfile, 'utf8'),
    );
    if (!takesAll) return [];
    const ignore = join(folder, '.dockerignore');
    const patterns = existsSync(ignore)
      ? readFileSync(ignore, 'utf8')
          .split(/\r?\n/)
          .map((line) => line.trim())
      : [];
    const name = relative(folder, path);
    const kept = patterns.some((pattern) => matches(pattern, name));
    return kept
      ? []
      : [
          finding(
            'image',
            'warning',
            `${dockerfile} copies its whole folder, and .dockerignore does not keep ${name} out: it gets into the image.`,
            {
              file: path,
            },
          ),
        ];
  });
}

function matches(pattern: string, name: string): boolean {
  if (pattern === '' || pattern.startsWith('#') || pattern.startsWith('!')) return false;
  const bare = pattern.replace(/^\//, '').replace(/\/$/, '');
  const source = bare
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) =>
      part.startsWith('**')
        ? '.*'
        : part === '*'
          ? '[^/]*'
          : part === '?'
            ? '[^/]'
            : part.replace(/[.+^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}(?:/.*)?$`).test(name);
}

async function gitFindings(path: string, signal: AbortSignal): Promise<Finding[]> {
  const folder = dirname(path);
  const name = basename(path);
  const ask = (...args: string[]) => lookAtRepository(folder, args, { signal, accept: 'any' });
  try {
    const inside = await ask('rev-parse', '--is-inside-work-tree');
    if (inside.exitCode !== 0 || inside.stdout.trim() !== 'true') return [];
    const literal = `:(literal)${name}`;
    const [tracked, ignored, history] = await Promise.all([
      ask('ls-files', '--error-unmatch', '--', literal),
      ask('check-ignore', '--quiet', '--no-index', '--', `./${name}`),
      ask('log', '--all', '--max-count=1', '--format=%h', '--', literal),
    ]);
    if (tracked.exitCode === 0)
      return [
        finding(
          'tracked',
          'critical',
          'Git tracks it: whoever has the repository has its secrets.',
          {
            file: path,
            command: `git -C ${shellWord(folder)} rm --cached ${shellWord(name)}`,
          },
        ),
      ];
    const found: Finding[] = [];
    const commit = history.exitCode === 0 ? history.stdout.trim() : '';
    if (
      history.exitCode !== 0 &&
      !/does not have any commits|unknown revision|bad default revision/.test(history.stderr)
    )
      found.push(
        finding('git', 'unknown', 'Whether it was ever committed could not be asked of git.', {
          file: path,
        }),
      );
    if (commit !== '')
      found.push(
        finding(
          'committed',
          'warning',
          `It was committed once (${commit}): what it held then is in the history. Change those secrets.`,
          {
            file: path,
            command: `git -C ${shellWord(folder)} log --all --oneline -- ${shellWord(name)}`,
          },
        ),
      );
    if (ignored.exitCode === 1)
      found.push(
        finding(
          'not-ignored',
          'warning',
          'Git does not ignore it: the next `git add .` takes it.',
          {
            file: path,
            command: `echo ${shellWord(`/${name}`)} >> ${shellWord(join(folder, '.gitignore'))}`,
          },
        ),
      );
    return found;
  } catch (error) {
    signal.throwIfAborted();
    // Without git there may still be a repository that is copied elsewhere.
    return existsSync(join(folder, '.git'))
      ? [
          finding(
            'git',
            'unknown',
            `Whether git tracks it is not known: ${error instanceof Error ? error.message : error}`,
            {
              file: path,
            },
          ),
        ]
      : [];
  }
}
