import { usePageThere } from '@om-ops/kit/page';
import type { ComponentChildren } from 'preact';

/** A link to a page beside this one, as long as that page was made. */
export function BesideLink({
  href,
  children,
}: {
  href: string | null;
  children: ComponentChildren;
}) {
  const isThere = usePageThere(href?.replace(/#.*$/s, '') ?? '');
  return href !== null && isThere ? <a href={href}>{children}</a> : children;
}
