import type { ComponentChildren } from 'preact';
import { CopyLine } from './copy.tsx';
import { Icon } from './icons.tsx';

interface EmptyStateProps {
  /** A whole sentence: what is not there. */
  title: string;
  /** Why, or what to do about it. */
  children?: ComponentChildren;
  /** The command that would fill this place. */
  command?: string;
}

/** What stands where there is nothing to show. */
export function EmptyState({ title, children, command }: EmptyStateProps) {
  return (
    <div class="empty">
      <svg viewBox="0 0 48 32" width="72" height="48" aria-hidden="true">
        <path d="M2 30h44M9 30V17h7v13M20.5 30V9h7v21M32 30V21h7v9" />
      </svg>
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
      {command && <CopyLine text={command} of="the command" />}
    </div>
  );
}

/** What is well, on one calm line: nothing to look at is no gap to be filled. */
export function AllWell({ children }: { children: ComponentChildren }) {
  return (
    <p class="all-well">
      <Icon name="check" />
      <span>{children}</span>
    </p>
  );
}

/** "Showing 500 of 12,345, the rest is in analysis.json", or nothing when all is shown. */
export function ShownOf(props: { shown: number; total: number; what: string; rest: string }) {
  const { shown, total, what, rest } = props;
  if (shown >= total) return null;
  return (
    <p class="note">
      Showing {shown.toLocaleString('en-US')} of {total.toLocaleString('en-US')} {what}; the rest is
      in <code>{rest}</code>.
    </p>
  );
}

/** While an embedded value is being unpacked. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Unpacking {what}…
    </p>
  );
}
