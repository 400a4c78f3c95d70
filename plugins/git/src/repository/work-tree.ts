import { type BytePath, fieldsOf } from './byte-path.ts';
import type { Repository } from './repository.ts';

export interface WorkTreeEntry {
  kind: 'changed' | 'unmerged' | 'untracked' | 'ignored';
  /** Ends with `/` for a folder that is ignored as a whole, and for a repository within this one. */
  path: BytePath;
  /** What it was called before. */
  from?: BytePath;
  /** Index against HEAD: `.`, or one of `MTADRCU`. */
  inIndex: string;
  /** Work tree against index. */
  inTree: string;
  submodule?: { hasOtherCommit: boolean; isDirty: boolean };
  /** Whether HEAD has it, under this path. */
  isInHead: boolean;
}

/** What git says of a work tree. */
export interface WorkTree {
  /** Null in a repository without a commit. */
  head: string | null;
  /** Null when HEAD is detached. */
  branch: string | null;
  upstream: string | null;
  /** Commits that only this branch has; null without an upstream that is there. */
  ahead: number | null;
  behind: number | null;
  entries: WorkTreeEntry[];
}

export interface WorkTreeOptions {
  ignored?: boolean;
  /** Whether a file that moved is one entry and not two. Default true. */
  renames?: boolean;
  signal?: AbortSignal | undefined;
}

/** Every file by itself: a folder that stands for its files would hide the large ones. Writes nothing. */
export async function readWorkTree(
  repository: Repository,
  { signal, ...options }: WorkTreeOptions = {},
): Promise<WorkTree> {
  return parseWorkTree(fieldsOf((await repository.look(statusArgs(options), { signal })).stdout));
}

/** For {@link parseWorkTree}. */
export function statusArgs({ ignored = false, renames = true }: WorkTreeOptions): string[] {
  return [
    ...['status', '--porcelain=v2', '-z', '--branch', '--untracked-files=all'],
    ...['--ignore-submodules=none', renames ? '--find-renames' : '--no-renames'],
    ...(ignored ? ['--ignored=matching'] : []),
  ];
}

export function parseWorkTree(fields: readonly BytePath[]): WorkTree {
  const tree: WorkTree = {
    head: null,
    branch: null,
    upstream: null,
    ahead: null,
    behind: null,
    entries: [],
  };
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at]!;
    if (field.startsWith('# ')) readHeader(tree, Buffer.from(field, 'latin1').toString('utf8'));
    else if (field.startsWith('2 ')) {
      at += 1;
      tree.entries.push({ ...changed(field, 9), from: fields[at]! });
    } else if (field.startsWith('1 ')) tree.entries.push(changed(field, 8));
    else if (field.startsWith('u '))
      tree.entries.push({ ...changed(field, 10), kind: 'unmerged', isInHead: true });
    else tree.entries.push(outside(field));
  }
  return tree;
}

function readHeader(tree: WorkTree, line: string): void {
  const [, key, value = ''] = /^# branch\.(\w+) (.*)$/s.exec(line) ?? [];
  if (key === 'oid') tree.head = value === '(initial)' ? null : value;
  else if (key === 'head') tree.branch = value === '(detached)' ? null : value;
  else if (key === 'upstream') tree.upstream = value;
  else if (key === 'ab') {
    const [ahead, behind] = value.split(' ');
    tree.ahead = Number(ahead);
    tree.behind = -Number(behind);
  }
}

/** `1 XY SUB MODES… HASHES… PATH`: the path is all that is left behind so many blanks. */
function changed(field: string, blanks: number): WorkTreeEntry {
  const parts = field.split(' ');
  const [, xy = '..', sub = 'N...', mode = ''] = parts;
  return {
    kind: 'changed',
    path: parts.slice(blanks).join(' '),
    inIndex: xy[0]!,
    inTree: xy[1]!,
    isInHead: blanks === 8 && !/^0+$/.test(mode),
    ...(sub.startsWith('S')
      ? { submodule: { hasOtherCommit: sub[1] === 'C', isDirty: sub[2] === 'M' || sub[3] === 'U' } }
      : {}),
  };
}

function outside(field: string): WorkTreeEntry {
  return {
    kind: field.startsWith('!') ? 'ignored' : 'untracked',
    path: field.slice(2),
    inIndex: '.',
    inTree: '?',
    isInHead: false,
  };
}
