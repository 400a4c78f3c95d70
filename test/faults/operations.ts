import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runOmOps } from '@om-ops/test-support/om-ops';

/** Where one operation runs: a copy of what was prepared for it. */
export interface Place {
  base: string;
  state: string;
  env: Record<string, string>;
}

/** What is to be seen of an operation on the disk, by reading files alone. */
export interface Sight {
  /** All that it should do is done. */
  isWhole: boolean;
  /** What it has done: a run that fails names each all the same. */
  done: string[];
}

export interface Operation {
  name: string;
  /** What has to be there before it. */
  prepare(place: Place): Promise<void>;
  argv(place: Place): string[];
  /** A run that must do well afterwards, whatever happened. */
  again(place: Place): string[];
  /** Throws when something is neither as it was nor as it should be. `wasKilled`: half a pair may be left. */
  look(place: Place, wasKilled: boolean): Sight;
}

const files = { 'src/one': 'one\n', 'src/two': 'two\n'.repeat(20_000), three: 'three\n' };

/** The site all places share; nothing writes to it. */
export function makeSite(folder: string): string {
  const root = join(folder, 'site');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, 'server', name, '..'), { recursive: true });
    writeFileSync(join(root, 'server', name), text);
  }
  const profile = join(folder, 'om-ops.yaml');
  writeFileSync(profile, `site: faults\nroot: ${root}\nstate: ${join(folder, 'unused')}\n`);
  chmodSync(profile, 0o600);
  return profile;
}

async function run(place: Place, argv: string[]): Promise<void> {
  const { code, stdout, stderr } = await runOmOps(argv, { cwd: place.base, env: place.env });
  assert.equal(code, 0, `${argv.join(' ')}: ${stdout}${stderr}`);
}

const backUp = (place: Place): Promise<void> => run(place, ['backup', 'run', 'server']);

function namesIn(folder: string, pattern: RegExp): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .sort()
    : [];
}

/** Sorted without their ends: `-2` comes after the first of that minute. */
function stemsIn(folder: string, end: string): string[] {
  return namesIn(folder, /^[^.]/)
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length))
    .sort();
}

/** Every archive and sidecar there is, whole and belonging together. Returns the names of the pairs. */
function pairsIn(place: Place, wasKilled: boolean): string[] {
  const folder = join(place.state, 'server');
  const archiveNames = stemsIn(folder, '.tar.gz');
  const sidecarNames = stemsIn(folder, '.json');
  for (const name of archiveNames) {
    const bytes = readFileSync(join(folder, `${name}.tar.gz`));
    assert.ok(gunzipSync(bytes).includes('three\n'), `${name} is not whole`);
    if (!sidecarNames.includes(name)) continue;
    const sidecar = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    assert.equal(sidecar.sha256, createHash('sha256').update(bytes).digest('hex'));
  }
  const halves = [
    ...archiveNames.filter((name) => !sidecarNames.includes(name)),
    ...sidecarNames.filter((name) => !archiveNames.includes(name)),
  ];
  if (!wasKilled) assert.deepEqual(halves, [], 'half of a backup is there');
  return archiveNames.filter((name) => sidecarNames.includes(name));
}

/** What is below a folder, with contents. */
function contentOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isSymbolicLink()) found[name] = `-> ${readlinkSync(path)}`;
    else if (entry.isFile()) found[name] = readFileSync(path, 'utf8');
  }
  return found;
}

function newestArchive(place: Place): string {
  const folder = join(place.state, 'server');
  return join(folder, namesIn(folder, /^[^.].*\.tar\.gz$/).at(-1) ?? 'none');
}

