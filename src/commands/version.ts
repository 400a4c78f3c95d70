import { Command, Flags } from '@om-ops/kit';

interface Details {
  architecture: string;
  cliVersion: string;
  nodeVersion: string;
  osVersion?: string;
  pluginVersions?: string[];
  rootPath?: string;
  shell?: string;
}

/** As oclif's own plugin has it, without loading a second oclif, and without asking the npm registry. */
export default class Version extends Command {
  static override summary = 'Show the version of om-ops.';
  static override description =
    'Prints the version of om-ops, the platform and the Node it runs on; with --verbose its plugins too.';
  static override examples = ['<%= config.bin %> version --verbose'];
  static override enableJsonFlag = true;
  static override flags = {
    verbose: Flags.boolean({ summary: 'Show the plugins, the system and the folder as well.' }),
  };

  override async run(): Promise<Details> {
    const { flags } = await this.parse(Version);
    const { architecture, cliVersion, nodeVersion, osVersion, pluginVersions, rootPath, shell } =
      this.config.versionDetails;
    const details: Details = { architecture, cliVersion, nodeVersion };
    if (!flags.verbose) {
      this.log(this.config.userAgent);
      return details;
    }
    const plugins = Object.entries(pluginVersions ?? {})
      .map(([name, { version, type }]) => `${name} ${version} (${type})`)
      .sort();
    this.log(
      [
        `om-ops   ${cliVersion}`,
        `node     ${nodeVersion}`,
        `system   ${osVersion ?? ''}, ${architecture}`,
        `shell    ${shell ?? 'unknown'}`,
        `folder   ${rootPath ?? ''}`,
        'plugins',
        ...plugins.map((plugin) => `  ${plugin}`),
      ].join('\n'),
    );
    return {
      ...details,
      osVersion: osVersion ?? '',
      pluginVersions: plugins,
      rootPath: rootPath ?? '',
      shell: shell ?? 'unknown',
    };
  }
}
