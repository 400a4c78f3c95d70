import type { Command } from '@om-ops/kit';
import { Help } from '@om-ops/kit/oclif';

/** oclif's help, in which what is both a command and a topic, `plugins`, stands among the topics alone. */
export default class OmOpsHelp extends Help {
  protected override get sortedCommands(): Command.Loadable[] {
    const topics = new Set(this.sortedTopics.map(({ name }) => name));
    return super.sortedCommands.filter(({ id }) => !topics.has(id));
  }
}
