import { looksSecretSetting, OpsCommand, OpsError, type Redactor, redacted } from '@om-ops/kit';
import { formatFacts } from '@om-ops/kit/text';
import { knownOrSaved, knownProcesses } from '../../app/known.ts';
import { lookAtApp, pm2Setting } from '../../app/look.ts';
import { hideSecrets } from '../../app/secrets.ts';

interface EnvResult {
  app: string;
  /** `pm2`: what it runs with; `saved`: what it is started with at the next boot, while PM2 does not run. */
  from: 'pm2' | 'saved';
  variables: { name: string; value: string }[];
}

export default class Pm2Env extends OpsCommand<typeof Pm2Env, EnvResult> {
  static override summary = 'Show the environment that PM2 gives the backend.';
  static override description =
    'Secrets are never shown: those by their names, those of the env files, and whatever looks like one in another value.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<EnvResult> {
    const { signal, redactor } = this.operation;
    const setting = await pm2Setting(this.site);
    const { app } = setting.section;
    const { status } = await lookAtApp(setting, signal);
    const [one, ...others] = await knownOrSaved(setting, signal);
    if (one === undefined) {
      await knownProcesses(setting, signal);
      throw new OpsError('E_APP_UNKNOWN', `PM2 has no app ${app}.`, { exit: 'requirement' });
    }
    hideSecrets(redactor, [one, ...others]);
    const variables = Object.entries(one.env)
      .filter(([name]) => name !== 'unique_id' && name !== app)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value: shown(name, value, redactor) }));
    return { app, from: status.exists ? 'pm2' : 'saved', variables };
  }

  protected override text({ app, from, variables }: EnvResult): string {
    if (variables.length === 0) return `PM2 gives ${app} no environment.`;
    const table = formatFacts(variables.map(({ name, value }) => [name, value]));
    return from === 'pm2'
      ? table
      : `PM2 does not run ${app}. This is what was saved of it:\n\n${table}`;
  }
}

function shown(name: string, value: string, redactor: Redactor): string {
  if (looksSecretSetting(name)) return redacted;
  // With its name before it, as the rules for settings want it.
  const clean = redactor.foreign(`${name}=${value}`);
  return clean.startsWith(`${name}=`) ? clean.slice(name.length + 1) : redacted;
}
