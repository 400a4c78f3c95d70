import { Flags, isEndOfInput, loadPlugins, OpsCommand, OpsError } from '@om-ops/kit';
import { Menu } from '../menu/menu.ts';
import { Left, realTerminal } from '../menu/terminal.ts';

export default class MenuCommand extends OpsCommand<typeof MenuCommand, Record<string, never>> {
  static override summary = 'Choose what to do from a menu.';
  static override description =
    'The hierarchical menu of OM-Ops: each entry opens the submenu of a plugin, 0 leaves. Numbers choose, letters find a command of any level, ? tells the keys. Every choice runs the command line that stands below the list, so the menu also teaches the command line; what is guarded shows first what it would do.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];
  static override flags = {
    'dry-run': Flags.boolean({
      summary: 'Run nothing in earnest: what is chosen says what it would do.',
      default: false,
    }),
  };
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
    const { site } = this.flags;
    const ended = new AbortController();
    const end = () => ended.abort(new Left('ended'));
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
    try {
      const menu = new Menu(await realTerminal(ended.signal), {
        site: this.site,
        contributions: plugins.map(({ contribution }) => contribution),
        config: this.config,
        globalArgs: site === undefined ? [] : ['--site', site],
        isDry: this.flags['dry-run'],
        signal: ended.signal,
      });
      await menu.show();
    } catch (error) {
      // Ctrl-D leaves, as 0 does; Ctrl-C leaves too, and a shell sees that it was that.
      if (error instanceof Left) this.endedByUser();
      else if (!isEndOfInput(error)) throw error;
    } finally {
      for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
    }
    return {};
  }

  protected override text(): string {
    return '';
  }
}
