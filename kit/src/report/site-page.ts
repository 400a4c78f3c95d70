/** A page, or a folder of artifacts, that a plugin writes below STATE and that may be published: no secret is in it. */
export interface SitePage {
  /** Its name in the nav of every page: `Analysis`. */
  title: string;
  /** Below STATE: `analysis/report.html`. Only HTML files stand in the nav. */
  path: string;
  /** Its place in the nav: 10 Summary, 20 Motivation, 30 Roadmap, 40 Changelog, 50 Analysis. Default: at the end. */
  order?: number;
  /** The command that makes it: `om-ops analysis report`. */
  command?: string;
}

/** The page of pages, below STATE. */
export const indexPath = 'index.html';
