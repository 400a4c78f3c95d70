import { z } from '@om-ops/kit/site';
import { durationSchema } from './amounts.ts';

/** What an address has to answer. */
export interface HttpTarget {
  url: string;
  /** Default 200. */
  expect?: number | number[] | undefined;
  /** The same by another name. */
  status?: number | number[] | undefined;
  /** Has to be in the body. */
  text?: string | null | undefined;
  timeout?: string | undefined;
  /** Slower than this is a warning, whatever `thresholds.response` says. */
  maxMs?: number | undefined;
  /** Fields of a JSON body that have to be so; `db.connected` is the field of a field. */
  json?: Record<string, string | number | boolean | null> | undefined;
  /** Fields that have to be the same. */
  equal?: string[] | string[][] | undefined;
  /** Fields that may be so much at most. */
  max?: Record<string, number> | undefined;
}

export interface TcpTarget {
  host: string;
  port: number;
  timeout?: string | undefined;
}

export interface TlsTarget {
  host: string;
  /** Default 443. */
  port?: number | undefined;
  /** Where to connect, when the name leads elsewhere. */
  connect?: string | undefined;
  /** The certificate on the disk, which has to be the one that is served. */
  file?: string | undefined;
  warnDays?: number | undefined;
  timeout?: string | undefined;
}

export interface DnsTarget {
  name: string;
  /** Default: A and AAAA. */
  type?: 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'TXT' | undefined;
  /** One of them, or all of these and no other. */
  expect?: string[] | undefined;
  /** The server to ask; default: those of this machine. */
  server?: string | undefined;
  timeout?: string | undefined;
}

export interface FreshnessTarget {
  /** Patterns, below root or absolute. */
  files: string[];
  maxAge: string;
}

export interface CommandTarget {
  argv: string[];
  timeout?: string | undefined;
  /** What exit codes mean; default: 0 is healthy, and every other critical. */
  exitCodes?: Record<string, 'healthy' | 'warning' | 'critical' | 'unknown'> | undefined;
}

export interface ProcessTarget {
  match: string;
  user?: string | undefined;
  /** Default 1. */
  min?: number | undefined;
}

/** A check of the profile's own: one of the kinds, and what goes for all. */
export interface NamedCheck {
  http?: HttpTarget | undefined;
  tcp?: TcpTarget | undefined;
  tls?: TlsTarget | undefined;
  dns?: DnsTarget | undefined;
  freshness?: FreshnessTarget | undefined;
  command?: CommandTarget | undefined;
  process?: ProcessTarget | undefined;
  tags?: string[] | undefined;
  after?: string[] | undefined;
  runbook?: string | undefined;
}

const text = z.string().min(1);
const status = z.int().min(100).max(599);
const port = z.int().min(1).max(65535);
const timeout = durationSchema.optional().describe('How long it may take; default 10s');

export const httpFields = {
  url: z
    .string()
    .regex(/^https?:\/\/[^\s]+$/, 'expected an address that begins with http:// or https://'),
  expect: z
    .union([status, z.array(status).min(1)])
    .optional()
    .describe('The status it has to answer with, or several; default 200'),
  status: z.union([status, z.array(status).min(1)]).optional(),
  text: text.nullable().optional().describe('What has to be in the body'),
  timeout,
  maxMs: z.int().min(1).optional().describe('Slower than this is a warning'),
  json: z
    .record(text, z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional()
    .describe('Fields of the JSON body that have to be so: {db_connected: true}'),
  equal: z
    .union([z.array(text).min(2), z.array(z.array(text).min(2)).min(1)])
    .optional()
    .describe('Fields that have to be the same: [current_revision, expected_revision]'),
  max: z.record(text, z.number()).optional().describe('Fields that may be so much at most'),
};

export const tcpFields = { host: text, port, timeout };

export const processFields = {
  match: text.describe('The name of the program, or of what an interpreter runs'),
  user: text.optional().describe('Whose it has to be'),
  min: z.int().min(1).optional().describe('How many there have to be; default 1'),
};

const kinds = ['http', 'tcp', 'tls', 'dns', 'freshness', 'command', 'process'] as const;

export const namedCheck = z
  .strictObject({
    http: z.strictObject(httpFields).optional(),
    tcp: z.strictObject(tcpFields).optional(),
    tls: z
      .strictObject({
        host: text,
        port: port.optional(),
        connect: text.optional().describe('Where to connect, when the name leads elsewhere'),
        file: text.optional().describe('The certificate on the disk that has to be served'),
        warnDays: z.int().min(1).optional(),
        timeout,
      })
      .optional(),
    dns: z
      .strictObject({
        name: text,
        type: z.enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT']).optional(),
        expect: z.array(text).min(1).optional(),
        server: text.optional(),
        timeout,
      })
      .optional(),
    freshness: z
      .strictObject({
        files: z.array(text).min(1).describe('Patterns, below root or absolute'),
        maxAge: durationSchema.describe('How old the newest of them may be'),
      })
      .optional(),
    command: z
      .strictObject({
        argv: z.array(text).min(1).describe('The program and its arguments, started in root'),
        timeout,
        exitCodes: z
          .record(
            z.string().regex(/^\d{1,3}$/, 'expected an exit code'),
            z.enum(['healthy', 'warning', 'critical', 'unknown']),
          )
          .optional()
          .describe('What exit codes mean; default: 0 is healthy, every other critical'),
      })
      .optional(),
    process: z.strictObject(processFields).optional(),
    tags: z.array(text).optional(),
    after: z.array(text).optional().describe('Ids of the checks that it hangs on'),
    runbook: text.optional(),
  })
  .refine(
    (check) => kinds.filter((kind) => check[kind] !== undefined).length === 1,
    `expected one of ${kinds.join(', ')}`,
  );
