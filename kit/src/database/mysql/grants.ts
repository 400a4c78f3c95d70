/** Privileges by what they are on; names in upper case, `ALL PRIVILEGES` for all of them. */
export interface Grant {
  privileges: ReadonlySet<string>;
  /** `*` for every database; a pattern where the grant is on a database. */
  database: string;
  /** `*` for every table of it. */
  object: string;
}

/** Reads lines of `SHOW GRANTS`; roles, proxies and grants on single columns or routines are passed over. */
export function parseGrants(lines: readonly string[]): Grant[] {
  return lines.flatMap((line) => {
    const found = /^GRANT (.+?) ON (?:TABLE )?(\*|`(?:[^`]|``)+`)\.(\*|`(?:[^`]|``)+`) TO /.exec(
      line,
    );
    if (found === null) return [];
    const [, list = '', database = '', object = ''] = found;
    // `SELECT (name)` covers a column only.
    const privileges = list
      .split(/,(?![^(]*\))/)
      .map((one) => one.trim().toUpperCase())
      .filter((one) => !one.includes('('));
    return { privileges: new Set(privileges), database: plain(database), object: plain(object) };
  });
}

function plain(quoted: string): string {
  return quoted === '*' ? quoted : quoted.slice(1, -1).replaceAll('``', '`');
}

/** What a dump of the database by somebody with these grants silently lacks, if there is any. */
export function unseenBy(
  grants: readonly Grant[],
  database: string,
  isMariaDb: boolean,
): ('tables' | 'triggers' | 'events' | 'routines')[] {
  const covers = (grant: Grant) =>
    grant.object === '*' && (grant.database === '*' || matches(grant.database, database));
  const has = (...names: string[]) =>
    grants.some(
      (grant) =>
        covers(grant) &&
        (grant.privileges.has('ALL PRIVILEGES') ||
          names.some((name) => grant.privileges.has(name))),
    );
  const readsProc = grants.some(
    ({ privileges, database: where, object }) =>
      (privileges.has('SELECT') || privileges.has('ALL PRIVILEGES')) &&
      (where === '*' || where.toLowerCase() === 'mysql') &&
      (object === '*' || object.toLowerCase() === 'proc'),
  );
  const everywhere = (name: string) =>
    grants.some(({ privileges, database: where }) => where === '*' && privileges.has(name));
  // Who may run or alter them is shown their names, and the dump then fails at one it cannot show.
  const seesRoutines =
    has('EXECUTE', 'ALTER ROUTINE', 'CREATE ROUTINE', 'SHOW CREATE ROUTINE') ||
    (isMariaDb ? readsProc : readsProc || everywhere('SHOW_ROUTINE') || everywhere('SELECT'));
  return [
    ...(has('SELECT') ? [] : ['tables' as const]),
    ...(has('TRIGGER') ? [] : ['triggers' as const]),
    ...(has('EVENT') ? [] : ['events' as const]),
    ...(seesRoutines ? [] : ['routines' as const]),
  ];
}

/** A database in a grant is a pattern with `%` and `_`, where a backslash takes their meaning away. */
function matches(pattern: string, database: string): boolean {
  const source = pattern.replace(/\\([%_\\])|([%_])|([^%_\\]+|\\)/g, (_, escaped, wild, text) =>
    wild === undefined ? RegExp.escape(String(escaped ?? text)) : wild === '%' ? '.*' : '.',
  );
  return new RegExp(`^${source}$`, 'is').test(database);
}

/** The statements that let an account dump a database, all of it. */
export function grantsFor(
  database: string,
  account: string,
  kind: { isMariaDb: boolean } | undefined,
): string {
  const name = database.replaceAll('`', '``').replace(/[_%]/g, '\\$&');
  const routines =
    kind === undefined
      ? `GRANT SELECT ON mysql.proc TO ${account} (MariaDB), or GRANT SHOW_ROUTINE ON *.* TO ${account} (MySQL 8)`
      : kind.isMariaDb
        ? `GRANT SELECT ON mysql.proc TO ${account}`
        : `GRANT SHOW_ROUTINE ON *.* TO ${account}`;
  return `Grant what a dump needs: GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON \`${name}\`.* TO ${account}; ${routines};`;
}
