import { findTokens } from '@om-ops/kit';
import type { EnvAssignment } from '@om-ops/kit/site';
import { assignmentsOf, type EnvFile, type EnvKey } from '../read/env-file.ts';
import type { EnvSection } from '../site.ts';
import { type Finding, finding, type Level } from './finding.ts';
import {
  bitsOf,
  isDefaultSecret,
  isMonotonous,
  isPlaceholder,
  isSecretName,
  leastLength,
  typeProblem,
} from './value.ts';

/** What is wrong within one file: how it is written, whatever the site needs. */
export function writingFindings(file: EnvFile): Finding[] {
  const found: Finding[] = [];
  const at = (line: number, name: string | null = null) => ({ file: file.path, line, name });
  for (const line of file.lines) {
    if (line.kind === 'malformed')
      found.push(
        finding(
          'malformed',
          'warning',
          'This line is no KEY=value and is read by nobody.',
          at(line.startLine),
        ),
      );
  }
  if (file.text.includes('\r\n'))
    found.push(
      finding(
        'crlf',
        'warning',
        'Its lines end as on Windows: a shell that sources it puts a carriage return after every value.',
        {
          file: file.path,
          command: `sed -i 's/\\r$//' ${file.path}`,
        },
      ),
    );
  const first = new Map<string, EnvAssignment>();
  for (const assignment of assignmentsOf(file)) {
    const { key, value, written, quote, open, startLine } = assignment;
    const earlier = first.get(key);
    if (earlier !== undefined) {
      const differs = earlier.value !== value;
      found.push(
        finding(
          'duplicate',
          differs ? 'warning' : 'info',
          `${key} stands here and in line ${earlier.startLine} too, with ${differs ? 'another value: the last one counts for most readers, the first for some' : 'the same value'}.`,
          at(startLine, key),
        ),
      );
    } else first.set(key, assignment);
    if (open)
      found.push(
        finding(
          'open-quote',
          'critical',
          `The value of ${key} opens a quote and never closes it.`,
          at(startLine, key),
        ),
      );
    else if (quote === '' && value !== written.trim() && written.includes('#'))
      found.push(
        finding(
          'cut',
          'warning',
          `${key} has a # in its value: most readers end the value there, so that what the application gets is shorter than what is written. Put it in quotes.`,
          at(startLine, key),
        ),
      );
    if (!open && /^(?:".*"|'.*')$/s.test(value) && value.length > 1)
      found.push(
        finding(
          'quotes',
          'warning',
          `The value of ${key} keeps its quotes when it is read.`,
          at(startLine, key),
        ),
      );
  }
  return found;
}

/** Keys that are missing, empty, or hold what nobody could mean. */
export function valueFindings(keys: ReadonlyMap<string, EnvKey>, section: EnvSection): Finding[] {
  const required = new Set(section.required);
  const found: Finding[] = [];
  for (const key of section.required) {
    if (!keys.has(key))
      found.push(
        finding('missing', 'critical', `${key} is required, and no env file sets it.`, {
          name: key,
          command: `om-ops env set ${key}`,
        }),
      );
  }
  for (const one of keys.values()) {
    const { key, assignment } = one;
    const { value } = assignment;
    const add = (code: string, level: Level, text: string) =>
      found.push(
        finding(code, level, text, {
          file: one.file,
          line: one.line,
          name: key,
          command: level === 'info' ? null : `om-ops env set ${key}`,
        }),
      );
    if (value === '') {
      if (required.has(key)) add('empty', 'critical', `${key} is required and empty.`);
      continue;
    }
    const isSecret = isSecretName(key);
    if (isPlaceholder(value)) {
      add(
        'placeholder',
        required.has(key) || isSecret ? 'critical' : 'warning',
        `${key} holds what somebody was to replace.`,
      );
      continue;
    }
    const type = section.types[key] ?? (/(?:^|_)PORT$/.test(key) ? 'port' : undefined);
    const wrong = type === undefined || value.includes('${') ? undefined : typeProblem(value, type);
    if (wrong !== undefined) add('type', 'warning', `${key} is ${wrong}.`);
    const least = section.min[key];
    if (least !== undefined && value.length < least)
      add(
        'short',
        'warning',
        `${key} is shorter than the ${least} characters that the profile asks for.`,
      );
    if (isSecret && !value.includes('${')) {
      const weak = weakness(key, value, least);
      if (weak !== undefined) add(weak.code, weak.level, weak.text);
    }
  }
  return found;
}

