import {
  Args,
  dryRunFlag,
  execForeground,
  Flags,
  OpsCommand,
  OpsError,
  shellWord,
} from '@om-ops/kit';
import { lookAtService } from '../../look/managers.ts';
import { runCommandOf } from '../../run/command.ts';
import { chosenOne, siteServices } from '../../site-services.ts';

interface RunResult {
  name: string;
  dryRun: boolean;
  /** Without secrets. */
  argv: string[];
  cwd: string;
  user: string | null;
  /** Names only. */
  environment: string[];
  limits: string[];
  /** 128 and more: a signal ended it. Null in a dry run. */
  exitCode: number | null;
}

export default class ServiceRun extends OpsCommand<typeof ServiceRun, RunResult> {
  static override summary = 'Run a service in the foreground, as its manager would.';
  static override description =
    'With the program, folder, user, environment and limits of its unit, of PM2, of its container or of the profile, and nothing of who runs om-ops: what goes wrong only there goes wrong here as well, before your eyes. Ctrl-C is its own. Refused while it runs, unless --beside says that two of them do no harm.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backend',
    '<%= config.bin %> <%= command.id %> celery --dry-run',
  ];
  static override record = 'audit' as const;
  static override handlesSignals = false;
  static override args = {
    name: Args.string({ required: true, description: 'A service of the profile.' }),
  };
  static override flags = {
    ...dryRunFlag,
    beside: Flags.boolean({ summary: 'Run it although it runs already.', default: false }),
  };

  protected override async perform(): Promise<RunResult> {
    const { redactor, signal } = this.operation;
    const { all, managers, pm2 } = await siteServices(this.site, this.abilities, signal);
    const service = chosenOne(all, this.args.name);
    const { name } = service;
    const command = await runCommandOf(service, { site: this.site, pm2, signal });
    const { argv, cwd, env, user, limits, inherits } = command;
    const [program = '', ...args] = [...limited(limits), ...argv];
    const result = (exitCode: number | null): RunResult => ({
      name,
      dryRun: this.dryRun,
      argv: argv.map((one) => redactor.foreign(one)),
      cwd,
      user,
      environment: Object.keys(env).sort(),
      limits,
      exitCode,
    });
    if (this.dryRun) return result(null);
    const look = await lookAtService(service, managers, signal);
    if (look.pid !== null && !this.flags.beside)
      throw new OpsError('E_SERVICE_RUNNING', `${name} runs already, as pid ${look.pid}.`, {
        suggestions: [
          `Stop it first: om-ops service stop ${name}`,
          `Or run a second one: om-ops service run ${name} --beside`,
        ],
      });
    this.operation.touch(`${service.how.kind}:${service.target}`);
    const exitCode = await execForeground(program, args, {
      cwd,
      ...(inherits ? {} : { env, inheritEnv: false }),
      ...(user === null ? {} : { user }),
      ...(this.jsonEnabled() ? { output: 'stderr' } : {}),
    });
    if (exitCode === 130) this.endedByUser();
    else if (exitCode !== 0)
      this.fail(
        new OpsError('E_SERVICE_FAILED', `${name} ended with exit status ${exitCode}.`, {
          suggestions: [`See every cause that can be found: om-ops service why ${name}`],
        }),
        result(exitCode),
      );
    return result(exitCode);
  }

  protected override text({
    dryRun,
    argv,
    cwd,
    user,
    environment,
    limits,
    name,
    exitCode,
  }: RunResult): string {
    if (!dryRun) return exitCode === 0 ? `${name} has ended by itself.` : '';
    return [
      `Would run: ${argv.map(shellWord).join(' ')}`,
      `  in ${cwd}, as ${user ?? 'who runs om-ops'}`,
      `  with ${environment.length === 0 ? 'no environment' : environment.join(' ')}`,
      ...(limits.length === 0 ? [] : [`  and ${limits.join(' ')}`]),
    ].join('\n');
  }
}

function limited(limits: readonly string[]): string[] {
  return limits.length === 0 ? [] : ['prlimit', ...limits, '--'];
}
