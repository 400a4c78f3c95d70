import { OpsError, type Progress } from '@om-ops/kit';
import type { ArchiveOutput } from '../archive/gzip/sink.ts';
import { composeArchive, contentLength } from '../archive/members-archive.ts';
import type { Skipped } from '../archive/tree/skipped.ts';
import { type CollectedConfig, type ConfigSources, collectConfig } from './collect.ts';

/** The shape of a tree archive's totals. */
export interface ConfigArchiveTotals {
  files: number;
  directories: number;
  /** Of the archive. */
  bytes: number;
  /** Of what is in it, after redaction. */
  sourceBytes: number;
  sha256: string;
  skipped: Skipped[];
  excluded: string[];
  /** What may be there and is not: absolute paths. */
  absent: string[];
}

/**
 * Writes the configuration of a site to a `.tar.gz`: `nginx/…`, `systemd/…`, `pm2/…`, and
 * `env/<path>.template` for every env file. No secret is in it.
 *
 * @throws OpsError E_SOURCE_MISSING (exit 5) when there is nothing at all, E_INTERRUPTED; the
 * system's error when the output fails
 */
export async function writeConfigArchive(
  sources: ConfigSources,
  { output, progress, level }: { output: ArchiveOutput; progress: Progress; level?: number },
): Promise<ConfigArchiveTotals> {
  progress.report({ stage: 'reading the configuration' });
  const { members, absent, skipped } = await collectSome(sources);
  const totals = await composeArchive(members, output, {
    signal: progress.signal,
    ...(level === undefined ? {} : { level }),
  });
  progress.report({ files: totals.files, bytes: totals.sourceBytes });
  return { ...totals, directories: 0, skipped, excluded: [], absent };
}

/** What a dry run says. */
export async function planConfigArchive(sources: ConfigSources): Promise<{
  files: number;
  sourceBytes: number;
  included: { path: string; bytes: number; files: number }[];
  excluded: [];
  notes: string[];
}> {
  const { members, absent, skipped } = await collectSome(sources);
  const parts = new Map<string, { path: string; bytes: number; files: number }>();
  for (const member of members) {
    const path = member.name.slice(0, member.name.indexOf('/'));
    const part = parts.get(path) ?? { path, bytes: 0, files: 0 };
    part.bytes += contentLength(member);
    part.files += 1;
    parts.set(path, part);
  }
  const included = [...parts.values()];
  return {
    files: members.length,
    sourceBytes: included.reduce((sum, { bytes }) => sum + bytes, 0),
    included,
    excluded: [],
    notes: [
      ...absent.map((path) => `${path} is not there.`),
      ...skipped.map(({ path, reason }) => `${path} would be left out: ${reason}.`),
    ],
  };
}

async function collectSome(sources: ConfigSources): Promise<CollectedConfig> {
  const collected = await collectConfig(sources);
  if (collected.members.length > 0) return collected;
  throw new OpsError(
    'E_SOURCE_MISSING',
    `Cannot back up config: there is no configuration that may be read, neither ${sources.nginxConf} nor env files below ${sources.root}.`,
    {
      exit: 'requirement',
      suggestions: [
        'Correct `root`, `envFiles` and `nginx.conf` in the site profile: om-ops config show',
        ...(collected.skipped.length > 0 ? ['Run om-ops with sudo.'] : []),
      ],
    },
  );
}
