import { type DatabaseEngineName, type DatabaseEnvKeys, databaseDefaults } from '../section.ts';

export interface RecognisedDatabase {
  /** Undefined: none was recognised. */
  engine: DatabaseEngineName | undefined;
  /** False: a guess that somebody has to confirm. */
  sure: boolean;
  /** What says so, without any value: `DATABASE_URL in /srv/shop/.env`. */
  evidence: string[];
  /** The lists of `database.envKeys` that have to differ from the built-in ones. */
  envKeys: Partial<DatabaseEnvKeys>;
  /** Names that no env file has. */
  databases: string[];
  /** SQLite files below root that no env file names. */
  files: string[];
  host?: string;
  port?: number;
  user?: string;
  /** What more there is to say, as sentences: where the password is, what is only guessed. */
  remarks: string[];
  /** Databases of the site that the above does not reach. */
  further: { what: string; evidence: string }[];
  /** Databases that om-ops cannot back up. */
  unsupported: { what: string; evidence: string }[];
  /** When nothing was recognised: settings that speak of a database all the same. */
  looksLike: string[];
}

/** What the built-in lists do not say already. */
export function differing(envKeys: Partial<DatabaseEnvKeys>): Partial<DatabaseEnvKeys> {
  const found: Partial<DatabaseEnvKeys> = {};
  for (const [role, keys] of Object.entries(envKeys) as [keyof DatabaseEnvKeys, string[]][]) {
    const usual = databaseDefaults.envKeys[role] ?? (role === 'url' ? ['DATABASE_URL'] : []);
    const isUsual = keys.length > 0 && keys.every((key, index) => usual[index] === key);
    if (!isUsual) found[role] = keys;
  }
  return found;
}
