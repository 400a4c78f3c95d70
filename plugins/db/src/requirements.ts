import type { Requirement, Site } from '@om-ops/kit';
import { databaseSection } from '@om-ops/kit/site';

/** Nothing but a server: the clients are ours. */
export async function dbRequirements(site: Site): Promise<Requirement[]> {
  const { engine } = await site.section(databaseSection);
  if (engine === 'none' || engine === 'sqlite') return [];
  const { targetOf } = await import('./server/target.ts');
  const { openServer } = await import('./server/open.ts');
  const { ServerError } = await import('./server/server.ts');
  const purpose = 'looking at the database server';
  try {
    const target = await targetOf(site, undefined);
    const server = await openServer(target, { signal: AbortSignal.timeout(5000) });
    await server.close();
    return [
      { kind: 'service', name: target.where, purpose, state: 'ok', detail: server.version.text },
    ];
  } catch (error) {
    return [
      {
        kind: 'service',
        name: 'database server',
        purpose,
        state: 'absent',
        detail:
          error instanceof ServerError
            ? `it fails at: ${error.stage}`
            : error instanceof Error
              ? error.message
              : String(error),
        fix: 'See where it fails: om-ops db ping',
      },
    ];
  }
}
