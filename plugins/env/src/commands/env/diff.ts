import { Flags, OpsCommand, OpsError } from '@om-ops/kit';
import { formatTable, formatTime, printableName } from '@om-ops/kit/text';
import { type Difference, differences } from '../../compare/differences.ts';
import { fingerprinting } from '../../compare/fingerprint.ts';
import { changedAt, environmentOf, startOf } from '../../compare/running.ts';
import { readExample } from '../../findings/example.ts';
import { keysOf, readEnvFilesOf } from '../../read/env-file.ts';
import { envSection } from '../../site.ts';

interface DiffResult {
  against: 'example' | 'running';
  /** The file, or the service. */
  what: string;
  pid: number | null;
  startedAt: string | null;
  differences: Difference[];
  /** Env files that changed after the process began: what they say now is not live. */
  changedSince: string[];
}

export default class EnvDiff extends OpsCommand<typeof EnvDiff, DiffResult> {
  static override summary = 'Compare the env files with the example, or with what runs.';
  static override description =
    'Names and fingerprints, never values. With --running: what the backend was started with, and whether an env file has changed since, so that a restart is due (exit 6).';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'sudo <%= config.bin %> <%= command.id %> --running',
  ];
  static override flags = {
    running: Flags.boolean({ summary: 'With the running backend.', default: false }),
  };

  protected override async perform(): Promise<DiffResult> {
    const section = await this.site.section(envSection);
    const files = readEnvFilesOf(this.site, section);
    for (const { path, unreadable } of files)
      if (unreadable !== null) this.incomplete(`${path} could not be read: ${unreadable}.`);
    const keys = keysOf(files);
    const fingerprint = await fingerprinting(this.site.state, false);
    if (!this.flags.running) {
      const example = readExample(this.site, section);
      if (example === undefined) throw noExample(section.example);
      const names = new Map(
        [...example.keys.keys()].map((name) => [name, keys.get(name)?.assignment.value ?? '']),
      );
      const found = differences(keys, names, { fingerprint, onlyThere: true }).map((one) => ({
        ...one,
        kind: example.keys.has(one.name)
          ? keys.has(one.name)
            ? one.kind
            : 'only-there'
          : one.kind,
        there: null,
      }));
      const missing = found.filter(({ kind }) => kind === 'only-there');
      if (missing.length > 0)
        this.unhealthy('E_ENV', `${missing.length} of the example's variables are set nowhere.`, [
          `Set one: om-ops env set ${missing[0]?.name}`,
        ]);
      return {
        against: 'example',
        what: example.path,
        pid: null,
        startedAt: null,
        differences: found,
        changedSince: [],
      };
    }
    const { signal } = this.operation;
    const service = await this.abilities.service('backend');
    const { pid } = await service.status(signal);
    if (pid === null)
      throw new OpsError(
        'E_NOT_RUNNING',
        `${service.name} does not run, so there is nothing to compare with.`,
        {
          suggestions: [`See why: om-ops ${service.manager} status`],
        },
      );
    const environment = environmentOf(pid);
    const startedAt = startOf(pid);
    const changedSince = files
      .filter(({ stat }) => stat !== null)
      .map(({ path }) => path)
      .filter((path) => changedAt(path) > startedAt);
    // What the application reads from the file by itself is not in what it was started with.
    const found = differences(keys, environment, { fingerprint, onlyThere: false }).filter(
      ({ kind }) => kind === 'differs',
    );
    if (changedSince.length > 0 || found.length > 0)
      this.unhealthy(
        'E_NOT_LIVE',
        changedSince.length > 0
          ? `${changedSince.join(', ')} changed after ${service.name} was started; what it says now is not live.`
          : `${service.name} was started with other values than the env files hold.`,
        [`Restart it: om-ops ${service.manager} restart`],
      );
    return {
      against: 'running',
      what: `${service.manager} ${service.name}`,
      pid,
      startedAt: startedAt.toISOString(),
      differences: found,
      changedSince,
    };
  }

  protected override text({
    against,
    what,
    pid,
    startedAt,
    differences: found,
    changedSince,
  }: DiffResult): string {
    const there = against === 'example' ? 'EXAMPLE' : 'RUNNING';
    const table =
      found.length === 0
        ? against === 'example'
          ? `The env files and ${what} name the same variables.`
          : 'What it was started with is what the env files hold, as far as it came from there.'
        : formatTable<Difference>(
            [
              { head: 'NAME', cell: ({ name }) => printableName(name) },
              { head: 'ENV FILES', cell: ({ here }) => here ?? 'not set' },
              {
                head: there,
                cell: (one) => one.there ?? (one.kind === 'only-here' ? 'not there' : 'named'),
              },
            ],
            found,
          );
    const head = pid === null ? what : `${what}, pid ${pid}, since ${formatTime(startedAt ?? '')}`;
    return [
      head,
      table,
      ...changedSince.map((path) => `${printableName(path)} changed after that.`),
    ].join('\n');
  }
}

function noExample(name: string | null): OpsError {
  return new OpsError(
    'E_NO_EXAMPLE',
    name === null ? 'The profile names no example (env.example).' : `There is no ${name} yet.`,
    {
      suggestions: [
        'See one: om-ops env example',
        'Compare with what runs: om-ops env diff --running',
      ],
    },
  );
}
