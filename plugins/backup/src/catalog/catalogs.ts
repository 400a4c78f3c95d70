import type { Category } from '../categories.ts';
import { type CategoryFailure, failureOf } from '../category-failure.ts';
import { type CatalogEntry, readCatalog } from './catalog.ts';
import type { Owner } from './owner.ts';

export interface Catalog {
  category: Category;
  /** Newest first. */
  backups: CatalogEntry[];
}

/** The backups of several categories. A folder that cannot be looked into does not hide the others. */
export function readCatalogs(
  state: string,
  chosen: readonly Category[],
  owner: Owner,
): { catalogs: Catalog[]; failed: CategoryFailure[] } {
  const catalogs: Catalog[] = [];
  const failed: CategoryFailure[] = [];
  for (const category of chosen) {
    try {
      catalogs.push({ category, backups: readCatalog(state, category, owner) });
    } catch (error) {
      failed.push(failureOf(category, error));
    }
  }
  return { catalogs, failed };
}
