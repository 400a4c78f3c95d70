import { z } from 'zod';
import { OpsError } from '../errors.ts';
import type { CoreSite } from './core.ts';
import type { PlainValue, ProfileDocument } from './document.ts';
import { merged } from './merge.ts';
import { nearest } from './nearest.ts';
import { coreSection, type SiteSection } from './section.ts';

/** One thing that is wrong with the profile. */
export interface ProfileProblem {
  file: string;
  line: number;
  /** Dotted: `backup.compression.level`. */
  key: string;
  message: string;
}

type Issue = z.core.$ZodIssue;

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`}`
        .replace('a array', 'a list')
        .replace('a object', 'keys and values')
        .replace('a record', 'keys and values');
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'expected some text, not nothing'
        : `expected ${String(issue.minimum)} or more`;
    case 'too_big':
      return `expected ${String(issue.maximum)} or less`;
    case 'invalid_union': {
      const inner = issue.errors.map((issues) => issues[0]).filter((one) => one !== undefined);
      const parts = [...new Set(inner.map((one) => expectation(one).replace(/^expected /, '')))];
      return parts.length > 0 ? `expected ${parts.join(' or ')}` : 'has an unexpected value';
    }
    default:
      return issue.message;
  }
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) at = (at as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return at;
}

/** The keys a schema knows at `path`, as far as it is made of objects, records and wrappers. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  const inner = (one: unknown): unknown =>
    one instanceof z.ZodOptional || one instanceof z.ZodNullable || one instanceof z.ZodDefault
      ? inner(one.unwrap())
      : one;
  for (const key of path) {
    at = inner(at);
    if (at instanceof z.ZodObject) at = at.shape[String(key)];
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else return [];
  }
  at = inner(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

async function unknownKey(
  document: ProfileDocument,
  path: readonly PropertyKey[],
  known: string[],
): Promise<ProfileProblem> {
  const key = String(path.at(-1));
  const near = await nearest(key, known);
  const instead =
    near === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${near}\`?`;
  return {
    file: document.file,
    line: document.lineOf(path),
    key: path.join('.'),
    message: `unknown key \`${key}\`; ${instead}`,
  };
}

/** Checks one section of a profile: its value laid over the defaults, and what is wrong with it. */
export async function checkSection<T>(
  section: SiteSection<T>,
  document: ProfileDocument | undefined,
): Promise<{ value: T; problems: ProfileProblem[] }> {
  const prefix = section.key === undefined ? [] : [section.key];
  const own = document === undefined ? undefined : ownPart(section, document);
  const value = merged(section.defaults, own ?? undefined) as T;
  const checked = section.schema.safeParse(value);
  if (checked.success) return { value: checked.data, problems: [] };
  if (document === undefined) throw checked.error;
  const problems: ProfileProblem[] = [];
  for (const issue of checked.error.issues) {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        problems.push(
          await unknownKey(document, [...path, key], knownKeys(section.schema, issue.path)),
        );
      }
    } else {
      problems.push({
        file: document.file,
        line: document.lineOf(path),
        key: path.join('.'),
        message: `${expectation(issue)}, got ${shown(valueAt(value, issue.path))}`,
      });
    }
  }
  return { value, problems };
}

function ownPart<T>(section: SiteSection<T>, document: ProfileDocument): PlainValue | undefined {
  if (section.key !== undefined) return document.values[section.key];
  const core = coreSection.defaults as unknown as Record<keyof CoreSite, unknown>;
  return Object.fromEntries(
    Object.entries(document.values).filter(([key]) => Object.hasOwn(core, key)),
  );
}

/** Top-level keys that neither the core knows nor one of `sections`. */
export async function checkTopLevel(
  document: ProfileDocument,
  sections: readonly string[],
): Promise<ProfileProblem[]> {
  const known = new Set([...Object.keys(coreSection.defaults), ...sections]);
  const problems: ProfileProblem[] = [];
  for (const key of Object.keys(document.values)) {
    if (!known.has(key)) problems.push(await unknownKey(document, [key], [...known]));
  }
  return problems;
}

/** One sentence a problem: file, line, key, what was expected. */
export function profileError(problems: readonly ProfileProblem[]): OpsError {
  return new OpsError(
    'E_SITE_INVALID',
    problems
      .map(
        ({ file, line, key, message }) =>
          `${file}:${line}: \`${key}\`: ${message}${message.endsWith('?') ? '' : '.'}`,
      )
      .join('\n'),
    {
      exit: 'usage',
      suggestions: [
        'See every key there is: om-ops config schema',
        'Check again: om-ops config validate',
      ],
    },
  );
}
