/**
 * How a series is told apart without colour: dashes and the shape of its markers. There are six
 * colours; look 6 has that of look 0 with other dashes and markers, and so on.
 */
const dashes = ['', '6 3', '2 3', '9 3 2 3', '4 4', '12 4'];
const shapes = [
  'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0',
  'M-3.2-3.2h6.4v6.4h-6.4z',
  'M0-4.2L4.2 3.2h-8.4z',
  'M0-4.5L4.5 0 0 4.5-4.5 0z',
  'M0 4.2L4.2-3.2h-8.4z',
  'M-1.3-4h2.6v2.7H4v2.6H1.3V4h-2.6V1.3H-4v-2.6h2.7z',
];

/** Looks so many apart are of one colour. */
export const coloursOfLooks = 6;

export function dashOf(look: number): string | undefined {
  return dashes[(look + turnOf(look)) % dashes.length] || undefined;
}

function shapeOf(look: number): string {
  return shapes[(look + 2 * turnOf(look)) % shapes.length] ?? '';
}

function turnOf(look: number): number {
  return Math.floor(look / coloursOfLooks);
}

/** For `data-look`. */
export function colourOf(look: number): number {
  return look % coloursOfLooks;
}

export function Marker({
  look,
  x,
  y,
  strong = false,
}: {
  look: number;
  x: number;
  y: number;
  strong?: boolean;
}) {
  return (
    <path
      class={strong ? 'marker strong' : 'marker'}
      data-look={colourOf(look)}
      d={shapeOf(look)}
      transform={`translate(${x} ${y})${strong ? ' scale(1.35)' : ''}`}
    />
  );
}

/** A piece of the line with its marker, for legends and tooltips. */
export function Swatch({ look, dashed = true }: { look: number; dashed?: boolean }) {
  return (
    <svg class="swatch" viewBox="0 0 26 12" width="26" height="12" aria-hidden="true">
      <path
        class="line"
        data-look={colourOf(look)}
        stroke-dasharray={dashed ? dashOf(look) : undefined}
        d="M1 6h24"
      />
      <Marker look={look} x={13} y={6} />
    </svg>
  );
}
