import { hiddenInSight, spelledCharacter } from '../hidden-characters.ts';

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A number and its unit, apart, for places that set them in different sizes. */
export interface Quantity {
  value: string;
  unit: string;
}

/** Three significant digits in units of 1000: `{value: '1.24', unit: 'GB'}`. */
export function quantityOfBytes(bytes: number): Quantity {
  const size = Math.abs(bytes);
  let step = 0;
  while (step < units.length - 1 && Number(size / 1000 ** step) >= 999.5) step++;
  const scaled = size / 1000 ** step;
  const digits = step === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return { value: (bytes < 0 ? '−' : '') + scaled.toFixed(digits), unit: units[step] ?? 'B' };
}

/** `1.24 GB`: decimal units, as disks and `df -H` count; the minus is U+2212. */
export function formatBytes(bytes: number): string {
  const { value, unit } = quantityOfBytes(bytes);
  return `${value} ${unit}`;
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  // Not `toLocaleString`, whose first call loads the tables of all languages.
  const [whole = '0', fraction] = String(Math.abs(count)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return (count < 0 ? '−' : '') + grouped + (fraction === undefined ? '' : `.${fraction}`);
}

/** `1,240,000,000 bytes`, for where the exact value belongs. */
export function formatExactBytes(bytes: number): string {
  return `${formatCount(bytes)} ${Math.abs(bytes) === 1 ? 'byte' : 'bytes'}`;
}

/** `12.3%` of a share between 0 and 1. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  if (percent !== 0 && Math.abs(percent) < 0.1) return percent < 0 ? '>−0.1%' : '<0.1%';
  const digits = Math.abs(percent) >= 9.995 ? 0 : 1;
  return `${percent < 0 ? '−' : ''}${Math.abs(percent).toFixed(digits)}%`;
}

/** `2 h 5 min`, `41 s`, `850 ms`: the two largest units that matter. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  let left = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [seconds, unit] of [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const) {
    const amount = Math.floor(left / seconds);
    left -= amount * seconds;
    if (amount > 0) parts.push(`${amount} ${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

/** How long ago something was, shortly: `41 s`, `12 min`, `1 h 12 min`, `21 h`, `9 d`. What lies ahead is `0 s`. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** `1 file`, `1,200 files`, `2 directories`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `2026-11-22 06:07` in the site's time zone. */
export function formatTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * A name from outside (of a file, a session, a database) in one line, whatever it holds: a line feed in
 * it must not begin a line that reads as our own words.
 */
export function printableName(name: string): string {
  return name.replace(hiddenInSight, spelledCharacter);
}

/**
 * Text from outside (an entry, a log line) that cannot steer the terminal nor pass for another:
 * hidden characters are spelled out, but for line feeds and tabs.
 */
export function printable(text: string): string {
  return text.replace(hiddenInSight, (character) =>
    character === '\n' || character === '\t' ? character : spelledCharacter(character),
  );
}
