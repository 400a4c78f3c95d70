import type { ProgressState } from '../progress.ts';
import { formatBytes, formatCount, formatDuration, printableName } from './format.ts';

/** One line that says how far a piece of work is: `reading: 412 MB of 820 MB, 55 MB/s, 7.4 s left`. */
export function progressLine(state: ProgressState, elapsedMs: number): string {
  const parts: string[] = [];
  const { bytes, totalBytes, files, totalFiles } = state;
  if (bytes !== undefined) {
    parts.push(
      totalBytes === undefined
        ? formatBytes(bytes)
        : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
    );
    if (elapsedMs > 500) parts.push(`${formatBytes(Math.round((bytes * 1000) / elapsedMs))}/s`);
  }
  if (files !== undefined) {
    parts.push(
      totalFiles === undefined
        ? `${formatCount(files)} files`
        : `${formatCount(files)} of ${formatCount(totalFiles)} files`,
    );
  }
  const share =
    totalBytes !== undefined && totalBytes > 0 && bytes !== undefined
      ? bytes / totalBytes
      : totalFiles !== undefined && totalFiles > 0 && files !== undefined
        ? files / totalFiles
        : undefined;
  if (share !== undefined && share > 0.01 && share < 1 && elapsedMs > 1000) {
    parts.push(`${formatDuration((elapsedMs * (1 - share)) / share)} left`);
  }
  if (state.detail !== undefined) parts.push(printableName(state.detail));
  const line = parts.join(', ');
  return state.stage === undefined ? line : line === '' ? state.stage : `${state.stage}: ${line}`;
}
