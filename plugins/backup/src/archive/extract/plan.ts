import { startsAsDatabase } from '../live-databases.ts';
import type { TarReader } from '../tar/reader.ts';
import { printableName, withoutEnd } from '../tar/reader-damage.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import { bytesPath, readablePath } from '../tree/bytes-path.ts';
import { LinkSources, type NeededLinks } from './link-sources.ts';
import { MemberCheck, TargetConflict } from './member-check.ts';
import { joinParts, type NameParts } from './member-name.ts';
import type { Selection } from './selection.ts';
import type { TargetView } from './target-view.ts';

/** What extracting would do, found by reading the archive once. */
export interface MemberPlan {
  files: number;
  directories: number;
  symlinks: number;
  hardLinks: number;
  fifos: number;
  /** Of content to be written: without holes, and without unselected files behind selected hard links. */
  bytes: number;
  created: PlannedNames;
  replaced: PlannedNames;
  /** `-wal`, `-shm` and `-journal` beside SQLite databases that are replaced: of the newer ones. */
  removed: PlannedNames;
}

export interface PlannedNames {
  count: number;
  /** The first hundred. */
  names: string[];
}

/** What the second pass must know of the first. Paths are `BytesPath`s. */
export interface PassedOn {
  plan: MemberPlan;
  linkSources: NeededLinks;
  /** What an interrupted run may have left in the folders of the target. */
  temporaries: string[];
}

const namesListed = 100;

export interface PlanOptions {
  reader: TarReader;
  selection: Selection | undefined;
  /** In place only. */
  view: TargetView | undefined;
  onMember(entry: ReadEntry): void;
}

/** Reads all members; throws UnsafeMember or TargetConflict at the first that must not be extracted. */
export function planMembers({ reader, selection, view, onMember }: PlanOptions): PassedOn {
  const check = new MemberCheck();
  const plan: MemberPlan = {
    files: 0,
    directories: 0,
    symlinks: 0,
    hardLinks: 0,
    fifos: 0,
    bytes: 0,
    created: { count: 0, names: [] },
    replaced: { count: 0, names: [] },
    removed: { count: 0, names: [] },
  };
  const journals: NameParts[] = [];
  const links = selection && new LinkSources(selection);
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
    onMember(entry);
    if (selection && !selection.has(entry.path)) {
      check.note(entry);
      links?.note(entry);
      continue;
    }
    const member = check.check(entry);
    if (member.source) links?.need(member.parts, member.source);
    count(plan, entry);
    // The target itself is no name in it.
    if (member.parts.length === 0) continue;
    const isThere = view !== undefined && lookedAt(view, entry, member.parts);
    if (entry.type === 'directory' && isThere) continue;
    addName(isThere ? plan.replaced : plan.created, entry.path);
    const beside = entry.type === 'file' ? (view?.journalsOf(member.parts) ?? []) : [];
    if (beside.length > 0 && startsAsDatabase(reader.read() ?? Buffer.alloc(0), entry.size))
      journals.push(...beside);
  }
  for (const parts of journals)
    if (check.names.get(parts) === undefined) addName(plan.removed, joinParts(parts));
  if (reader.ending?.mark === 'missing') throw withoutEnd(reader.offset, reader.lastWhole);
  return {
    plan,
    linkSources: links?.needed() ?? [],
    temporaries: (view?.temporaries ?? []).map((path) => path.toString('latin1')),
  };
}

/** Whether the target has the name, as something that may be replaced or kept. */
function lookedAt(view: TargetView, entry: ReadEntry, parts: NameParts): boolean {
  const there = view.look(parts);
  if (there === undefined) return false;
  const name = printableName(joinParts(parts));
  if (entry.type === 'directory' && !there.isDirectory())
    // Through this, a link in the target is named as such.
    view.look([...parts, Buffer.from('.')]);
  if (entry.type !== 'directory' && there.isDirectory())
    throw new TargetConflict(`${name} is a folder there, and none in the archive`);
  return true;
}

function addName(list: PlannedNames, path: Buffer): void {
  list.count++;
  if (list.names.length < namesListed) list.names.push(readablePath(bytesPath(path)));
}

function count(plan: MemberPlan, entry: ReadEntry): void {
  plan.bytes += entry.storedSize;
  if (entry.type === 'file') plan.files++;
  else if (entry.type === 'directory') plan.directories++;
  else if (entry.type === 'symlink') plan.symlinks++;
  else if (entry.type === 'hardlink') plan.hardLinks++;
  else plan.fifos++;
}
