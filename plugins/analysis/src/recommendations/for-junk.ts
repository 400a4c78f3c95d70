import { dirname } from 'node:path';
import type { JunkCategory, JunkItem, Recommendation, RecommendationKind } from '../analysis.ts';
import type { JunkFacts, JunkWithFacts } from '../junk/evidence.ts';
import type { Rebuild } from '../junk/manifest.ts';
import { pathWord } from '../paths/shell.ts';

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
 * git does not track, nothing runs or is served from, and no repository or package store lies in;
 * it asks for each file where nothing proves that the item is made again.
 */
export function forJunk(
  { item, facts }: JunkWithFacts,
  { now, staleDays }: { now: Date; staleDays: number },
): Omit<Recommendation, 'look'> | undefined {
  const modified = item.modified === null ? undefined : Date.parse(item.modified);
  const isOld = modified !== undefined && now.getTime() - modified > staleDays * dayMs;
  const isFresh = modified === undefined || now.getTime() - modified < dayMs;
  const advice =
    item.category === '.git' ? forGit(item, facts) : adviceFor(item, facts, { isOld, isFresh });
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

const runFrom = new Set<JunkCategory>(['node_modules', 'dist', 'build', '.venv']);

function forGit(item: JunkItem, facts: JunkFacts): Advice | undefined {
  // One that was not looked at in full may be none at all.
  if (item.bytes < gitWorthBytes || facts.doubt !== undefined) return undefined;
  return {
    kind: 'git',
    what: 'The history of a git repository. git itself packs it tighter and drops what nothing refers to.',
    command: `git -C ${pathWord(dirname(item.path))} gc`,
    bytes: 0,
  };
}

function adviceFor(
  item: JunkItem,
  facts: JunkFacts,
  { isOld, isFresh }: { isOld: boolean; isFresh: boolean },
): Advice | undefined {
  const path = pathWord(item.path);
  // pnpm's own command is recommended for it.
  if (facts.holdsStore) return undefined;
  if (item.tracked === 'yes' || item.tracked === 'unknown') return forTracked(item, facts);
  const kind = (isOld && item.category !== 'large-file' ? 'old-artifact' : undefined) ?? 'unneeded';
  const look = (what: string): Advice => ({ kind, what, command: `ls -la -- ${path}` });
  if (facts.holdsRepository) return look('A git repository lies in it: look before anything goes.');
  if (facts.isDeployed)
    return look(
      'The site is run or served from it: leave it, unless a newer one has taken its place.',
    );
  if (facts.doubt !== undefined) return look(`${facts.doubt} Look before anything goes.`);
  const used = uses[item.category];
  if (item.inUse === true && used !== undefined) return look(used);
  if (facts.unseen?.packages === true && runFrom.has(item.category))
    return look(
      'A program of another user may run from it: analyse as root, or look for one before it goes.',
    );
  const remove = `rm -rf -- ${path}`;
  const ask = `rm -ri -- ${path}`;
  switch (item.category) {
    case 'node_modules':
      return forModules(facts, kind, remove, ask);
    case 'dist':
    case 'build':
      return forBuild(item, facts, isOld, remove, ask);
    case '.vite':
      if (!facts.isGenuine)
        return look('Not only a cache: its manifest.json tells a server the files of a build.');
      return { kind, what: 'A cache: it is filled again when needed.', command: remove };
    case '.cache':
      return { kind, what: 'A cache: it is filled again when needed.', command: remove };
    case '.tmp':
      return {
        kind,
        what:
          item.modified === null
            ? 'Temporary files, but nobody knows when they were written.'
            : isFresh
              ? 'Temporary files, some of them written within a day.'
              : 'Temporary files that nothing has written for a day.',
        command: isFresh ? ask : remove,
      };
    case '_cursor_session_backup':
      return { kind, what: 'Session backups of an editor.', command: isOld ? remove : ask };
    case '.venv': {
      const isMade = facts.isGenuine && facts.hasManifest;
      return {
        kind,
        what: isMade
          ? 'A Python environment: it is made again from the requirements.'
          : facts.isGenuine
            ? 'A Python environment, but no file beside it says what belongs in it.'
            : 'It is called like a Python environment, but has no pyvenv.cfg.',
        command: isMade ? remove : ask,
      };
    }
    case 'coverage':
      return {
        kind,
        what: facts.isGenuine
          ? 'A coverage report: the next test run writes it again.'
          : 'It is called like a coverage report, but holds no data of one.',
        command: facts.isGenuine ? remove : ask,
      };
    case 'logs':
      return facts.isGenuine ? { kind, what: 'A folder of logs.', command: ask } : undefined;
    case '.log':
      return forLog(item, facts, kind, path);
    case 'backup-archive':
      return isKept.test(item.path)
        ? look('An archive among backups or uploads: look whether it is the only one.')
        : { kind, what: 'An archive among the files of the site.', command: `rm -i -- ${path}` };
    case 'large-file':
      return forLargeFile(item, isOld, path);
    default:
      return undefined;
  }
}

function forTracked(item: JunkItem, facts: JunkFacts): Advice | undefined {
  if (item.category === 'large-file' && item.tracked === 'yes') return undefined;
  // git takes no path that leads into the repository by a symlink.
  const path = pathWord(facts.realPath);
  return {
    kind: 'git',
    what:
      item.tracked === 'yes'
        ? 'git tracks it: whoever keeps the repository decides, and a line in .gitignore keeps it out.'
        : 'git could not be asked: look whether it is tracked before anything goes.',
    command: `git -C ${pathWord(facts.repository ?? dirname(facts.realPath))} ls-files -- ${path}`,
    bytes: 0,
  };
}

const makes = ({ command, folder }: Rebuild): string =>
  folder === undefined ? `\`${command}\`` : `\`${command}\` in ${folder}`;

function forModules(
  { rebuild, hasManifest }: JunkFacts,
  kind: RecommendationKind,
  remove: string,
  ask: string,
): Advice {
  return {
    kind,
    what:
      rebuild !== undefined
        ? `Dependencies of a package; ${makes(rebuild)} brings them back${rebuild.isExact === false ? ', though no lockfile says in which versions' : ''}.`
        : hasManifest
          ? 'Dependencies, but the package.json beside them does not say which.'
          : 'Dependencies, but no package.json beside them says whose.',
    command: rebuild === undefined ? ask : remove,
  };
}

function forBuild(
  { tracked }: JunkItem,
  { rebuild, hasSources, isIgnored }: JunkFacts,
  isOld: boolean,
  remove: string,
  ask: string,
): Advice {
  const kind = isOld ? 'old-artifact' : hasSources ? 'build-output' : 'unneeded';
  // What people made and have not added yet is not tracked either.
  if (tracked === 'no' && !isIgnored)
    return {
      kind,
      what: 'It is called like build output, but git does not ignore it: it may be work that was not added yet.',
      command: ask,
    };
  if (rebuild !== undefined && hasSources)
    return {
      kind,
      what: `Build output alongside its source; ${makes(rebuild)} makes it again.`,
      command: remove,
    };
  return {
    kind,
    what: hasSources
      ? 'Build output alongside its source, but nothing in a package.json beside it says how to make it again.'
      : 'It is called like build output, but no source beside it says how to make it again.',
    command: ask,
  };
}

/** Write-ahead logs and segments of LevelDB, RocksDB, Kafka, and MariaDB's log of transactions: data. */
const journals = /(^|\/)(\d+|tc)\.log$/i;

function forLog(
  item: JunkItem,
  facts: JunkFacts,
  kind: RecommendationKind,
  path: string,
): Advice | undefined {
  const look = (what: string): Advice => ({
    kind: 'unneeded',
    what,
    command: `ls -la -- ${path}`,
  });
  if (journals.test(item.path)) return look('It is called like the journal of a database: data.');
  if (item.inUse !== true)
    return facts.unseen === undefined
      ? { kind, what: 'A log that no process is writing.', command: `rm -- ${path}` }
      : {
          kind,
          what: 'A log that no process we may look at is writing.',
          command: `rm -i -- ${path}`,
        };
  // Removing an open file frees nothing until its writer closes it.
  if (facts.written !== 'end')
    return look(
      facts.written === undefined
        ? 'A log that a process has open.'
        : 'A log that a process writes, and not only at its end: emptying it might break it.',
    );
  if (item.reclaimableBytes < item.diskBytes)
    return look(
      'A log that is being written and has other names: emptying it empties all of them.',
    );
  return {
    kind: 'unneeded',
    what: 'A log that is being written: empty it, do not remove it.',
    command: `truncate -s 0 -- ${path}`,
  };
}

const isKept =
  /\/(uploads?|media|storage|attachments|backups?|archives?|snapshots?|dumps|data|pgdata|mysql|mariadb|postgresql|mongodb|redis|docker|lib\/[^/]+\/images)\//i;
const isData =
  /\.(db3?|sqlite3?|ibd|ibdata\d*|mdb|mdf|ldf|ndf|frm|my[di]|wt|sst|ldb|rdb|aof|dump|sql|bak|img|raw|vmdk|qcow2|vdi|vhdx?|ova|pack|idx|kdbx)$|\/(ibdata|ib_logfile|undo_?)\d+$|\/\d+(\.\d+)?$/i;

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
    command:
      isData.test(item.path) || isKept.test(item.path) ? `ls -la -- ${path}` : `rm -i -- ${path}`,
  };
}
