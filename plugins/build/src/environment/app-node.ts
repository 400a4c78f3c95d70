import {
  type Abilities,
  exec,
  findProgram,
  isOpsError,
  messageOf,
  OpsError,
  sitePath,
} from '@om-ops/kit';

/** The Node that something of the site runs on. */
export interface SiteNode {
  program: string;
  version: string;
  /** How that is known, as the end of a sentence. */
  from: string;
}

/** The Node that PATH finds for the site, which is never om-ops' own. @throws OpsError E_PROGRAM_MISSING (exit 5) */
export async function pathNode(signal: AbortSignal): Promise<SiteNode> {
  const program = findProgram('node', sitePath());
  if (program === undefined) {
    throw new OpsError(
      'E_PROGRAM_MISSING',
      'There is no node of the site on PATH: the one that om-ops runs on is not taken for it.',
      {
        exit: 'requirement',
        suggestions: [
          'Install the Node of the site where PATH finds it, or add its folder to PATH.',
        ],
      },
    );
  }
  return { program, version: await versionOf(program, signal), from: 'PATH' };
}

/**
 * The Node that the backend runs on: what its service says, else the one on PATH. `warn` is told when it
 * has to be another than the app's.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5)
 */
export async function appNode(
  abilities: Pick<Abilities, 'service'>,
  { signal, warn }: { signal: AbortSignal; warn(message: string): void },
): Promise<SiteNode> {
  try {
    const service = await abilities.service('backend');
    const node = await service.node(signal);
    const from = `${service.manager}, which runs ${service.name}`;
    if (node?.program !== null && node?.program !== undefined) {
      const { program } = node;
      return { program, version: node.version ?? (await versionOf(program, signal)), from };
    }
    const other = await pathNode(signal);
    if (node?.version !== null && node?.version !== undefined && node.version !== other.version)
      warn(
        `The app runs on Node ${node.version}, which cannot be reached; Node ${other.version} of ${other.program} is taken instead.`,
      );
    return other;
  } catch (error) {
    signal.throwIfAborted();
    if (!isOpsError(error) || error.code === 'E_PROGRAM_MISSING') throw error;
    // No manager, or one that cannot be asked: what is built can be looked at all the same.
    const other = await pathNode(signal);
    if (error.code !== 'E_NO_SERVICE')
      warn(
        `${messageOf(error)} Node ${other.version} of ${other.program} is taken for that of the app.`,
      );
    return other;
  }
}

async function versionOf(program: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await exec(program, ['-p', 'process.versions.node'], {
    signal,
    timeoutMs: 10_000,
    env: { NODE_OPTIONS: undefined },
  });
  return stdout.trim();
}
