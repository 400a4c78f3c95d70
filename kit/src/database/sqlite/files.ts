import { statSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { parseDatabaseUrl } from '../database-url.ts';
import type { PlanDatabasesOptions, UnpackedDatabase } from '../plan.ts';
import { urlKeys } from '../section.ts';

/** The SQLite files of a site: those of the profile, else those that the env files name. */
export function sqliteFiles(options: PlanDatabasesOptions): UnpackedDatabase[] {
  const { section, root } = options;
  if (section.files.length > 0) {
    return section.files.map((path) => {
      const file = resolve(root, path);
      return { name: sqliteTitle(file), file };
    });
  }
  const found = new Map<string, UnpackedDatabase>();
  for (const { paths, origin } of sqliteSettings(options)) {
    const tried = sqlitePlaces(paths, root, origin);
    const isFurther = found.size > 0;
    // Of several, nobody can say which is meant: all of them are dumped, which loses nothing.
    for (const file of present(tried)) {
      found.set(file, {
        name: sqliteTitle(file),
        file,
        ...(tried.length > 1 ? { tried } : {}),
        ...(isFurther ? { optional: true as const } : {}),
      });
    }
  }
  return [...found.values()];
}

/** What the env files say, as paths: the likeliest reading first. */
function sqliteSettings({ section, env }: PlanDatabasesOptions) {
  const settings: { paths: readonly string[]; origin: string | undefined }[] = [];
  const add = (key: string, isPath: boolean) => {
    const value = env.values.get(key) ?? '';
    const paths = parseDatabaseUrl(value)?.paths ?? (isPath ? [value] : []);
    if (value === '' || value === ':memory:' || paths.length === 0) return;
    settings.push({ paths, origin: env.origins.get(key) });
  };
  for (const key of section.envKeys.name) add(key, true);
  if (settings.length === 0) for (const key of urlKeys(section)) add(key, false);
  return settings;
}

function sqliteTitle(file: string): string {
  return basename(file).replace(/\.(?:db3?|sqlite3?)$/i, '') || basename(file);
}

/** An application takes such a path from where it runs, from its env file, or, with Prisma, from its schema. */
function sqlitePlaces(
  paths: readonly string[],
  root: string,
  origin: string | undefined,
): string[] {
  const beside = origin === undefined ? [] : [dirname(origin)];
  const bases = [...beside, root];
  const below = ['.', 'prisma'];
  return [
    ...new Set(
      paths.flatMap((path) =>
        isAbsolute(path)
          ? [resolve(path)]
          : below.flatMap((folder) => bases.map((base) => resolve(base, folder, path))),
      ),
    ),
  ];
}

/** Those that hold something; else those that are there; else the likeliest. */
function present(places: readonly string[]): string[] {
  const sizes = places.map((place) => {
    const stat = statSync(place, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : -1;
  });
  const full = places.filter((_, index) => sizes[index]! > 0);
  const there = places.filter((_, index) => sizes[index] === 0);
  return full.length > 0 ? full : there.length > 0 ? there.slice(0, 1) : places.slice(0, 1);
}
