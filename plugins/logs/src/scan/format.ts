import { logTimeOf, severityOf } from '@om-ops/kit';
import { decoded } from './chunks.ts';

/** How the lines of a file are written. */
export interface Format {
  kind: 'json' | 'text' | 'combined' | 'unknown';
  /** Of the lines that were looked at, how many have a time, a level or fields, or go on with one that has. */
  understoodPercent: number;
  looked: number;
  /** Lines that were not understood; at most three. */
  strange: string[];
  /** Nearly every line says its level in a field of JSON. */
  hasJsonLevels: boolean;
  /** Nearly every line says its level in capitals. */
  hasCapitalLevels: boolean;
  /** Lines begin with a time, so that one without goes on with the one before. */
  hasTimes: boolean;
}

/** `10.0.0.1 - - [25/Nov/2026:16:21:09 +0000] "GET / HTTP/1.1" 200 512`. */
export const combinedLine =
  /^(\S+) \S+ (\S+) \[([^\]]{20,40})\] "([A-Z]{3,10}) ([^" ]{1,4096})[^"]*" (\d{3}) (\d+|-)/;

/** Goes on with the line before: a stack, an indented value, what a traceback ends with. */
const continued =
  /^(?:\s|Traceback \(most recent|Caused by:|\.{3} \d+ more|at |[\w.]+(?:Error|Exception|Warning|Interrupt)\b(?::|$)|\}|\]|\^)/;

const capitals =
  /\b(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE|ALERT|EMERG|PANIC|TRACE)\b/;

/** @param samples pieces of whole lines, one character a byte */
export function formatOf(samples: readonly string[]): Format {
  const count = {
    lines: 0,
    json: 0,
    jsonLevel: 0,
    combined: 0,
    timed: 0,
    capital: 0,
    heads: 0,
    understood: 0,
  };
  const strange: string[] = [];
  for (const sample of samples) {
    // At the begin of a piece nobody knows what it goes on with.
    let isKnown = true;
    for (const line of sample.split('\n')) {
      if (line.trim() === '') continue;
      count.lines += 1;
      if (isKnown && continued.test(line)) {
        count.understood += 1;
        continue;
      }
      count.heads += 1;
      isKnown = head(line, count);
      if (isKnown) count.understood += 1;
      else if (strange.length < 3) strange.push(decoded(line.slice(0, 300)));
    }
  }
  const most = (part: number, of: number) => of > 0 && part / of >= 0.97;
  const kind =
    count.json * 2 > count.heads
      ? 'json'
      : count.combined * 2 > count.heads
        ? 'combined'
        : count.understood > 0
          ? 'text'
          : 'unknown';
  return {
    kind,
    understoodPercent:
      count.lines === 0 ? 100 : Math.floor((count.understood / count.lines) * 1000) / 10,
    looked: count.lines,
    strange,
    hasJsonLevels: most(count.jsonLevel, count.heads),
    hasCapitalLevels: most(count.capital, count.heads),
    hasTimes: most(count.timed, count.heads),
  };
}

function head(
  line: string,
  count: { json: number; jsonLevel: number; combined: number; timed: number; capital: number },
): boolean {
  const isTimed = logTimeOf(line) !== undefined;
  if (isTimed) count.timed += 1;
  if (line.startsWith('{')) {
    const isJson = /\}\s*$/.test(line) && isObject(line);
    if (isJson) count.json += 1;
    const hasLevel = isJson && severityOf(line) !== null;
    if (hasLevel) count.jsonLevel += 1;
    return isJson;
  }
  if (combinedLine.test(line)) {
    count.combined += 1;
    return true;
  }
  const level = severityOf(line);
  if (level !== null && capitals.test(line.slice(0, 200))) count.capital += 1;
  return isTimed || level !== null;
}

function isObject(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Of several files or sources together, by how much was looked at. */
export function understoodOf(formats: readonly Format[]): number {
  const looked = formats.reduce((sum, one) => sum + one.looked, 0);
  if (looked === 0) return 100;
  const understood = formats.reduce((sum, one) => sum + one.understoodPercent * one.looked, 0);
  return Math.round((understood / looked) * 10) / 10;
}
