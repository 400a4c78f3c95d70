import { loadPlugins, OpsCommand } from '@om-ops/kit';
import { leaves } from '@om-ops/kit/site';
import { formatTable } from '@om-ops/kit/text';
import { loadSections, type ResolvedProfile, resolveProfile } from '../../profile.ts';

interface ShowResult extends ResolvedProfile {
  file: string | null;
}

export default class ConfigShow extends OpsCommand<typeof ConfigShow, ShowResult> {
  static override summary = 'Show the resolved site profile, each value with where it came from.';
  static override description =
    'Values come from the profile (file and line), from OM_OPS_STATE, or are the built-in defaults. Secrets are redacted.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override record = 'none' as const;

  static override checksState = false;

  protected override async perform(): Promise<ShowResult> {
    const loaded = await loadPlugins(this.config);
    for (const problem of loaded.problems) this.operation.warn(problem);
    const profile = await resolveProfile(this.site, await loadSections(loaded));
    return { file: this.site.located.file ?? null, ...profile };
  }

  protected override text({ file, values, sources }: ShowResult): string {
    const origins = new Map(sources.map(({ key, from }) => [key, from]));
    const rows = [...leaves(values)].map(({ path, value }) => ({ key: path.join('.'), value }));
    const table = formatTable(
      [
        { head: 'KEY', cell: ({ key }: { key: string }) => key },
        { head: 'VALUE', cell: ({ value }: { value: unknown }) => shown(value) },
        { head: 'FROM', cell: ({ key }) => origins.get(key) ?? '' },
      ],
      rows,
    );
    return `Site profile: ${file ?? 'none, the built-in defaults'}\n\n${table}`;
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value))
    return value.length === 0 ? '[]' : value.map((item) => shown(item)).join(', ');
  return JSON.stringify(value) ?? '';
}
