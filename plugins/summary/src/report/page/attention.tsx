import {
  AllWell,
  CopyLine,
  formatCount,
  StateBadge,
  StateMark,
  useClock,
  Visible,
  visibleText,
} from '@om-ops/kit/page';
import type { AttentionItem } from '../../summary.ts';
import type { SummaryReport } from '../types.ts';
import { partId } from './parts.tsx';

/** What needs somebody, and what to do about it. Nothing is one calm line. */
export function Attention({ report }: { report: SummaryReport }) {
  const { attention, level, leftOut, run } = report;
  if (attention.length === 0) {
    return level !== 'healthy' ? null : (
      <div class="nothing-needed">
        <AllWell>Nothing needs you.</AllWell>
      </div>
    );
  }
  return (
    <section class="needs sheet" aria-label="Needs you">
      <ul>
        {attention.map((item, at) => (
          <li key={at}>
            <Need item={item} report={report} />
          </li>
        ))}
      </ul>
      {leftOut.attention > 0 && (
        <p class="note">
          And {formatCount(leftOut.attention)} more:{' '}
          <CopyLine text={`om-ops summary show ${run}`} of="the command" />
        </p>
      )}
    </section>
  );
}

function Need({ item, report }: { item: AttentionItem; report: SummaryReport }) {
  const clock = useClock();
  const { level, text, details, since, command, runbook, alert, acknowledged, part } = item;
  const hasPart = part !== null && report.panels.some(({ topic }) => topic === part);
  return (
    <>
      <StateMark state={level} />
      <div class="need-text">
        <h3 dir="auto" title={visibleText(text)}>
          <Visible text={text} />
        </h3>
        <p class="about">
          <StateBadge state={level} />
          {details.map((detail, at) => (
            <span key={at} dir="auto">
              <Visible text={detail} />{' '}
            </span>
          ))}
          {since !== null && since !== report.at && (
            <span>
              Since <time dateTime={since}>{clock.dateTime(since)}</time>.{' '}
            </span>
          )}
          {acknowledged !== null && (
            <span>
              Acknowledged by <Visible text={acknowledged.by} />
              {acknowledged.until !== null && <> until {clock.dateTime(acknowledged.until)}</>}
              {acknowledged.note !== null && (
                <>
                  : “<Visible text={acknowledged.note} />”
                </>
              )}
              .{' '}
            </span>
          )}
          {alert !== null && acknowledged === null && <span>Not acknowledged. </span>}
          {hasPart && <PartLink topic={part ?? ''} />}
        </p>
      </div>
      <div class="need-do">
        {command !== null && <CopyLine text={command} of="the command for it" />}
        {alert !== null && (
          <CopyLine text={`om-ops alert show ${alert}`} of="the command that shows the alert" />
        )}
        {runbook !== null && (
          <CopyLine
            text={`om-ops runbook show ${runbook}`}
            of="the command that shows its runbook"
          />
        )}
      </div>
    </>
  );
}

function PartLink({ topic }: { topic: string }) {
  return (
    <button
      type="button"
      class="link no-print"
      onClick={() => {
        const part = document.getElementById(partId(topic));
        part?.scrollIntoView({ block: 'center' });
        part?.focus({ preventScroll: true });
      }}
    >
      See the part
    </button>
  );
}
