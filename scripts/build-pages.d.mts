/** Builds the page of every package in `packages` that has one; returns the scripts written. */
export function buildPages(packages?: string[]): Promise<string[]>;

/** Bundles one page into `outfile` and the `.css` beside it; returns `outfile`. */
export function bundlePage(entry: string, outfile: string): Promise<string>;
