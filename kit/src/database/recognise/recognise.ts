import type { DatabaseUrl } from '../database-url.ts';
import { type DatabaseEngineName, type DatabaseEnvKeys, databaseDefaults } from '../section.ts';
import { type Address, addressesOf, isSameDatabase, isSameServer } from './addresses.ts';
import { driversOf, type FileFinding, findingsOf } from './files.ts';
import { takeFinding, useCompose } from './from-file.ts';
import { differing, type RecognisedDatabase } from './recognised.ts';
import {
  databaseGroups,
  envKeysOf,
  isSecondary,
  rootPassword,
  type SettingGroup,
  speaksOfDatabase,
} from './settings.ts';

/** What the site's own settings and files say; every one may be empty. */
export interface DatabaseEvidence {
  env: { values: ReadonlyMap<string, string>; origins: ReadonlyMap<string, string> };
  /** See `DatabaseClues`. */
  texts?: ReadonlyMap<string, string>;
  /** SQLite files below root. */
  sqliteFiles?: readonly string[];
}

export const engineTitles: Readonly<Record<DatabaseEngineName, string>> = {
  mysql: 'MySQL or MariaDB',
  postgres: 'PostgreSQL',
  sqlite: 'SQLite',
};

/**
 * Which database a site lives on, from what applications and frameworks write: addresses under any key
 * before settings of one family (`DB_*`, `POSTGRES_*`, `database__connection__*`), these before files of frameworks,
 * and all of them before a SQLite file that only lies there. Changes and reads nothing.
 */
export async function recogniseDatabase(evidence: DatabaseEvidence): Promise<RecognisedDatabase> {
  const texts = evidence.texts ?? new Map<string, string>();
  const recogniser = new Recogniser(evidence, await findingsOf(texts), driversOf(texts));
  return recogniser.run();
}

