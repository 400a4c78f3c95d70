import { useMemo } from 'preact/hooks';
import { useClock } from '../context.ts';
import { Visible } from '../path.tsx';
import { scrollRegion } from '../roles.ts';
import { exactText, readingsAt, type Series, type Unit } from './series.ts';

interface ChartTableProps {
  title: string;
  series: readonly Series[];
  moments: readonly number[];
  unit: Unit;
}

/** What a chart shows, as a table: newest first, exact values. */
export function ChartTable({ title, series, moments, unit }: ChartTableProps) {
  const clock = useClock();
  const written = useMemo(() => clock.apart(moments), [clock, moments]);
  return (
    <div class="chart-table" {...scrollRegion(`${title} as table`)}>
      <table class="plain-table">
        <caption class="off-screen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ id, name }) => (
              <th key={id} scope="col" data-align="end">
                <bdi>
                  <Visible text={name} />
                </bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {moments.toReversed().map((time) => {
            const readings = readingsAt(series, time);
            return (
              <tr key={time}>
                <th scope="row">{written(time)}</th>
                {series.map(({ id }) => {
                  const reading = readings.find((each) => each.series.id === id);
                  return (
                    <td key={id} data-align="end">
                      {reading ? exactText(reading.value, unit) : ''}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
