/** A page that om-ops writes below STATE. */
export interface SitePage {
  /** Its name in the nav of every page: `Analysis`. */
  title: string;
  /** Below STATE: `analysis/report.html`. */
  path: string;
  /** The command that makes it: `om-ops analysis report`. */
  command?: string;
}

/** The page of pages, below STATE. */
export const indexPath = 'index.html';
