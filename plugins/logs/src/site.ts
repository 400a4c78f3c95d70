import { OpsError, parseAge } from '@om-ops/kit';
import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export const formats = ['auto', 'json', 'text', 'combined'] as const;

export type FormatName = (typeof formats)[number];

export interface SourceEntry {
  files?: string[] | undefined;
  service?: string | undefined;
  format?: FormatName | undefined;
}

export interface ClassEntry {
  match?: string[] | undefined;
  status?: number[] | undefined;
}

export interface RateEntry {
  source: string;
  success: string[];
  failure: string[];
  minPercent: number;
}

export interface RotationEntry {
  files: string[];
  size?: string | undefined;
  every?: 'daily' | 'weekly' | 'monthly' | undefined;
  keep: number;
  compress?: boolean | undefined;
  method?: 'auto' | 'reopen' | 'copytruncate' | undefined;
  reopen?:
    | { command?: string[] | undefined; signal?: { name: string; pidfile: string } | undefined }
    | undefined;
}

export interface LogsSection {
  sources: Record<string, SourceEntry>;
  classes: Record<string, ClassEntry>;
  rates: Record<string, RateEntry>;
  rotation: Record<string, RotationEntry>;
  retention: {
    files: string[];
    compressAfter: string;
    deleteAfter: string;
    keep: number;
  };
}

const text = z.string().min(1);
const name = z.string().regex(/^[a-z0-9][\w.-]*$/i);
const expression = text.refine(isExpression, { message: 'expected a regular expression' });
const size = text.regex(/^\d+[kKMG]?$/, 'expected a size like 50M');
const age = text.refine(isAge, { message: 'expected an age like 7d' });

const source = z
  .strictObject({
    files: z
      .array(text)
      .min(1)
      .optional()
      .describe('Files below root, with * for a part of a name'),
    service: text.optional().describe('A service of the profile: what it prints'),
    format: z.enum(formats).optional().describe('How its lines are written; auto: found by itself'),
  })
  .refine((one) => (one.files === undefined) !== (one.service === undefined), {
    message: 'expected one of files and service',
  });

export const logsSection: SiteSection<LogsSection> = defineSection<LogsSection>(
  'logs',
  z.strictObject({
    sources: z.record(name, source).describe('Where the application writes'),
    classes: z
      .record(
        name,
        z.strictObject({
          match: z
            .array(expression)
            .optional()
            .describe('Any of these expressions, whatever the case'),
          status: z.array(z.int()).optional().describe('Or one of these statuses of HTTP'),
        }),
      )
      .describe('Kinds of errors, beside database, auth, resources and network'),
    rates: z
      .record(
        name,
        z.strictObject({
          source: text.describe('A name of sources'),
          success: z.array(expression).min(1).describe('What a line of success says'),
          failure: z.array(expression).min(1).describe('What a line of failure says'),
          minPercent: z.number().min(0).max(100).describe('What is healthy'),
        }),
      )
      .describe('What has to succeed mostly'),
    rotation: z
      .record(
        name,
        z.strictObject({
          files: z.array(text).min(1).describe('Files below root'),
          size: size.optional().describe('Rotated when larger: 50M'),
          every: z.enum(['daily', 'weekly', 'monthly']).optional().describe('Rotated so often'),
          keep: z.int().min(1).max(1000).describe('How many generations stay'),
          compress: z.boolean().optional().describe('Default: true'),
          method: z
            .enum(['auto', 'reopen', 'copytruncate'])
            .optional()
            .describe(
              'auto: reopen where something can be told to, else copytruncate, which may lose lines',
            ),
          reopen: z
            .strictObject({
              command: z
                .array(text.regex(/^[^\n\r]*$/, 'expected one line'))
                .min(1)
                .optional()
                .describe('Run after the rotation'),
              signal: z
                .strictObject({ name: text.regex(/^(?:SIG)?[A-Z0-9]+$/), pidfile: text })
                .optional()
                .describe(
                  'Or a signal to the process of a pid file: {name: USR1, pidfile: /run/nginx.pid}',
                ),
            })
            .optional()
            .describe('How the writer is told to take up its file anew'),
        }),
      )
      .describe('What logrotate does'),
    retention: z
      .strictObject({
        files: z.array(text).describe('Rotated generations below root'),
        compressAfter: age.describe('Older ones are compressed'),
        deleteAfter: age.describe('Older ones are deleted'),
        keep: z.int().min(0).describe('So many of each log stay whatever their age'),
      })
      .describe('What `logs clean` does'),
  }) as z.ZodType<LogsSection>,
  {
    sources: {},
    classes: {},
    rates: {},
    rotation: {},
    retention: { files: [], compressAfter: '7d', deleteAfter: '30d', keep: 3 },
  },
);

function isExpression(source_: string): boolean {
  try {
    new RegExp(source_);
    return true;
  } catch {
    return false;
  }
}

function isAge(written: string): boolean {
  try {
    parseAge(written);
    return true;
  } catch {
    return false;
  }
}

/** What a user has typed as a regular expression. @throws OpsError E_USAGE (exit 2) */
export function typedExpression(written: string, flags: string): RegExp {
  try {
    return new RegExp(written, flags);
  } catch (error) {
    throw new OpsError('E_USAGE', `\`${written}\` is no regular expression.`, {
      exit: 'usage',
      suggestions: [
        'Put a backslash before ( ) [ ] { } . * + ? that mean themselves.',
        'Or take it as it is: --fixed',
      ],
      cause: error,
    });
  }
}
