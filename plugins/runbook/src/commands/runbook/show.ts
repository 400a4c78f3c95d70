import { Args, OpsCommand } from '@om-ops/kit';
import type { Book } from '../../book/book.ts';
import { bookNamed } from '../../book/shelf.ts';
import { bookText } from '../../view/run.ts';

export default class RunbookShow extends OpsCommand<typeof RunbookShow, Book> {
  static override summary = 'Show a runbook: its steps, their commands and proofs.';
  static override description = 'Runs nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %> disk-filling'];
  static override args = { name: Args.string({ description: 'Its name.', required: true }) };

  protected override perform(): Promise<Book> {
    return bookNamed(this.site, this.args.name);
  }

  protected override text(book: Book): string {
    return bookText(book);
  }
}