class Recogniser {
  readonly #values: ReadonlyMap<string, string>;
  readonly #origins: ReadonlyMap<string, string>;
  readonly #findings: readonly FileFinding[];
  readonly #drivers: ReadonlyMap<DatabaseEngineName, string>;
  readonly #sqliteFiles: readonly string[];
  readonly #found: RecognisedDatabase = {
    engine: undefined,
    sure: true,
    evidence: [],
    envKeys: {},
    databases: [],
    files: [],
    remarks: [],
    further: [],
    unsupported: [],
    looksLike: [],
  };

  constructor(
    { env, sqliteFiles = [] }: DatabaseEvidence,
    findings: readonly FileFinding[],
    drivers: ReadonlyMap<DatabaseEngineName, string>,
  ) {
    this.#values = env.values;
    this.#origins = env.origins;
    this.#findings = findings;
    this.#drivers = drivers;
    this.#sqliteFiles = sqliteFiles;
  }

  run(): RecognisedDatabase {
    const addresses = addressesOf(this.#values, this.#findings);
    const groups = this.#groups();
    this.#nameUnsupported(addresses, groups);
    const usable = addresses.filter(({ named }) => named.engine !== undefined);
    const known = groups.filter(({ named }) => named?.unsupported === undefined);
    const [address] = usable;
    const [group] = known;
    const finding = this.#findings.find(({ named }) => named.engine !== undefined);
    if (address !== undefined) this.#takeAddress(address, usable, known);
    else if (group !== undefined && isWhole(group)) this.#takeGroup(group, known);
    else if (finding !== undefined)
      takeFinding(this.#found, finding, this.#values, this.#sqliteFiles);
    else if (group !== undefined) this.#takeGroup(group, known);
    else if (this.#sqliteFiles.length > 0) this.#takeFiles();
    this.#nameFurther(usable, known);
    if (this.#found.engine === undefined) this.#found.looksLike = this.#looksLike();
    return this.#found;
  }

  #groups(): SettingGroup[] {
    const rank = (group: SettingGroup) =>
      (isSecondary(group.prefix) ? 100 : 0) +
      (isWhole(group) ? 0 : 20) +
      (group.named === undefined ? 10 : 0) +
      (group.prefix === 'DB_' ? 0 : 1);
    return databaseGroups(this.#values).sort((a, b) => rank(a) - rank(b));
  }

  #where(key: string): string {
    const origin = this.#origins.get(key);
    return origin === undefined ? key : `${key} in ${origin}`;
  }

  #nameUnsupported(addresses: readonly Address[], groups: readonly SettingGroup[]): void {
    const { unsupported } = this.#found;
    const add = (what: string | undefined, evidence: string) => {
      if (what !== undefined && !unsupported.some((one) => one.what === what))
        unsupported.push({ what, evidence });
    };
    for (const { key, named } of addresses) add(named.unsupported, this.#where(key));
    for (const { named } of groups) {
      if (named !== undefined) add(named.unsupported, this.#where(named.key));
    }
    for (const { path, named } of this.#findings) add(named.unsupported, path);
  }

  #takeAddress(
    { key, named, url }: Address,
    all: readonly Address[],
    groups: readonly SettingGroup[],
  ): void {
    const found = this.#found;
    found.engine = named.engine;
    found.sure = !isSecondary(key) && url !== undefined;
    found.evidence.push(this.#where(key));
    const same = all.filter(
      (one) => one.key !== key && isSameServer(one, url) && !isSecondary(one.key),
    );
    const keys = [key, ...same.map((one) => one.key)];
    if (keys.join() !== 'DATABASE_URL') found.envKeys.url = keys;
    useCompose(this.#found, this.#findings, url?.host);
    const separate = this.#separateCredentials(key, url);
    if (separate !== undefined) Object.assign(found.envKeys, separate);
    else if (this.#contradicts(url)) {
      // Left to themselves the built-in names would come before the address.
      Object.assign(found.envKeys, { name: [], user: [], password: [], host: [], port: [] });
    } else if (groups.length === 0) return;
    const [group] = groups;
    if (named.engine === 'sqlite' && group !== undefined && group.named?.engine !== 'sqlite')
      found.envKeys.name = [];
  }

  /** `SPRING_DATASOURCE_URL` has its user and password beside it. */
  #separateCredentials(
    key: string,
    url: DatabaseUrl | undefined,
  ): Partial<DatabaseEnvKeys> | undefined {
    if (url === undefined || url.user !== undefined || url.engine === 'sqlite') return undefined;
    const prefix = key.replace(/(?:JDBC_?)?(?:URL|URI|DSN)$/i, '');
    const beside = (words: readonly string[]) =>
      words.map((word) => prefix + word).find((name) => this.#values.has(name));
    const user = beside(['USERNAME', 'USER']);
    const password = beside(['PASSWORD', 'PASS']);
    if (user === undefined || user === 'DB_USER') return undefined;
    return {
      name: [],
      user: [user],
      password: password === undefined ? [] : [password],
      host: [],
      port: [],
    };
  }

  #contradicts(url: DatabaseUrl | undefined): boolean {
    if (url === undefined) return false;
    const { envKeys } = databaseDefaults;
    const differs = (keys: readonly string[], value: string | number | undefined) =>
      keys.some((key) => {
        const set = this.#values.get(key);
        return set !== undefined && set !== '' && set !== String(value ?? '');
      });
    return (
      differs(envKeys.name, url.name) ||
      differs(envKeys.user, url.user) ||
      differs(envKeys.password, url.password) ||
      differs(envKeys.host, url.host) ||
      differs(envKeys.port, url.port)
    );
  }

  #takeGroup(group: SettingGroup, groups: readonly SettingGroup[]): void {
    const found = this.#found;
    const named = group.named?.engine;
    const [driver] = this.#drivers.keys();
    const hint = this.#drivers.size === 1 ? driver : undefined;
    const file = this.#findings.find((finding) => finding.named.engine !== undefined);
    found.engine = named ?? hint ?? file?.named.engine ?? 'mysql';
    const [key] = group.keys.name ?? group.keys.file ?? group.keys.engine ?? [];
    found.evidence.push(this.#where(key ?? group.prefix));
    if (group.named !== undefined && group.named.key !== key && this.#values.has(group.named.key))
      found.evidence.push(this.#where(group.named.key));
    if (named === undefined && hint !== undefined) found.evidence.push(this.#drivers.get(hint)!);
    found.sure = (named ?? hint ?? file) !== undefined && !isSecondary(group.prefix);
    if (!found.sure) {
      found.remarks.push(
        `No setting says which kind of database ${key ?? group.prefix} is: ${engineTitles[found.engine]} was guessed.`,
      );
    }
    if (found.engine === 'sqlite') this.#takeSqliteGroup(group);
    else this.#takeServerGroup(group, groups, key);
  }

  #takeServerGroup(
    group: SettingGroup,
    groups: readonly SettingGroup[],
    key: string | undefined,
  ): void {
    const found = this.#found;
    if (group.keys.name === undefined) {
      found.sure = false;
      found.remarks.push(`No setting beside ${key ?? group.prefix} names the database itself.`);
    }
    const envKeys = envKeysOf(group);
    const names = groups
      .filter((other) => isSameConnection(group, other) && !isSecondary(other.prefix))
      .flatMap(({ keys }) => keys.name ?? []);
    envKeys.name = [...new Set([...(group.keys.name ?? []), ...names])];
    const root = found.engine === 'mysql' ? rootPassword(group, this.#values) : undefined;
    if (root !== undefined) {
      found.user = 'root';
      envKeys.password = [root];
    }
    found.envKeys = differing(envKeys);
    useCompose(this.#found, this.#findings, this.#values.get(group.keys.host?.[0] ?? ''));
  }

  #takeSqliteGroup(group: SettingGroup): void {
    const found = this.#found;
    const keys = group.keys.file ?? group.keys.name;
    // A name without a path is that of a server's database, left over from before.
    if (keys?.some((key) => /[./]/.test(this.#values.get(key) ?? ''))) {
      found.envKeys = { name: keys };
      return;
    }
    found.envKeys = { name: [] };
    found.files = [...this.#sqliteFiles];
    found.sure = found.files.length === 1;
    if (found.files.length === 0)
      found.remarks.push('No SQLite file was found: name it under database.files.');
  }

  #takeFiles(): void {
    this.#found.engine = 'sqlite';
    this.#found.files = [...this.#sqliteFiles];
    this.#found.evidence.push(...this.#sqliteFiles);
    this.#found.sure = this.#found.unsupported.length === 0;
  }

  #nameFurther(addresses: readonly Address[], groups: readonly SettingGroup[]): void {
    const { engine, further, envKeys, evidence } = this.#found;
    if (engine === undefined) return;
    const covered = new Set([...(envKeys.url ?? ['DATABASE_URL']), ...(envKeys.name ?? [])]);
    const first = addresses[0]?.url;
    for (const { key, named, url } of addresses) {
      if (covered.has(key) || isSecondary(key) || evidence.includes(this.#where(key))) continue;
      if (url?.name !== undefined && isSameDatabase(url, first)) continue;
      further.push({ what: engineTitles[named.engine!], evidence: this.#where(key) });
    }
    const taken = groups.find(({ keys }) => keys.name?.some((key) => covered.has(key)));
    for (const group of groups) {
      const [key] = group.keys.name ?? [];
      if (key === undefined || covered.has(key) || isSecondary(group.prefix)) continue;
      if (group === taken || (first === undefined && taken === undefined)) continue;
      const value = this.#values.get(key);
      if (first?.name === value || this.#isValueOf(taken, value)) continue;
      const what = engineTitles[group.named?.engine ?? 'mysql'];
      if (group.named !== undefined || isWhole(group))
        further.push({ what, evidence: this.#where(key) });
    }
  }

  /** The same name under another key, as compose files repeat it. */
  #isValueOf(group: SettingGroup | undefined, value: string | undefined): boolean {
    return group?.keys.name?.some((key) => this.#values.get(key) === value) ?? false;
  }

  #looksLike(): string[] {
    const unsupported = new Set(this.#found.unsupported.map(({ evidence }) => evidence));
    return [...this.#values]
      .filter(([key, value]) => value !== '' && speaksOfDatabase(key) && !/redis|valkey/i.test(key))
      .map(([key]) => this.#where(key))
      .filter((evidence) => !unsupported.has(evidence));
  }
}

/** It names a database, and says something of how it is reached. */
function isWhole({ keys, named }: SettingGroup): boolean {
  if (named?.engine === 'sqlite') return true;
  return (
    keys.name !== undefined &&
    (named !== undefined || keys.user !== undefined || keys.host !== undefined)
  );
}

function isSameConnection(a: SettingGroup, b: SettingGroup): boolean {
  const same = (role: 'user' | 'host' | 'port' | 'engine') =>
    (a.keys[role] ?? []).join() === (b.keys[role] ?? []).join();
  return same('user') && same('host') && same('port') && same('engine');
}
