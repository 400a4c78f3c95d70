import type { Level } from './pass.ts';

/** What the site's profile and the operator say about being told. */
export interface Rules {
  /** After how long who has not acknowledged is told again, in ms. */
  reminderMs: Readonly<Record<Level, number>>;
  flap: { cycles: number; withinMs: number; quietMs: number };
  /** How long after the machine's start services may still be coming up. */
  bootGraceMs: number;
  /** What a key hangs on beside what its check says. */
  after(key: string): readonly string[];
  /** The end of the silence that lies over a key; ISO 8601. */
  silencedUntil(key: string, tick: number): string | null;
  /** Work is under way: only what is urgent is told of. */
  maintenance: boolean;
  newId(): string;
}

/** A disk that fills and data that is lost are told of whatever work is under way. */
export function isUrgent(key: string): boolean {
  return /(?:^|\.)(?:disk|inodes|backup|data)(?:$|[-.:])/.test(key);
}
