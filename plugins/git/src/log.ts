import type { Repository } from './repository/repository.ts';

export interface LogEntry {
  commit: string;
  author: string;
  /** ISO 8601, of the commit. */
  date: string;
  /** The first line of its message, without secrets. */
  subject: string;
  /** Branches and tags that point at it. */
  refs: string[];
}

export interface GitLog {
  /** Null when HEAD is detached. */
  branch: string | null;
  /** Newest first. */
  commits: LogEntry[];
}

export interface LogRequest {
  count: number;
  redact(text: string): string;
  signal: AbortSignal;
}

/** The last commits of HEAD; none in a repository without one. */
export async function gitLog(
  repository: Repository,
  { count, redact, signal }: LogRequest,
): Promise<GitLog> {
  const head = await repository.look(['symbolic-ref', '--quiet', '--short', 'HEAD'], {
    accept: [0, 1],
    signal,
  });
  const branch = head.exitCode === 0 ? head.text() : null;
  const born = await repository.look(['rev-parse', '--verify', '--quiet', 'HEAD'], {
    accept: [0, 1],
    signal,
  });
  if (born.exitCode !== 0) return { branch, commits: [] };
  const { stdout } = await repository.look(
    [
      ...['log', '-z', `--max-count=${count}`, '--no-color', '--no-show-signature', '--no-notes'],
      ...['--encoding=UTF-8', '--no-patch', '--decorate=short'],
      '--format=%H%x1f%an%x1f%cI%x1f%D%x1f%s',
    ],
    { signal },
  );
  const commits = stdout
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const [commit = '', author = '', date = '', refs = '', ...subject] = record.split('\x1f');
      return {
        commit: commit.trim(),
        author: redact(author),
        date,
        subject: redact(subject.join('\x1f')),
        refs: refs.split(', ').filter((ref) => ref !== ''),
      };
    });
  return { branch, commits };
}
