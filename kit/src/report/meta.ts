/** A page in the nav of another. */
export interface NavLink {
  label: string;
  /** Relative to the page's own folder: `../changelog/report.html`. */
  href: string;
  state: 'current' | 'there' | 'absent';
  /** The command that makes it. */
  command?: string;
}

/** What the frame around every report shows. Embedded with the data. */
export interface ReportMeta {
  title: string;
  heading: string;
  site: string;
  /** ISO 8601 with offset. */
  generatedAt: string;
  /** IANA name. Every time on the page is shown in this zone. */
  timeZone: string;
  version?: string;
  /** The page of pages, relative; absent for a page that stands alone. */
  home?: string;
  /** The page goes on asking the program that sent it: when it was made tells nothing. */
  isLive?: boolean;
  nav: NavLink[];
}

/** Ids of the elements that carry the data from the Node side to the page. */
export const blockIds = {
  meta: 'report-meta',
  data: 'report-data',
  /** Followed by the name of the value. */
  embedded: 'report-embedded-',
} as const;

/** The `type` of a block that holds gzipped JSON as base64. */
export const packedType = 'application/gzip+base64';
