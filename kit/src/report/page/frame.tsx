import type { ComponentChildren } from 'preact';
import type { NavLink } from '../meta.ts';
import { Age } from './age.tsx';
import { useReport } from './context.ts';
import { skipHash } from './hash.ts';
import { Visible } from './path.tsx';
import { ThemeSwitch } from './theme.tsx';

interface FrameProps {
  /** The sentence the live region holds now. */
  said: string;
  children: ComponentChildren;
}

/** Head, main part and foot around every report. */
export function Frame({ said, children }: FrameProps) {
  return (
    <>
      <a class="skip" href={skipHash}>
        Skip to the report
      </a>
      <Masthead />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Footer />
      <div class="off-screen" role="status" aria-live="polite" data-announcer>
        {said}
      </div>
    </>
  );
}

function Masthead() {
  const { meta, clock } = useReport();
  return (
    <header class="masthead">
      <div class="masthead-inner">
        <p class="masthead-site">
          <Mark />
          <Site />
          {meta.nav.length === 0 && <span class="site-report">{meta.title}</span>}
        </p>
        {meta.nav.length > 0 && (
          <nav aria-label="Pages" class="masthead-nav">
            <ul>
              {meta.nav.map((link) => (
                <li key={link.href}>
                  <NavItem link={link} />
                </li>
              ))}
            </ul>
          </nav>
        )}
        {meta.isLive !== true && (
          <p class="masthead-made">
            <span class="masthead-made-word">Made </span>
            <time dateTime={meta.generatedAt}>{clock.dateTime(meta.generatedAt)}</time>
            <Age at={meta.generatedAt} />
          </p>
        )}
        <ThemeSwitch />
      </div>
    </header>
  );
}

function Site() {
  const { meta } = useReport();
  const name = <Visible text={meta.site} />;
  return meta.home === undefined ? (
    <span class="site-name">{name}</span>
  ) : (
    <a class="site-name" href={meta.home} title="All pages">
      {name}
    </a>
  );
}

/** Absent pages stand there too, so that every page has the same nav. */
function NavItem({ link: { label, href, state, command } }: { link: NavLink }) {
  if (state === 'absent') {
    const how = command === undefined ? '' : `: ${command}`;
    return (
      <span class="absent" title={`Not made yet${how}`}>
        {label}
        <span class="off-screen"> (not made yet)</span>
      </span>
    );
  }
  return (
    <a href={href} aria-current={state === 'current' ? 'page' : undefined}>
      {label}
    </a>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path class="mark-ring" d="M16.5 10a6.5 6.5 0 1 1-3.2-5.6" />
      <circle class="mark-dot" cx="10" cy="10" r="2.4" />
    </svg>
  );
}

function Footer() {
  const { meta, clock } = useReport();
  return (
    <footer class="foot">
      <div class="foot-inner">
        <p>
          Times are in {meta.timeZone} ({clock.offset(meta.generatedAt)} when this was made). Sizes
          are decimal: 1 kB = 1,000 bytes.
        </p>
        <p>
          Made by om-ops{meta.version === undefined ? '' : ` ${meta.version}`}.{' '}
          {meta.isLive === true
            ? 'It asks the om-ops that sent it, and nobody else.'
            : 'This file holds all it shows and sends nothing.'}
        </p>
      </div>
    </footer>
  );
}

interface PageHeadProps {
  /** Default: the heading the Node side gave. */
  heading?: ComponentChildren;
  /** One line below the heading: what this is about. */
  lede?: ComponentChildren;
  /** Stands opposite of the heading: a run selector. */
  children?: ComponentChildren;
}

/** The report's `h1`, with room for the run selector. */
export function PageHead({ heading, lede, children }: PageHeadProps) {
  const { meta } = useReport();
  return (
    <div class="page-head">
      <div class="page-head-text">
        <h1>{heading ?? <Visible text={meta.heading} />}</h1>
        {lede && <p class="lede">{lede}</p>}
      </div>
      {children && <div class="page-head-tools">{children}</div>}
    </div>
  );
}
