/** What the page of pages is drawn from. */
export interface AllPages {
  /** STATE. */
  folder: string;
  /** In the order of the nav. */
  pages: ListedPage[];
}

export interface ListedPage {
  title: string;
  /** Relative to STATE. */
  href: string;
  /** When it was made, ISO 8601; null: it was not. */
  madeAt: string | null;
  /** Its `h1`: what it says in one line; null where the page does not tell. */
  says: string | null;
  /** The command that makes it. */
  command?: string;
}
