import { OpsCommand } from '@om-ops/kit';
import { formatTable, printableName } from '@om-ops/kit/text';
import { findFolder } from '../../folder.ts';
import { uploadsSection } from '../../site.ts';

interface ConfiguredPath {
  /** As the profile has it. */
  configured: string;
  /** Absolute. */
  path: string;
  /** Where the path leads, when a link is on the way; null otherwise. */
  realPath: string | null;
  exists: boolean;
}

interface PathsResult {
  root: string;
  /** Where the list comes from: `FILE:LINE` or `default`. */
  source: string;
  owner: string;
  mode: string;
  dirs: ConfiguredPath[];
  smoke: string;
}

export default class UploadsPaths extends OpsCommand<typeof UploadsPaths, PathsResult> {
  static override summary = 'Show which upload folders are configured.';
  static override description =
    'The upload folders of the profile, where each leads, and where the setting comes from. Secrets are left out.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<PathsResult> {
    const { dirs, owner, mode, smoke } = await this.site.section(uploadsSection);
    return {
      root: this.site.root,
      source: this.site.sourceOf(['uploads', 'dirs']),
      owner,
      mode,
      dirs: dirs.map((configured) => {
        const path = this.site.below(configured);
        const { kind, realPath } = findFolder(path);
        const leads = realPath !== undefined && realPath !== path ? realPath : null;
        return { configured, path, realPath: leads, exists: kind === 'folder' };
      }),
      smoke: `http://localhost:${this.site.backend.port}${smoke.path}`,
    };
  }

  protected override text({ root, source, owner, mode, dirs, smoke }: PathsResult): string {
    const table = formatTable<ConfiguredPath>(
      [
        { head: 'CONFIGURED', cell: ({ configured }) => printableName(configured) },
        { head: 'PATH', cell: ({ path }) => printableName(path) },
        {
          head: 'LEADS TO',
          cell: ({ realPath, exists }) =>
            exists ? (realPath === null ? '' : printableName(realPath)) : '(not there)',
        },
      ],
      dirs,
    );
    return [
      `root   ${root}`,
      `owner  ${owner}`,
      `mode   ${mode}`,
      `smoke  ${smoke}`,
      `from   ${source}`,
      '',
      table,
    ].join('\n');
  }
}
