import { OpsCommand, workingFolder } from '@om-ops/kit';
import { locateProfile } from '@om-ops/kit/site';

interface PathResult {
  /** Null: the built-in defaults are used. */
  file: string | null;
  by: string;
  searched: string[];
}

export default class ConfigPath extends OpsCommand<typeof ConfigPath, PathResult> {
  static override summary = 'Print the site profile in use.';
  static override description =
    'Looks where every command looks: --site, OM_OPS_SITE, ./om-ops.yaml, $XDG_CONFIG_HOME/om-ops/site.yaml, /etc/om-ops/site.yaml.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;
  static override needsSite = false;

  protected override async perform(): Promise<PathResult> {
    const { file, by, searched } = locateProfile({
      flag: this.flags.site,
      env: process.env,
      cwd: workingFolder(),
    });
    return { file: file ?? null, by, searched };
  }

  protected override text({ file, searched }: PathResult): string {
    return file ?? `none: the built-in defaults are used (looked at ${searched.join(', ')})`;
  }
}
