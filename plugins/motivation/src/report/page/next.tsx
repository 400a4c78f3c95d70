import { Badge, BesideLink, CopyLine, Visible } from '@om-ops/kit/page';
import type { Motivation } from '../../motivation.ts';

export function NextList({ day: { next } }: { day: Motivation }) {
  return (
    <ul class="next">
      {next.map(({ text, mark, tone, ref, command }, at) => (
        <li key={at}>
          <span class="next-text" dir="auto">
            <BesideLink href={ref === null ? null : `../${ref}`}>
              <Visible text={text} />
            </BesideLink>
            {command !== null && <CopyLine text={command} of="the command for it" />}
          </span>
          <Badge tone={tone}>{mark}</Badge>
        </li>
      ))}
    </ul>
  );
}
