import type { Server } from '../server/server.ts';

/** An extension of the database and the schema it lives in, quoted; undefined: it is not there. */
export async function extensionOf(
  server: Server,
  name: string,
): Promise<{ schema: string; version: string } | undefined> {
  const [found] = await server.rows<{ schema: string; version: string }>(
    `SELECT quote_ident(n.nspname) AS schema, e.extversion AS version
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1`,
    [name],
  );
  return found;
}
