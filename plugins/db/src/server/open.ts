import type { OpenOptions, Server } from './server.ts';
import type { Target } from './target.ts';

/** @throws ServerError */
export async function openServer(target: Target, options: OpenOptions): Promise<Server> {
  if (target.engine === 'postgres') {
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres(target, options);
  }
  const { openMysql } = await import('./mysql.ts');
  return openMysql(target, options);
}
