import { Age, BesideLink, CopyLine, Fold, plural, useClock, Visible } from '@om-ops/kit/page';
import type { SummaryChange } from '../../summary.ts';
import type { SummaryReport } from '../types.ts';

const shownChanges = 10;

/** Only what changed. */
export function Changes({ report: { against, changes, leftOut, run } }: { report: SummaryReport }) {
  const clock = useClock();
  if (against === null)
    return <p class="about">This is the first run; what changes is told from the next one on.</p>;
  return (
    <>
      <p class="about">
        Compared with <time dateTime={against.at}>{clock.dateTime(against.at)}</time>
        <Age at={against.at} />
      </p>
      {changes.length === 0 ? (
        <p class="changes-none">Nothing changed.</p>
      ) : (
        <ChangeList changes={changes.slice(0, shownChanges)} />
      )}
      {changes.length > shownChanges && (
        <Fold label={plural(changes.length - shownChanges, 'more change')}>
          {() => <ChangeList changes={changes.slice(shownChanges)} />}
        </Fold>
      )}
      {leftOut.changes > 0 && (
        <p class="note">
          And {plural(leftOut.changes, 'change')} more:{' '}
          <CopyLine text={`om-ops summary show ${run}`} of="the command" />
        </p>
      )}
    </>
  );
}

function ChangeList({ changes }: { changes: readonly SummaryChange[] }) {
  return (
    <ul class="changes">
      {changes.map(({ kind, key, mark, text, tone, href }) => (
        <li key={`${kind} ${key} ${mark}`} data-tone={tone}>
          <strong>{mark}</strong>
          <span dir="auto">
            <BesideLink href={href}>
              <Visible text={text} />
            </BesideLink>
          </span>
        </li>
      ))}
    </ul>
  );
}
