import { isEndOfInput, loadPlugins, OpsCommand, OpsError } from '@om-ops/kit';
import { runMenu } from '../menu/menu.ts';
import { realTerminal } from '../menu/terminal.ts';

export default class Menu extends OpsCommand<typeof Menu, Record<string, never>> {
  static override summary = 'Choose what to do from a menu.';
  static override description =
    'The hierarchical menu of OM-Ops: each entry opens the submenu of a plugin, 0 leaves. Every choice runs the command it prints, so the menu also teaches the command line.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;
  static override handlesSignals = false;

  protected override async perform(): Promise<Record<string, never>> {
    if (process.stdin.isTTY !== true || process.stdout.isTTY !== true || this.jsonEnabled()) {
      throw new OpsError('E_NO_TERMINAL', 'The menu needs a terminal.', {
        exit: 'usage',
        suggestions: ['See the commands there are: om-ops --help'],
      });
    }
    const { plugins, problems } = await loadPlugins(this.config);
    for (const problem of problems) this.operation.warn(problem);
    const entries = plugins.flatMap(({ contribution }) => contribution.menu ?? []);
    const { site } = this.flags;
    try {
      await runMenu(
        `OM-Ops: ${this.site.site}`,
        entries,
        realTerminal(site === undefined ? [] : ['--site', site]),
        this.site,
      );
    } catch (error) {
      // Ctrl-D leaves, as 0 does.
      if (!isEndOfInput(error)) throw error;
    }
    return {};
  }

  protected override text(): string {
    return '';
  }
}
