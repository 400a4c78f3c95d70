import type { Level, Summary } from '../../summary.ts';

const around = 2 * Math.PI * 15;

/** How many of the parts are healthy; the sentence beside it says the same. */
export function Ring({ counts, level }: { counts: Summary['counts']; level: Level }) {
  const { healthy, warning, critical, unknown } = counts;
  const total = healthy + warning + critical + unknown;
  const share = total === 0 ? 0 : healthy / total;
  return (
    <svg
      class="ring"
      data-state={level}
      viewBox="0 0 36 36"
      width="60"
      height="60"
      aria-hidden="true"
    >
      <circle class="ring-track" cx="18" cy="18" r="15" />
      {share > 0 && (
        <circle
          class="ring-share"
          cx="18"
          cy="18"
          r="15"
          stroke-dasharray={`${share * around} ${around}`}
          transform="rotate(-90 18 18)"
        />
      )}
      <text x="18" y="18" dy="0.35em" text-anchor="middle">
        {total === 0 ? '–' : `${healthy}/${total}`}
      </text>
    </svg>
  );
}
