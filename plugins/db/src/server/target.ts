import { OpsError, type Site } from '@om-ops/kit';
import { type DatabaseConnection, databaseOptions, planDatabases } from '@om-ops/kit/database';
import { databaseSection } from '@om-ops/kit/site';

/** One database of the site and how its server is reached. */
export interface Target {
  engine: 'postgres' | 'mysql';
  connection: DatabaseConnection;
  database: string;
  /** All that the site has on this server. */
  databases: string[];
  /** `127.0.0.1:5432`, or the path of a socket. */
  where: string;
}

/**
 * @param named of `--database`; undefined: the first one of the site
 * @throws OpsError E_NO_DATABASE (exit 5), E_DATABASE_UNNAMED (5), E_USAGE (2)
 */
export async function targetOf(site: Site, named: string | undefined): Promise<Target> {
  const section = await site.section(databaseSection);
  const plan = planDatabases(databaseOptions(site, section));
  if (plan === undefined || plan.engine === 'sqlite')
    throw new OpsError(
      'E_NO_DATABASE',
      plan === undefined
        ? 'This site has no database, says its profile (database.engine: none).'
        : 'The database of this site is SQLite: a file, and no server that could be looked at.',
      {
        exit: 'requirement',
        suggestions: ['Correct database in the site profile: om-ops config show'],
      },
    );
  const databases = plan.databases.map(({ name }) => name);
  const database = named ?? databases[0];
  if (database === undefined || !databases.includes(database))
    throw new OpsError('E_USAGE', `${named} is no database of this site.`, {
      exit: 'usage',
      suggestions: [`There are: ${databases.join(', ')}`],
    });
  const { host, port, socket } = plan.connection;
  const where =
    socket ?? `${host ?? 'localhost'}:${port ?? (plan.engine === 'postgres' ? 5432 : 3306)}`;
  return { engine: plan.engine, connection: plan.connection, database, databases, where };
}
