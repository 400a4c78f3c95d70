import { type AppService, execLook, isOpsError, type ServiceUser } from '@om-ops/kit';

/** As whom the application runs, with its groups; undefined when that cannot be told. */
export async function serviceUser(
  service: () => Promise<AppService>,
  signal: AbortSignal,
): Promise<(ServiceUser & { groups: number[] }) | undefined> {
  let user: ServiceUser | null;
  try {
    user = await (await service()).user(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isOpsError(error) && error.exit === 2 && error.code !== 'E_AMBIGUOUS_SERVICE') throw error;
    return undefined;
  }
  if (user === null) return undefined;
  const { exitCode, stdout } = await execLook('id', ['-G', user.name], { signal, accept: 'any' });
  const groups = exitCode === 0 ? stdout.trim().split(/\s+/).map(Number) : [];
  return { ...user, groups };
}
