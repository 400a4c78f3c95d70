/** How a series is told apart without colour: dashes and the shape of its markers. */
const dashes = ['', '6 3', '2 3', '9 3 2 3', '4 4', '12 4'];
const shapes = [
  'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0',
  'M-3.2-3.2h6.4v6.4h-6.4z',
  'M0-4.2L4.2 3.2h-8.4z',
  'M0-4.5L4.5 0 0 4.5-4.5 0z',
  'M0 4.2L4.2-3.2h-8.4z',
  'M-1.3-4h2.6v2.7H4v2.6H1.3V4h-2.6V1.3H-4v-2.6h2.7z',
];

export function dashOf(look: number): string | undefined {
  return dashes[look % dashes.length] || undefined;
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
      data-look={look % shapes.length}
      d={shapes[look % shapes.length] ?? ''}
      transform={`translate(${x} ${y})${strong ? ' scale(1.35)' : ''}`}
    />
  );
}

/** A piece of the line with its marker, for legends and tooltips. */
export function Swatch({ look }: { look: number }) {
  return (
    <svg class="swatch" viewBox="0 0 26 12" width="26" height="12" aria-hidden="true">
      <path
        class="line"
        data-look={look % shapes.length}
        stroke-dasharray={dashOf(look)}
        d="M1 6h24"
      />
      <Marker look={look} x={13} y={6} />
    </svg>
  );
}
