import type { OutputLine, Progress, Redact } from '@om-ops/kit';
import type { Kind, ServiceDefinition } from '../site.ts';
import type { Look } from './look.ts';

export type Order = 'start' | 'stop' | 'restart' | 'reload';

/** A line of a service's log. */
export interface ServiceLine extends OutputLine {
  /** ISO 8601; null when the line does not say. */
  time: string | null;
}

export interface LinesOptions {
  lines: number;
  follow: boolean;
  since?: Date;
  redact: Redact;
  signal: AbortSignal;
}

/** What keeps services of one kind running. */
export interface Manager {
  readonly kind: Kind;
  /** Whom `status` has it from. */
  readonly source: 'systemctl' | 'pm2' | 'docker' | 'proc';
  /** All at once, with one process at most; by name. Must not throw for what cannot be seen. */
  look(services: readonly ServiceDefinition[], signal: AbortSignal): Promise<Map<string, Look>>;
  /** What is run for an order, for who is shown it. */
  command(service: ServiceDefinition, order: Order, look: Look): string;
  /** Returns when the order is taken; whether it came to something is for {@link look} to see. */
  order(service: ServiceDefinition, order: Order, look: Look, progress: Progress): Promise<void>;
  /** What it printed. */
  lines(service: ServiceDefinition, options: LinesOptions): AsyncIterable<ServiceLine>;
}