function weakness(
  key: string,
  value: string,
  least: number | undefined,
): { code: string; level: Level; text: string } | undefined {
  if (/^(?:true|false|0|1|on|off|yes|no|none|null)$/i.test(value)) return undefined;
  // A path to where the secret is, or an address that has one in it, is judged by what is there.
  if (/^(?:\/|\.{1,2}\/|[a-z][a-z0-9+.-]*:\/\/)/i.test(value)) return undefined;
  if (isDefaultSecret(value))
    return {
      code: 'default',
      level: 'critical',
      text: `${key} is a secret that everybody tries first.`,
    };
  if (isMonotonous(value))
    return {
      code: 'weak',
      level: 'critical',
      text: `${key} is the same few characters again and again.`,
    };
  if (findTokens(value).length > 0) return undefined;
  if (least === undefined && value.length < leastLength(key))
    return {
      code: 'short',
      level: 'warning',
      text: `${key} is a secret of fewer than ${leastLength(key)} characters.`,
    };
  return bitsOf(value) < 32
    ? { code: 'weak', level: 'warning', text: `${key} has little variety, and can be guessed.` }
    : undefined;
}

/** One value under two secrets: who has one has both. */
export function reuseFindings(keys: ReadonlyMap<string, EnvKey>): Finding[] {
  const holders = new Map<string, EnvKey[]>();
  for (const one of keys.values()) {
    const { value } = one.assignment;
    if (
      value.length < 6 ||
      !isSecretName(one.key) ||
      isPlaceholder(value) ||
      /^(?:true|false)$/i.test(value)
    )
      continue;
    holders.set(value, [...(holders.get(value) ?? []), one]);
  }
  return [...holders.values()].flatMap((same) => {
    const [first, ...others] = same;
    if (first === undefined || others.length === 0) return [];
    // One password of one database account, said in the words of two libraries, is one secret.
    if (same.every(({ key }) => /^(?:DB|DATABASE|MYSQL|MARIADB|POSTGRES(?:QL)?|PG)_?/.test(key)))
      return [];
    return [
      finding(
        'reused',
        'warning',
        `${others.map(({ key }) => key).join(', ')} ${others.length === 1 ? 'is' : 'are'} the same secret as ${first.key}.`,
        {
          file: others[0]?.file ?? null,
          line: others[0]?.line ?? null,
          name: others[0]?.key ?? null,
        },
      ),
    ];
  });
}

const verbose = /^(?:1|true|yes|on|\*|debug|trace|verbose|silly|development)$/i;

/** Values of a workbench on a site that is in production, and the other way round. */
export function stageFindings(keys: ReadonlyMap<string, EnvKey>): Finding[] {
  const stage = [
    'NODE_ENV',
    'APP_ENV',
    'RAILS_ENV',
    'RACK_ENV',
    'DJANGO_ENV',
    'ENVIRONMENT',
    'FLASK_ENV',
  ].flatMap((key) => keys.get(key) ?? []);
  const isProduction = stage.some(({ assignment }) => /^prod/i.test(assignment.value));
  const isDevelopment =
    !isProduction && stage.some(({ assignment }) => /^(?:dev|test|local)/i.test(assignment.value));
  const found: Finding[] = [];
  for (const one of keys.values()) {
    const { key, file, line, assignment } = one;
    const { value } = assignment;
    const at = { file, line, name: key, command: `om-ops env set ${key}` };
    const inProductionFile = /production|\.prod(?:$|\.)/.test(file);
    if (stage.includes(one) && inProductionFile && !/^(?:prod|staging)/i.test(value))
      found.push(
        finding('stage', 'warning', `${key} of a production file does not say production.`, at),
      );
    if (
      isProduction &&
      /^(?:\w+_)?(?:DEBUG|LOG_?LEVEL|VERBOSE|TRACE)$/.test(key) &&
      verbose.test(value)
    )
      found.push(finding('debug', 'warning', `${key} is set for debugging, in production.`, at));
    if (isProduction && /^(?:[rsp]k_test_|SG\.test|sandbox_)/.test(value))
      found.push(finding('test-key', 'warning', `${key} is a test key, in production.`, at));
    if (isDevelopment && /^[rs]k_live_/.test(value))
      found.push(
        finding('live-key', 'critical', `${key} is a live key, and this is no production.`, at),
      );
  }
  return found;
}

/** Keys that one file sets and another sets otherwise: the first counts for om-ops, and perhaps not for the application. */
export function differenceFindings(
  files: readonly EnvFile[],
  keys: ReadonlyMap<string, EnvKey>,
): Finding[] {
  return files.flatMap((file) =>
    assignmentsOf(file).flatMap(({ key, value, startLine }) => {
      const counts = keys.get(key);
      if (counts === undefined || counts.file === file.path || counts.assignment.value === value)
        return [];
      return [
        finding(
          'differs',
          'info',
          `${key} is set otherwise in ${counts.file}, which comes first.`,
          {
            file: file.path,
            line: startLine,
            name: key,
          },
        ),
      ];
    }),
  );
}
