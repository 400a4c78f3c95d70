import { isAbsolute } from 'node:path';
import { OpsError, type Progress } from '@om-ops/kit';
import {
  type ExtractOptions,
  type ExtractPlan,
  type ExtractResult,
  extractArchive,
  planExtract,
} from '../archive/extract/extract.ts';
import { type Owner, whose } from '../catalog/owner.ts';
import type { SidecarLack } from '../catalog/sidecar.ts';
import type { Category } from '../categories.ts';
import { assertRoom, roomAt, roomDoubt } from '../room.ts';
import { sha256Of } from './checksum.ts';
import { meantPatterns } from './meant-patterns.ts';
import type { RestoreSource } from './source.ts';

export interface RestoreOptions {
  source: RestoreSource;
  to: string;
  only: readonly string[];
  inPlace: boolean;
  /** As in `ExtractOptions`. */
  isReal?: boolean;
  progress: Progress;
}

/** @throws OpsError E_CHECKSUM when the archive is not the one its sidecar describes, and what `extractArchive` throws */
export async function restore(options: RestoreOptions): Promise<ExtractResult> {
  await checkRoom(options);
  await compareChecksum(options.source, options.progress);
  const only = await meantPatterns(options.source.archive, options.only, options.progress);
  return extractArchive(extraction({ ...options, only }));
}

/** What `restore` would do; changes nothing. */
export async function planRestore(options: RestoreOptions): Promise<ExtractPlan> {
  await compareChecksum(options.source, options.progress);
  const only = await meantPatterns(options.source.archive, options.only, options.progress);
  return planExtract(extraction({ ...options, only }));
}

/**
 * What is replaced in place gives its room back, and of a part the size is not known: neither is judged.
 *
 * @throws OpsError E_DISK_FULL when it certainly does not fit; where it may not, that is said
 */
async function checkRoom({ source, to, only, inPlace, progress }: RestoreOptions): Promise<void> {
  const { archive, category, sidecar } = source;
  if (sidecar === undefined || inPlace || only.length > 0) return;
  const room = await roomAt(to);
  const { bytes, sourceBytes, diskBytes = 0 } = sidecar;
  // Dumps come out as they lie in the archive.
  const isPacked = category === 'database';
  const asked = {
    doing: `restore ${archive}`,
    path: to,
    low: Math.max(bytes * surely, isPacked || room.mayCompress ? 0 : diskBytes * surely),
    likely: isPacked ? bytes : diskBytes || sourceBytes,
    suggestions: [
      'Free some space there, or restore to another disk with --to.',
      'Or restore a part of it: --only GLOB',
    ],
  };
  assertRoom(asked, room);
  const doubt = roomDoubt(asked, room);
  if (doubt !== undefined) progress.warn(doubt);
}

/** What no file system takes less for than this part of. */
const surely = 0.9;

/** Hold what nobody else should read, and no folder that says who may. */
const privateCategories: readonly (Category | undefined)[] = ['database', 'config'];

function extraction({
  source,
  to,
  only,
  inPlace,
  isReal = false,
  progress,
}: RestoreOptions): ExtractOptions {
  const files = source.sidecar?.files;
  return {
    archive: source.archive,
    to,
    only,
    inPlace,
    isReal,
    isPrivate: privateCategories.includes(source.category),
    progress,
    ...(files === undefined || only.length > 0 ? {} : { totalFiles: files }),
  };
}

async function compareChecksum(
  { archive, sidecar, lack }: RestoreSource,
  progress: Progress,
): Promise<void> {
  if (sidecar === undefined) {
    const why = lackTexts[lack ?? 'absent'];
    progress.warn(`${archive} ${why}, so its checksum could not be compared.`);
    return;
  }
  if ((await sha256Of(archive, progress)) === sidecar.sha256) return;
  throw new OpsError(
    'E_CHECKSUM',
    `${archive} is not the file that was written: its SHA-256 differs from the sidecar's. Nothing was restored.`,
    {
      suggestions: [
        'Restore an older one: om-ops backup list',
        `If it has to be this one: tar -xzf ${archive} -C <an empty folder>, and look at what comes out`,
      ],
    },
  );
}

const lackTexts: Record<SidecarLack, string> = {
  absent: 'has no sidecar',
  damaged: 'has a damaged sidecar',
  unreadable: 'has a sidecar that there is no permission to read',
  foreign: 'has the sidecar of another backup',
};

/** Where a restore in place goes; only a folder of this site can be put back over itself. */
export function inPlaceTarget(source: RestoreSource, owner: Owner): string {
  const { archive, category, sidecar, lack, belongs } = source;
  if (category === 'database') {
    throw new OpsError(
      'E_USAGE',
      'A database is not restored in place: its dumps have to be loaded.',
      {
        exit: 'usage',
        suggestions: [
          'Load one into a new, empty database: om-ops backup restore database --into NAME',
          'Unpack them: om-ops backup restore database --to DIR',
        ],
      },
    );
  }
  if (category === 'config') {
    throw new OpsError(
      'E_USAGE',
      'A config backup holds templates without values, so it is not restored in place.',
      {
        exit: 'usage',
        suggestions: ['Unpack it and take what you need: om-ops backup restore config --to DIR'],
      },
    );
  }
  const why =
    sidecar === undefined
      ? `${archive} ${lackTexts[lack ?? 'absent']}`
      : isAbsolute(sidecar.source)
        ? undefined
        : `The sidecar of ${archive} names no absolute path as its source`;
  if (sidecar === undefined || why !== undefined) {
    throw new OpsError('E_USAGE', `${why}, so nothing says where it came from.`, {
      exit: 'usage',
      suggestions: ['Say where it goes: --in-place --to DIR'],
    });
  }
  if (belongs === 'other') {
    throw new OpsError(
      'E_OTHER_SITE',
      `${archive} is of ${whose(sidecar)}, and this is the profile of ${owner.site} on ${owner.host}, ${owner.root}: nothing is put back in place.`,
      {
        exit: 'usage',
        suggestions: [
          `Restore it beside: om-ops backup restore ${archive} --to DIR`,
          'Or put it back with the profile of its own site: --site FILE',
        ],
      },
    );
  }
  const now = category === undefined ? undefined : owner.sources[category];
  if (belongs === 'moved' && now !== undefined && now !== sidecar.source) {
    throw new OpsError(
      'E_SOURCE_MOVED',
      `${archive} was made from ${sidecar.source}, and ${category} of this site is ${now} now.`,
      { exit: 'usage', suggestions: [`Say where it goes: --in-place --to ${now}`] },
    );
  }
  return sidecar.source;
}
