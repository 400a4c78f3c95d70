import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { spelledOut } from './path.tsx';
import { usePrinting } from './printing.ts';

interface SectionProps {
  heading: string;
  /** One or two sentences below the heading. */
  about?: ComponentChildren;
  /** Stands opposite of the heading. */
  tools?: ComponentChildren;
  /** Draws the section on a sheet of its own. */
  sheet?: boolean;
  children: ComponentChildren;
}

/** A part of a tab, with an `h2`. */
export function Section({ heading, about, tools, sheet = false, children }: SectionProps) {
  const id = useId();
  return (
    <section class={sheet ? 'section sheet' : 'section'} aria-labelledby={id}>
      <div class="section-head">
        <div>
          <h2 id={id}>{heading}</h2>
          {about && <p class="about">{about}</p>}
        </div>
        {tools && <div class="section-tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}

interface FoldProps {
  /** Stands on the button, whether it is open or not. */
  label: string;
  children: () => ComponentChildren;
}

/** What most readers need not see: a button that opens it. Paper has it open. */
export function Fold({ label, children }: FoldProps) {
  const [open, setOpen] = useState(false);
  const printing = usePrinting();
  const id = useId();
  const shown = open || printing;
  return (
    <div class="folded">
      <button
        type="button"
        class="button folded-button"
        aria-expanded={shown}
        aria-controls={shown ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name="chevron" />
        {label}
      </button>
      {shown && (
        <div class="folded-content" id={id}>
          {children()}
        </div>
      )}
    </div>
  );
}

/** Sections side by side where there is room; `wide` gives the first two thirds. */
export function Columns({
  wide = false,
  children,
}: {
  wide?: boolean;
  children: ComponentChildren;
}) {
  return <div class={wide ? 'columns wide-first' : 'columns'}>{children}</div>;
}

/** Names and values, for what is not worth a table. */
export function Facts({ items }: { items: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{spelledOut(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Something the reader should know before he trusts a figure. */
export function Callout({
  tone = 'neutral',
  children,
}: {
  tone?: 'neutral' | 'warn' | 'bad' | 'good';
  children: ComponentChildren;
}) {
  return (
    <div class="callout" data-tone={tone}>
      {children}
    </div>
  );
}