export const operations: readonly Operation[] = [
  {
    name: 'backup run',
    prepare: backUp,
    argv: () => ['backup', 'run', 'server'],
    again: () => ['backup', 'run', 'server'],
    look(place, wasKilled) {
      const pairs = pairsIn(place, wasKilled);
      assert.ok(pairs.length >= 1, 'the backup that was there is gone');
      return { isWhole: pairs.length === 2, done: pairs.slice(1) };
    },
  },
  {
    name: 'backup restore --to',
    prepare: backUp,
    argv: (place) => ['backup', 'restore', newestArchive(place), '--to', join(place.base, 'new')],
    again: (place) => ['backup', 'restore', 'server', '--to', join(place.base, 'newer')],
    look(place) {
      const target = join(place.base, 'new');
      if (!existsSync(target)) return { isWhole: false, done: [] };
      assert.deepEqual(contentOf(target), files);
      return { isWhole: true, done: [target] };
    },
  },
  {
    name: 'backup restore --in-place',
    async prepare(place) {
      await backUp(place);
      const target = join(place.base, 'target');
      mkdirSync(join(target, 'src'), { recursive: true });
      for (const name of ['src/one', 'three']) writeFileSync(join(target, name), 'old');
    },
    argv: (place) => [
      ...['backup', 'restore', 'server', '--in-place', '--to', join(place.base, 'target')],
      ...['--confirm', 'YES APPLY'],
    ],
    again(place) {
      return this.argv(place);
    },
    look(place, wasKilled) {
      const target = join(place.base, 'target');
      const found = contentOf(target);
      for (const [name, text] of Object.entries(found)) {
        if (wasKilled && name.includes('.om-ops-restore.')) continue;
        const right = files[name as keyof typeof files];
        assert.ok(text === right || (text === 'old' && name !== 'src/two'), `${name}: ${text}`);
      }
      const names = Object.entries(files).filter(([name, text]) => found[name] === text);
      return { isWhole: names.length === 3, done: names.length > 0 ? [target] : [] };
    },
  },
  {
    name: 'backup prune',
    async prepare(place) {
      for (let count = 0; count < 3; count++) await backUp(place);
    },
    argv: () => ['backup', 'prune', 'server', '--keep-last', '1', '--confirm', 'YES APPLY'],
    again(place) {
      return this.argv(place);
    },
    look(place, wasKilled) {
      const there = pairsIn(place, wasKilled);
      const all = JSON.parse(readFileSync(join(place.base, 'pairs'), 'utf8')) as string[];
      assert.ok(there.includes(all.at(-1) as string), 'the newest backup is gone');
      return { isWhole: there.length === 1, done: all.filter((name) => !there.includes(name)) };
    },
  },
  ...(['start', 'add', 'close'] as const).map(
    (verb): Operation => ({
      name: `changelog ${verb}`,
      prepare: (place) => run(place, ['changelog', 'start', '--title', 'first']),
      argv: () => [
        ...['changelog', verb],
        ...{
          start: ['--title', 'second'],
          add: ['--type', 'note', '--actor', 'user', '--text', 'hello'],
          close: ['--summary', 'done'],
        }[verb],
      ],
      again: () => ['changelog', 'start', '--title', 'again'],
      look(place) {
        const sessions = sessionsIn(place);
        const first = sessions.find(({ title }) => title === 'first');
        assert.ok(first, 'the session that was there is gone');
        const second = sessions.find(({ title }) => title === 'second');
        const isClosed = first.status === 'CLOSED';
        const entry = first.entries.find(({ content }) => content === 'hello');
        if (verb === 'add') return { isWhole: !!entry, done: entry ? [entry.hash] : [] };
        if (verb === 'close') return { isWhole: isClosed, done: isClosed ? [first.id] : [] };
        return {
          isWhole: isClosed && second !== undefined,
          done: [...(isClosed ? [first.id] : []), ...(second ? [second.id] : [])],
        };
      },
    }),
  ),
  {
    name: 'analysis run',
    prepare: (place) => run(place, ['analysis', 'run', 'server']),
    argv: () => ['analysis', 'run', 'server'],
    again: () => ['analysis', 'run', 'server'],
    look(place) {
      const folder = join(place.state, 'analysis/runs');
      const runs = namesIn(folder, /^\d{4}-/);
      for (const name of runs) {
        for (const file of ['analysis.json', 'meta.json'])
          JSON.parse(readFileSync(join(folder, name, file), 'utf8'));
        assert.ok(statSync(join(folder, name, 'duplicates.csv')).size > 0);
      }
      JSON.parse(readFileSync(join(place.state, 'analysis/index.json'), 'utf8'));
      assert.ok(runs.length >= 1, 'the run that was there is gone');
      return { isWhole: runs.length === 2, done: runs.slice(1) };
    },
  },
  {
    name: 'roadmap update',
    prepare: (place) => run(place, ['roadmap', 'add', '--title', 'first']),
    argv: (place) => [
      ...['roadmap', 'update', milestonesIn(place)[0]?.id ?? 'none'],
      ...['--percent', '42', '--notes', 'hello'],
    ],
    again: () => ['roadmap', 'add', '--title', 'again'],
    look(place) {
      const milestones = milestonesIn(place);
      const first = milestones.find(({ title }) => title === 'first');
      assert.ok(first, 'the milestone that was there is gone');
      const isDone = first.percent === 42;
      assert.equal(first.notes === 'hello', isDone, 'half of it is changed');
      const told = historyIn(place).filter(({ id }) => id === first.id).length;
      assert.equal(told, isDone ? 2 : 1, 'the history tells something else');
      return { isWhole: isDone, done: isDone ? [first.id] : [] };
    },
  },
  {
    name: 'init',
    async prepare() {},
    argv: (place) => [
      ...['init', '--root', place.base, '--state', place.state, '--name', 'x', '--yes'],
    ],
    again(place) {
      return [...this.argv(place), '--force'];
    },
    look(place) {
      const path = join(place.base, 'om-ops.yaml');
      if (!existsSync(path)) return { isWhole: false, done: [] };
      assert.match(
        readFileSync(path, 'utf8'),
        /^# om-ops site profile[\s\S]*\ndatabase:\n.*\n(?:[\s\S]*\n)?$/,
      );
      return { isWhole: true, done: [path] };
    },
  },
];

