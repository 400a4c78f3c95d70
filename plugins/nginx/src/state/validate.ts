import { isOpsError } from '@om-ops/kit';
import { type Configuration, readConfiguration } from '../config/configuration.ts';
import { findMaster } from '../running/master.ts';
import { ownedPaths } from '../running/owned-paths.ts';
import { builtWith, nginxProgram } from '../running/program.ts';
import { type TestResult, testConfiguration } from '../running/tested.ts';
import { configurationFindings, type Finding, runningFindings } from './findings.ts';

export interface Validation {
  valid: boolean;
  conf: string;
  /** As it was run. */
  command: string;
  /** What nginx wrote, its verdict left out. */
  output: readonly string[];
  /** Where it stumbled. */
  file: string | null;
  line: number | null;
  message: string | null;
  findings: readonly Finding[];
}

/**
 * Asks nginx whether it would take the configuration, and tells whether that is what runs.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5)
 */
export async function validateNginx(
  { bin, conf }: { bin: string; conf: string },
  signal: AbortSignal,
): Promise<Validation & { outcome: TestResult['outcome'] }> {
  const program = nginxProgram(bin);
  const built = await builtWith(program, signal);
  const configuration = readable(conf) ?? { conf, files: [], main: [] };
  const { pidFile } = ownedPaths(configuration, built);
  const master = findMaster(conf, built, pidFile);
  const owned = ownedPaths(configuration, built, master?.prefix);
  const tested = await testConfiguration(program, {
    conf,
    prefix: master?.prefix,
    owned,
    master,
    signal,
  });
  const { outcome, command, lines, file, line, message } = tested;
  return {
    outcome,
    valid: outcome === 'valid',
    conf,
    command: command.join(' '),
    output: lines,
    file,
    line,
    message,
    findings: [
      ...(master === undefined ? [] : runningFindings(configuration, master, pidFile)),
      ...configurationFindings(configuration),
    ],
  };
}

/** What om-ops cannot read is nginx's to judge. */
function readable(conf: string): Configuration | undefined {
  try {
    return readConfiguration(conf);
  } catch (error) {
    if (isOpsError(error)) return undefined;
    throw error;
  }
}
