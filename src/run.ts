import { run } from '@om-ops/kit/oclif';
import { binaryRoot } from './core-plugins.ts';
import { healKitLink } from './kit-link.ts';
import { guardOutput } from './output.ts';
import { withPluginUrls } from './plugin-argv.ts';
import { programPlugins } from './program-plugins.ts';

/** Runs one command line to its end and leaves the exit code on the process. */
export async function runOmOps(argv: string[]): Promise<void> {
  guardOutput();
  await healKitLink();
  try {
    await run(withPluginUrls(argv), { root: binaryRoot, ...(await programPlugins()) });
  } catch (error) {
    const { handleStray } = await import('./stray-error.ts');
    await handleStray(error, argv);
  }
}
