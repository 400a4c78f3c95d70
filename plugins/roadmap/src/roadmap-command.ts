import { Args, type Command, type Operation, OpsCommand, type Site } from '@om-ops/kit';
import { dueDay } from './due.ts';
import { givenNotes, givenOwner, givenTitle } from './given-text.ts';
import type { MilestoneFields } from './milestone.ts';
import { Roadmap } from './roadmap.ts';

/** The milestone that a command is about. */
export const idArgument = Args.string({
  description: 'Its ID, or as much of its beginning as no other one shares.',
  required: true,
});

/** What a user may say of a milestone in words. */
export interface GivenFields {
  title?: string | undefined;
  owner?: string | undefined;
  due?: string | undefined;
  notes?: string | undefined;
}

/** The roadmap of a site, as a running command opens it. */
export function roadmapOf({ state }: Site, operation: Operation): Roadmap {
  return new Roadmap(state, {
    redact: (text) => operation.redactor.foreign(text),
    warn: (message) => operation.warn(message),
    signal: operation.signal,
    command: `om-ops ${operation.command.replaceAll(':', ' ')}`,
  });
}

/** A command that works with the roadmap of its site. */
export abstract class RoadmapCommand<C extends typeof Command, R extends object> extends OpsCommand<
  C,
  R
> {
  // oclif looks for statics above a class only as far as each class has some of its own.
  static override enableJsonFlag = true;

  protected get roadmap(): Roadmap {
    return roadmapOf(this.site, this.operation);
  }

  /** What was given, checked and without secrets: it goes into a file and onto a page. */
  protected given({ title, owner, due, notes }: GivenFields): Partial<MilestoneFields> {
    return {
      ...(title === undefined ? {} : { title: this.#plain(givenTitle(title)) }),
      ...(owner === undefined ? {} : { owner: this.#plain(givenOwner(owner)) }),
      ...(due === undefined ? {} : { due: dueDay(due) }),
      ...(notes === undefined ? {} : { notes: this.#plain(givenNotes(notes)) }),
    };
  }

  #plain<T extends string | null>(text: T): T {
    if (text === null) return text;
    const plain = this.operation.redactor.foreign(text);
    if (plain !== text) {
      this.operation.warn('What looked like a secret in the text was replaced by <REDACTED>.');
    }
    return plain as T;
  }
}
