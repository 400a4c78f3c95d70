import { defineSection, type SiteSection, z } from '@om-ops/kit/site';
import type { Level } from '../rules/pass.ts';
import { durationSchema } from './amounts.ts';

export type Channel = CommandChannel | WebhookChannel | SmtpChannel;

export interface CommandChannel {
  type: 'command';
  /** The message comes to its stdin as JSON. */
  argv: string[];
}

export const webhookFormats = ['json', 'slack', 'discord', 'ntfy'] as const;

export interface WebhookChannel {
  type: 'webhook';
  format: (typeof webhookFormats)[number];
  /** The key of the env files that holds the address. */
  urlKey: string;
  /** The key that holds what is sent as `Authorization: Bearer …`. */
  tokenKey?: string | undefined;
}

export interface SmtpChannel {
  type: 'smtp';
  /** The key that holds `smtps://user:password@host`. */
  urlKey: string;
  from: string;
  to: string[];
}

export interface Route {
  /** From this level on. */
  level: Level;
  to: string[];
  /** Between which local times what is of this level is sent; it waits for them. */
  hours?: string | undefined;
}

export const digestKinds = ['daily', 'weekly', 'monthly'] as const;

export type DigestKind = (typeof digestKinds)[number];

export interface DigestPlan {
  at: string;
  to: string[];
}

export interface NotifySection {
  channels: Record<string, Channel>;
  routes: Route[];
  heartbeat: { urlKey: string | null; every: string };
  digest: { [K in DigestKind]?: DigestPlan | undefined };
}

const text = z.string().min(1);
const envKey = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'expected the name of a key of the env files, not the address or the secret itself',
  );
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time as "08:00"');
const plan = z.strictObject({ at: clock, to: z.array(text) }).optional();
// An address in the mail's head; what could begin another line of the head is none.
const mailAddress = z.string().regex(/^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/, 'expected a mail address');

export const notifySection: SiteSection<NotifySection> = defineSection<NotifySection>(
  'notify',
  z
    .strictObject({
      channels: z
        .record(
          z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected small letters, digits and dashes'),
          z.discriminatedUnion('type', [
            z.strictObject({ type: z.literal('command'), argv: z.array(text).min(1) }),
            z.strictObject({
              type: z.literal('webhook'),
              format: z.enum(webhookFormats),
              urlKey: envKey,
              tokenKey: envKey.optional(),
            }),
            z.strictObject({
              type: z.literal('smtp'),
              urlKey: envKey,
              from: mailAddress,
              to: z.array(mailAddress).min(1),
            }),
          ]),
        )
        .describe('Ways to tell somebody, by name. Without one nothing leaves the machine'),
      routes: z
        .array(
          z.strictObject({
            level: z.enum(['warning', 'critical']),
            to: z.array(text).min(1),
            hours: z
              .string()
              .regex(
                /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
                'expected hours as "08:00-20:00"',
              )
              .optional(),
          }),
        )
        .describe('From which level on which channels are told; none: all of everything'),
      heartbeat: z
        .strictObject({ urlKey: envKey.nullable(), every: durationSchema })
        .describe('An address outside that is asked while all is well, and tells when that stops'),
      digest: z
        .strictObject({ daily: plan, weekly: plan, monthly: plan })
        .describe('What happened in a day, a week, a month, and who is told'),
    })
    .superRefine(({ channels, routes, digest }, context) => {
      const known = Object.keys(channels);
      const check = (names: readonly string[], path: (string | number)[]) => {
        for (const [at, name] of names.entries()) {
          if (known.includes(name)) continue;
          const message = `expected ${known.length === 0 ? 'a channel, of which the profile has none' : `one of the channels ${known.join(', ')}`}`;
          context.addIssue({ code: 'custom', path: [...path, at], message });
        }
      };
      for (const [at, { to }] of routes.entries()) check(to, ['routes', at, 'to']);
      for (const kind of digestKinds) check(digest[kind]?.to ?? [], ['digest', kind, 'to']);
    }),
  { channels: {}, routes: [], heartbeat: { urlKey: null, every: '5m' }, digest: {} },
);