function milestonesIn(place: Place) {
  const text = readFileSync(join(place.state, 'roadmap/roadmap.json'), 'utf8');
  return JSON.parse(text).milestones as {
    id: string;
    title: string;
    percent: number;
    notes: string | null;
  }[];
}

/** The lines of the history, and what a killed run had written down for the next one to add. */
function historyIn(place: Place): { id: string; change: string }[] {
  const folder = join(place.state, 'roadmap');
  const lines = readFileSync(join(folder, 'history.jsonl'), 'utf8').split('\n').filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line));
  const pendingPath = join(folder, '.pending.json');
  if (!existsSync(pendingPath)) return entries;
  const { sha256, entries: pending } = JSON.parse(readFileSync(pendingPath, 'utf8'));
  const roadmap = readFileSync(join(folder, 'roadmap.json'));
  if (createHash('sha256').update(roadmap).digest('hex') !== sha256) return entries;
  const known = new Set(entries.map(({ change }) => change));
  return [...entries, ...pending.filter(({ change }: { change: string }) => !known.has(change))];
}

interface Session {
  id: string;
  title: string;
  status: string;
  entries: { content: string; hash: string }[];
}

function sessionsIn(place: Place): Session[] {
  const days = join(place.state, 'changelog/sessions');
  return readdirSync(days)
    .flatMap((day) =>
      namesIn(join(days, day), /^[0-9a-f]{8}__/).map((name) => join(days, day, name)),
    )
    .map((folder) => {
      const head = JSON.parse(readFileSync(join(folder, 'session.json'), 'utf8'));
      const lines = readFileSync(join(folder, 'entries.jsonl'), 'utf8').split('\n').filter(Boolean);
      const entries = lines.map((line) => JSON.parse(line));
      assert.equal(new Set(lines).size, lines.length, 'an entry is there twice');
      return { id: head.session_id, title: head.title, status: head.status, entries };
    });
}

/** Notes what `look` compares with, and removes what says that preparing took time. */
export function afterPreparing(place: Place): void {
  writeFileSync(join(place.base, 'pairs'), JSON.stringify(pairsIn(place, false)));
  for (const name of ['om-ops.log', 'om-recovery.log'])
    rmSync(join(place.state, name), { force: true });
}
