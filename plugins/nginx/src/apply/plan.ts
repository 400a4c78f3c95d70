import { accessSync, constants } from 'node:fs';
import { basename, join } from 'node:path';
import { fromSystemError, OpsError, type Progress, stampSecond } from '@om-ops/kit';
import { type EditOptions, type EditPlan, planEdit } from '../edit/plan.ts';
import { type Answer, answers } from '../running/answers.ts';
import type { Master } from '../running/master.ts';
import { type ReloadWay, reloadWay } from '../running/reload.ts';
import { type Nginx, nginxHere, unreadFiles } from '../running/running.ts';
import { type TestResult, testConfiguration } from '../running/tested.ts';

export interface ApplyOptions extends EditOptions {
  bin: string;
  conf: string;
  errorLog: string;
  reload: readonly string[];
  /** STATE/nginx. */
  backups: string;
  /** What is asked before and after. */
  asked: string;
}

/** One proof that it works: `nginx -t`, the reload, the answers. */
export interface Proof {
  check: string;
  ok: boolean;
  message: string;
}

export interface ApplyPlan {
  edit: EditPlan;
  nginx: Nginx;
  /** Undefined in a dry run of a site that does not run. */
  master: Master | undefined;
  way: ReloadWay | undefined;
  /** Files that nobody has told nginx of: a reload is due although nothing has to be written. */
  unread: readonly string[];
  errorLogs: readonly string[];
  before: readonly Answer[];
  backup: string | null;
  checks: Proof[];
  /** How far `apply` came. */
  done: {
    /** It was going to be written, and may have been. */
    written?: { before: Buffer; after: Buffer; path: string };
    /** nginx was told. */
    reloaded?: boolean;
    /** It has new workers. */
    taken?: boolean;
  };
}

/**
 * Looks at everything that is needed, and changes nothing.
 *
 * @throws OpsError of {@link planEdit}; E_NGINX_BROKEN (exit 6) when the configuration does not hold even before;
 * E_NGINX_NOT_RUNNING, E_PERMISSION (5)
 */
export async function planApply(
  options: ApplyOptions,
  dryRun: boolean,
  progress: Progress,
): Promise<ApplyPlan> {
  const { signal } = progress;
  const edit = await planEdit(options.conf, options);
  const nginx = await nginxHere(options.bin, edit.configuration, signal);
  const { master } = nginx;
  const checks: Proof[] = [];
  const tested = await test(options.conf, nginx, signal);
  if (tested.outcome === 'invalid') throw broken(tested);
  if (tested.outcome === 'forbidden' && !dryRun) throw forbidden(tested);
  const unread = master === undefined ? [] : unreadFiles(edit.configuration, master);
  if (edit.isChanged)
    edit.warnings.push(
      ...unread.map(
        (path) =>
          `${path} was changed after nginx had read it: it will be read together with this change.`,
      ),
    );
  if (master === undefined && !dryRun) throw notRunning(options.conf);
  const way = master === undefined ? undefined : reloadWay(options.reload, master);
  if (!dryRun) assertAllowed(edit, way);
  const before =
    master === undefined
      ? []
      : await answers(
          edit.target.at,
          { serverName: options.serverName, path: options.asked },
          signal,
        );
  return {
    edit,
    nginx,
    master,
    way,
    unread,
    errorLogs: [...new Set([options.errorLog, ...nginx.owned.errorLogs])],
    before,
    backup: edit.isChanged ? backupPath(options.backups, edit.file.path) : null,
    checks,
    done: {},
  };
}

export function test(
  conf: string,
  { program, owned, master }: Nginx,
  signal: AbortSignal,
): Promise<TestResult> {
  return testConfiguration(program, { conf, prefix: master?.prefix, owned, master, signal });
}

/** Found out before anything is changed. */
function assertAllowed({ file, isChanged }: EditPlan, way: ReloadWay | undefined): void {
  try {
    if (isChanged) accessSync(file.path, constants.W_OK);
  } catch (error) {
    throw fromSystemError(error, 'write', file.path);
  }
  try {
    if (way !== undefined && 'signal' in way) process.kill(way.signal, 0);
  } catch (error) {
    throw fromSystemError(
      error,
      'tell',
      `the nginx master ${way !== undefined && 'signal' in way ? way.signal : ''}`,
    );
  }
}

function backupPath(folder: string, file: string): string {
  return join(folder, `apply-${stampSecond(new Date())}-${basename(file)}`);
}

function broken({ message, file, line }: TestResult): OpsError {
  const where = file === null ? 'it' : `${file}${line === null ? '' : `:${line}`}`;
  return new OpsError(
    'E_NGINX_BROKEN',
    `The configuration is broken already, before anything is changed: ${message}.`,
    {
      exit: 'unhealthy',
      suggestions: [
        `Mend ${where} first; nothing was changed.`,
        'Look again: om-ops nginx validate',
      ],
    },
  );
}

export function forbidden({ message }: TestResult): OpsError {
  return new OpsError(
    'E_PERMISSION',
    `nginx cannot test its configuration as this user: ${message}.`,
    {
      exit: 'requirement',
      suggestions: ['Run the command with sudo.'],
    },
  );
}

function notRunning(conf: string): OpsError {
  return new OpsError(
    'E_NGINX_NOT_RUNNING',
    `No running nginx reads ${conf}: whether a change works could not be seen. Nothing was changed.`,
    {
      exit: 'requirement',
      suggestions: ['Start it: sudo systemctl start nginx', 'Look: om-ops nginx status'],
    },
  );
}
