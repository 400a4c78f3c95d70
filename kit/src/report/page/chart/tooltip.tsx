import { Delta } from '../delta.tsx';
import { Visible } from '../path.tsx';
import { Swatch } from './looks.tsx';
import type { Frame } from './plot.tsx';
import { exactText, type Reading, type Unit, valueText } from './series.ts';

interface TooltipProps {
  frame: Frame;
  time: number;
  /** The time as it is written. */
  when: string;
  readings: readonly Reading[];
  unit: Unit;
}

/** The values at the cursor. Hidden from screen readers, which get the same in the live region. */
export function Tooltip({ frame, time, when, readings, unit }: TooltipProps) {
  const x = frame.x(time + frame.step / 2);
  const side = x > frame.width / 2 ? 'before' : 'after';
  return (
    <div class="tooltip" aria-hidden="true" data-side={side} style={{ left: `${x}px` }}>
      <p class="tooltip-time">{when}</p>
      <table>
        <tbody>
          {readings.map(({ series, look, value, before }) => (
            <tr key={series.id}>
              <td>
                <Swatch look={look} dashed={readings.length > 1} />{' '}
                <bdi>
                  <Visible text={series.name} />
                </bdi>
              </td>
              <td class="tooltip-value">
                {valueText(value, unit)}
                {unit === 'bytes' && <span class="tooltip-exact">{exactText(value, unit)}</span>}
              </td>
              <td class="tooltip-delta">
                {before !== null && <Delta change={value - before} unit={unit} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
