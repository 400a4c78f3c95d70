import type { GuardedResult } from '@om-ops/kit';
import { formatCount, formatFacts, formatTime, plural, printable } from '@om-ops/kit/text';
import type { Part } from '../parts/part.ts';
import type { RebuildPlan } from '../rebuild/plan.ts';
import type { RebuildProgress } from '../rebuild/progress.ts';

export interface RebuildResult extends GuardedResult, RebuildProgress {
  part: Part['name'];
  /** The dist. */
  path: string;
  git: { branch: string | null; head: string | null; dirty: number } | null;
  /** Null: nothing is built. */
  manager: { name: string; from: string } | null;
  node: { program: string; version: string } | null;
  script: { name: string; command: string } | null;
  before: { files: number; newest: string | null };
  service: { manager: string; name: string; pid: number | null; healthy: boolean } | null;
  /** The good run since which nothing has changed. */
  unchangedSince: string | null;
}

export function rebuildResult(
  done: GuardedResult,
  plan: RebuildPlan,
  state: RebuildProgress,
): RebuildResult {
  const { part, git, build, before, app, unchangedSince } = plan;
  return {
    ...done,
    part: part.name,
    path: part.dist,
    git: git ?? null,
    manager: build === undefined ? null : { name: build.manager.name, from: build.manager.from },
    node: build === undefined ? null : { program: build.node.program, version: build.node.version },
    script: build?.script ?? null,
    before: { files: before.files, newest: before.newest },
    service:
      app === undefined
        ? null
        : {
            manager: app.service.manager,
            name: app.service.name,
            pid: app.status.pid,
            healthy: app.isHealthy,
          },
    unchangedSince: unchangedSince ?? null,
    ...state,
  };
}

export function rebuildText(result: RebuildResult): string {
  switch (result.outcome) {
    case 'planned':
      return planText(result);
    case 'unchanged':
      return result.unchangedSince === null
        ? `There is nothing to put back: no rebuild of the ${result.part} was cut off.`
        : `Nothing has changed since the good build of ${result.unchangedSince}: ${result.path} stays as it is.`;
    case 'applied':
      return [headline(result), facts(result)].filter((one) => one !== '').join('\n');
    default:
      return failureText(result);
  }
}

function planText({ part, changes, git }: RebuildResult): string {
  const lines = changes.map(
    ({ kind, what, detail }) =>
      `  ${kind === 'run' ? 'run' : kind}  ${printable(what)}${detail === undefined ? '' : `\n        ${printable(detail)}`}`,
  );
  const dirty =
    git === null || git.dirty === 0
      ? []
      : [
          `⚠ ${plural(git.dirty, 'uncommitted change')} (${git.branch ?? 'no branch'}, ${git.head?.slice(0, 10) ?? 'no commit'})`,
        ];
  return [`This would be done for the ${part}; nothing was changed:`, ...lines, ...dirty].join(
    '\n',
  );
}

function headline({ part, script }: RebuildResult): string {
  return script === null
    ? `What was there before the rebuild that was cut off is back: ${part}.`
    : `The ${part} is built anew.`;
}

function facts({
  path,
  before,
  after,
  install,
  git,
  service,
  pid,
  restartedBy,
  health,
  oldAssets,
  run,
}: RebuildResult): string {
  return formatFacts([
    ['dist', path],
    ...(after === null
      ? []
      : [
          [
            'files',
            `${formatCount(before.files)} → ${formatCount(after.files)}${after.newest === null ? '' : `, newest ${formatTime(after.newest)}`}`,
          ] as const,
        ]),
    ...(install === null
      ? []
      : [['packages', install === 'done' ? 'installed' : 'as the lock file says'] as const]),
    ...(git === null
      ? []
      : [
          [
            'git',
            `${git.branch ?? 'detached'} at ${git.head?.slice(0, 10) ?? 'no commit'}${git.dirty === 0 ? '' : `, ⚠ ${formatCount(git.dirty)} uncommitted`}`,
          ] as const,
        ]),
    ...(service === null
      ? []
      : [
          [
            'app',
            `${service.name} (${service.manager}), pid ${service.pid ?? 'none'} → ${pid ?? 'none'}, ${restartedBy === 'build' ? 'restarted by the build' : 'restarted'}`,
          ] as const,
        ]),
    ...(health === null ? [] : [['health', `${health.url} answers ${health.status}`] as const]),
    ...(oldAssets === 0
      ? []
      : [
          [
            'old assets',
            `${plural(oldAssets, 'file')} of builds before stay for open pages`,
          ] as const,
        ]),
    ...(run === null ? [] : [['record', run.path] as const]),
  ]);
}

function failureText({
  findings,
  appErrors,
  failedDist,
  putBack,
  run,
  service,
}: RebuildResult): string {
  return [
    ...(appErrors.length === 0
      ? []
      : [
          `${service?.name ?? 'The app'} said last:`,
          ...appErrors.map((line) => `  ${printable(line)}`),
        ]),
    ...(findings.length === 0
      ? []
      : [
          `${plural(findings.length, 'finding')} in what was built:`,
          ...findings
            .slice(0, 10)
            .map(
              ({ path, line, message }) =>
                `  ${printable(`${path}${line === null ? '' : `:${line}`}  ${message}`)}`,
            ),
        ]),
    ...(putBack.length === 0 ? [] : [`Put back: ${putBack.join(', ')}`]),
    ...(failedDist === null ? [] : [`What did not work: ${failedDist}`]),
    ...(run === null ? [] : [`Record: ${run.path}`]),
  ].join('\n');
}
