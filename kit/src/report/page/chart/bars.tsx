import type { ComponentChildren } from 'preact';
import { formatShare } from '../format.ts';
import { spelledOut } from '../path.tsx';
import { exactText, type Unit, valueText } from './series.ts';

export interface Bar {
  id: string;
  label: ComponentChildren;
  value: number;
  /** Stands small behind the value. */
  note?: ComponentChildren;
}

interface BarsProps {
  label: string;
  items: readonly Bar[];
  unit: Unit;
  /** Of what the shares are; default: the sum. */
  total?: number;
}

/** Lengths to compare: a list whose every line also says its value and share. */
export function Bars({ label, items, unit, total }: BarsProps) {
  const peak = Math.max(1, ...items.map(({ value }) => value));
  const whole = total ?? items.reduce((sum, { value }) => sum + value, 0);
  return (
    <ul class="bars" aria-label={label}>
      {items.map(({ id, label: name, value, note }) => (
        <li key={id}>
          <span class="bars-label">{spelledOut(name)}</span>
          <span class="bars-track" aria-hidden="true">
            <span style={{ width: `${(value / peak) * 100}%` }} />
          </span>
          <span class="bars-value" title={exactText(value, unit)}>
            {valueText(value, unit)}
          </span>
          <span class="bars-share">{whole > 0 ? formatShare(value / whole) : ''}</span>
          {note !== undefined && <span class="bars-note">{note}</span>}
        </li>
      ))}
    </ul>
  );
}
