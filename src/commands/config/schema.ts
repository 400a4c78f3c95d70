import { knownSections, loadPlugins, OpsCommand } from '@om-ops/kit';
import { loadSections, profileSchema } from '../../profile.ts';

export default class ConfigSchema extends OpsCommand<typeof ConfigSchema, Record<string, unknown>> {
  static override summary = 'Print a JSON Schema of the site profile.';
  static override description =
    'For editors: save it and put `# yaml-language-server: $schema=./om-ops.schema.json` on the first line of the profile. With --json the schema is the result of the envelope.';
  static override examples = ['<%= config.bin %> <%= command.id %> > om-ops.schema.json'];
  static override record = 'none' as const;
  static override needsSite = false;

  protected override async perform(): Promise<Record<string, unknown>> {
    const loaded = await loadPlugins(this.config);
    for (const problem of loaded.problems) this.operation.warn(problem);
    return profileSchema(await loadSections(loaded), knownSections(this.config));
  }

  protected override text(schema: Record<string, unknown>): string {
    return JSON.stringify(schema, null, 2);
  }
}
