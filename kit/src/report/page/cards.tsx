import type { ComponentChildren } from 'preact';
import { Sparkline } from './chart/sparkline.tsx';
import { Delta } from './delta.tsx';
import { formatCount, formatExactBytes, quantityOfBytes } from './format.ts';

export interface CardProps {
  label: string;
  /** A number with `unit` bytes or count, or a text. */
  value: number | string;
  unit?: 'bytes' | 'count';
  /** Stands small behind a text or count: `files`. */
  suffix?: string;
  /** The value of the run before; undefined leaves the change out. */
  before?: number | undefined;
  /** Which way is welcome. */
  welcome?: 'up' | 'down' | 'neither';
  /** Against what `before` is compared: `vs previous`. */
  against?: string;
  /** One more line. */
  note?: ComponentChildren;
  /** Oldest first; drawn small behind the value. */
  history?: readonly number[];
  tone?: 'good' | 'bad' | 'warn' | 'neutral';
}

/** The row of figures at the head of a report. */
export function Cards({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <section class="cards" aria-label={label}>
      <dl>{children}</dl>
    </section>
  );
}

export function Card(props: CardProps) {
  const {
    label,
    value,
    unit = 'count',
    suffix,
    before,
    welcome = 'neither',
    note,
    history,
  } = props;
  const figure = figureOf(value, unit);
  const change = typeof value === 'number' && before !== undefined ? value - before : null;
  return (
    <div class="card" data-tone={props.tone ?? 'neutral'}>
      <dt>{label}</dt>
      <dd>
        <span class="card-value" title={figure.exact}>
          {figure.value}
          {(figure.unit || suffix) && <span class="card-unit">{figure.unit || suffix}</span>}
        </span>
        <span class="card-foot">
          {change !== null && (
            <span class="card-delta">
              <Delta change={change} unit={unit} before={before} welcome={welcome} />{' '}
              <span class="card-against">{props.against ?? 'vs previous'}</span>
            </span>
          )}
          {note && <span class="card-note">{note}</span>}
        </span>
        {history && history.length > 1 && <Sparkline values={history} />}
      </dd>
    </div>
  );
}

function figureOf(value: number | string, unit: 'bytes' | 'count') {
  if (typeof value === 'string') return { value, unit: '', exact: undefined };
  if (unit === 'bytes') return { ...quantityOfBytes(value), exact: formatExactBytes(value) };
  return { value: formatCount(value), unit: '', exact: undefined };
}
