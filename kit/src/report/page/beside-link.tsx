import type { ComponentChildren } from 'preact';
import { usePageThere } from './context.ts';

interface BesideLinkProps {
  /** Relative, with a part of the page if one likes: `../roadmap/report.html#milestone=m1`; null for no link. */
  href: string | null;
  children: ComponentChildren;
}

/** A link to a page of the site, as long as that page was made; else the words alone. */
export function BesideLink({ href, children }: BesideLinkProps) {
  const isThere = usePageThere(href?.replace(/#.*$/s, '') ?? '');
  return href !== null && isThere ? <a href={href}>{children}</a> : children;
}
