import { OpsError, type ServiceCommand, type ServiceDriver, type Site } from '@om-ops/kit';
import { docker } from '../kinds/compose.ts';
import { processEnvironment } from '../kinds/process/environment.ts';
import type { ServiceDefinition } from '../site.ts';
import { unitCommand } from './unit-command.ts';

export interface RunCommand extends ServiceCommand {
  /** Those of a unit, for `prlimit`: `--nofile=1024:524288`. */
  limits: string[];
  /** It is another manager's program, which needs the environment of who calls it. */
  inherits: boolean;
}

/**
 * What a service is started with: program, folder, user, environment and limits.
 *
 * @throws OpsError E_APP_UNKNOWN, E_NOT_FOUND, E_NO_USER (exit 5), E_NO_COMMAND (1)
 */
export async function runCommandOf(
  service: ServiceDefinition,
  { site, pm2, signal }: { site: Site; pm2: ServiceDriver | undefined; signal: AbortSignal },
): Promise<RunCommand> {
  const { how } = service;
  switch (how.kind) {
    case 'systemd':
      return { ...(await unitCommand(how.unit, signal)), inherits: false };
    case 'process': {
      const { argv, cwd, user } = how;
      return { argv, cwd, user, env: await processEnvironment(how), limits: [], inherits: false };
    }
    case 'pm2': {
      const app = await pm2?.named?.(site, how.app);
      const found = await app?.command?.(signal);
      if (!found) throw noCommand(service.name, `PM2 knows no app ${how.app}`);
      return { ...found, limits: [], inherits: false };
    }
    case 'compose': {
      if (how.file === null)
        throw noCommand(service.name, 'the profile names no compose file for it');
      docker.need();
      const head = ['docker', 'compose', '--project-name', how.project, '--file', how.file];
      const argv = [...head, 'run', '--rm', '--no-deps', '--service-ports', how.service];
      return { argv, cwd: site.root, user: null, env: {}, limits: [], inherits: true };
    }
  }
}

function noCommand(name: string, why: string): OpsError {
  return new OpsError('E_NO_COMMAND', `How ${name} is started is not known: ${why}.`, {
    exit: 'requirement',
    suggestions: [`See what is wrong with it: om-ops service why ${name}`],
  });
}
