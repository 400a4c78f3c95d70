import { dirname } from 'node:path';
import type { JunkCategory, JunkItem, Recommendation, RecommendationKind } from '../analysis.ts';
import type { JunkFacts, JunkWithFacts } from '../junk/evidence.ts';
import { shellWord } from '../paths/shell.ts';

interface Advice {
  kind: RecommendationKind;
  /** A sentence. */
  what: string;
  command: string;
  /** What it frees; default: all of the item that can be freed. */
  bytes?: number;
}

const dayMs = 86_400_000;
const gitWorthBytes = 1024 * 1024;

/**
 * What to do about one junk item; undefined when it is best left alone. A command removes only what
 * git does not track, nothing runs or is served from, and no repository or package store lies in.
 */
export function forJunk(
  { item, facts }: JunkWithFacts,
  { now, staleDays }: { now: Date; staleDays: number },
): Recommendation | undefined {
  const isOld = now.getTime() - Date.parse(item.modified) > staleDays * dayMs;
  const advice = item.category === '.git' ? forGit(item) : adviceFor(item, facts, isOld);
  if (advice === undefined) return undefined;
  return {
    kind: advice.kind,
    path: item.path,
    bytes: advice.bytes ?? item.reclaimableBytes,
    why: `${advice.what} Evidence: ${item.evidence.join('; ')}.`,
    command: advice.command,
  };
}

/** What it means that a process uses it; nothing for what is dealt with file by file. */
const uses: Partial<Record<JunkCategory, string>> = {
  node_modules: 'Dependencies of a program that is running: it needs them.',
  dist: 'Build output that a process runs from.',
  build: 'Build output that a process runs from.',
  '.vite': 'A cache that a process uses now.',
  '.cache': 'A cache that a process uses now.',
  '.tmp': 'Temporary files that a process uses now.',
  '.venv': 'A Python environment that a program runs in.',
  logs: 'Logs that are being written: let logrotate or pm2-logrotate keep them short.',
  _cursor_session_backup: 'Session backups that a process has open.',
  coverage: 'A coverage report that a process has open.',
  'backup-archive': 'An archive that a process has open: it may be half written.',
};

function forGit(item: JunkItem): Advice | undefined {
  if (item.bytes < gitWorthBytes) return undefined;
  return {
    kind: 'git',
    what: 'The history of a git repository. git itself packs it tighter and drops what nothing refers to.',
    command: `git -C ${shellWord(dirname(item.path))} gc`,
    bytes: 0,
  };
}

function adviceFor(item: JunkItem, facts: JunkFacts, isOld: boolean): Advice | undefined {
  const path = shellWord(item.path);
  // pnpm's own command is recommended for it.
  if (facts.holdsStore) return undefined;
  if (item.tracked === 'yes' || item.tracked === 'unknown') return forTracked(item, facts);
  const kind = isOld && item.category !== 'large-file' ? 'old-artifact' : undefined;
  const look = (what: string): Advice => ({
    kind: kind ?? 'unneeded',
    what,
    command: `ls -la -- ${path}`,
  });
  if (facts.holdsRepository) return look('A git repository lies in it: look before anything goes.');
  if (facts.isDeployed)
    return look(
      'The site is run or served from it: leave it, unless a newer one has taken its place.',
    );
  const used = uses[item.category];
  if (item.inUse === true && used !== undefined) return look(used);
  const remove = `rm -rf -- ${path}`;
  const ask = `rm -ri -- ${path}`;
  switch (item.category) {
    case 'node_modules':
      return forModules(item, facts, kind ?? 'unneeded');
    case 'dist':
    case 'build': {
      const isRebuilt = facts.hasManifest || facts.hasSources;
      return {
        kind: kind ?? (isRebuilt ? 'build-output' : 'unneeded'),
        what: isRebuilt
          ? `Build output alongside its source${facts.rebuild === undefined ? '' : `; \`${facts.rebuild}\` makes it again`}.`
          : 'It is called like build output, but no source beside it says how to make it again.',
        command: isRebuilt && facts.hasManifest ? remove : ask,
      };
    }
    case '.vite':
    case '.cache':
    case '.tmp':
      return {
        kind: kind ?? 'unneeded',
        what: 'A cache: it is filled again when needed.',
        command: remove,
      };
    case '_cursor_session_backup':
      return { kind: kind ?? 'unneeded', what: 'Session backups of an editor.', command: remove };
    case '.venv':
      return {
        kind: kind ?? 'unneeded',
        what: facts.isGenuine
          ? 'A Python environment: it is made again from the requirements.'
          : 'It is called like a Python environment, but has no pyvenv.cfg.',
        command: facts.isGenuine && facts.hasManifest ? remove : ask,
      };
    case 'coverage':
      return {
        kind: kind ?? 'unneeded',
        what: 'A coverage report: the next test run writes it again.',
        command: facts.isGenuine ? remove : ask,
      };
    case 'logs':
      return { kind: kind ?? 'unneeded', what: 'A folder of logs.', command: ask };
    case '.log':
      // Removing an open file frees nothing until its writer closes it.
      return item.inUse === true
        ? {
            kind: 'unneeded',
            what: 'A log that is being written: empty it, do not remove it.',
            command: `truncate -s 0 -- ${path}`,
          }
        : {
            kind: kind ?? 'unneeded',
            what: 'A log that no process we may look at is writing.',
            command: `rm -- ${path}`,
          };
    case 'backup-archive':
      return {
        kind: kind ?? 'unneeded',
        what: 'An archive among the files of the site.',
        command: `rm -i -- ${path}`,
      };
    case 'large-file':
      return forLargeFile(item, isOld, path);
    default:
      return undefined;
  }
}

function forTracked(item: JunkItem, facts: JunkFacts): Advice | undefined {
  const path = shellWord(item.path);
  if (item.category === 'large-file' && item.tracked === 'yes') return undefined;
  return {
    kind: 'git',
    what:
      item.tracked === 'yes'
        ? 'git tracks it: whoever keeps the repository decides, and a line in .gitignore keeps it out.'
        : 'git could not be asked: look whether it is tracked before anything goes.',
    command: `git -C ${shellWord(facts.repository ?? dirname(item.path))} ls-files -- ${path}`,
    bytes: 0,
  };
}

function forModules(item: JunkItem, facts: JunkFacts, kind: RecommendationKind): Advice {
  const path = shellWord(item.path);
  if (facts.rebuild !== undefined)
    return {
      kind,
      what: `Dependencies of a package; \`${facts.rebuild}\` brings them back.`,
      command: `rm -rf -- ${path}`,
    };
  return {
    kind,
    what: 'Dependencies, but no package.json beside them says whose.',
    command: `rm -ri -- ${path}`,
  };
}

const data = /\.(db|sqlite3?|ibd|ibdata\d*|mdb|ldf|rdb|aof|vmdk|qcow2|vdi)$/i;

function forLargeFile(item: JunkItem, isOld: boolean, path: string): Advice | undefined {
  if (item.inUse === true) return undefined;
  // Outside of git nearly everything is untracked: there only age makes a file an orphan.
  if (item.tracked === undefined && !isOld) return undefined;
  const what = 'A large file that git does not track and no process we may look at has open.';
  return {
    kind: 'orphaned-large',
    what:
      item.tracked === undefined
        ? 'A large file that has not changed for long and no process we may look at has open.'
        : what,
    command: data.test(item.path) ? `ls -la -- ${path}` : `rm -i -- ${path}`,
  };
}
