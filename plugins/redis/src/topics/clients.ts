export interface ClientGroup {
  name: string;
  /** Without the port. */
  address: string;
  user: string;
  count: number;
  /** Of the one that has done nothing for longest. */
  idleSeconds: number;
  /** What has not been fetched yet. */
  outputBytes: number;
  /** Their last ones. */
  commands: string[];
}

/** `CLIENT LIST` by name, address and user, the most first. */
export function clientGroups(list: string): ClientGroup[] {
  const groups = new Map<string, ClientGroup>();
  for (const line of list.split('\n')) {
    const fields = new Map(
      line
        .trim()
        .split(' ')
        .map((one) => {
          const at = one.indexOf('=');
          return [one.slice(0, at), one.slice(at + 1)] as const;
        }),
    );
    const from = fields.get('addr');
    if (from === undefined) continue;
    const name = fields.get('name') ?? '';
    const address = from.replace(/:\d+$/, '');
    const user = fields.get('user') ?? '';
    const key = JSON.stringify([name, address, user]);
    const group = groups.get(key) ?? {
      name,
      address,
      user,
      count: 0,
      idleSeconds: 0,
      outputBytes: 0,
      commands: [],
    };
    group.count += 1;
    group.idleSeconds = Math.max(group.idleSeconds, Number(fields.get('idle') ?? 0));
    group.outputBytes += Number(fields.get('omem') ?? 0);
    const command = fields.get('cmd') ?? '';
    if (command !== '' && !group.commands.includes(command)) group.commands.push(command);
    groups.set(key, group);
  }
  return [...groups.values()].toSorted((one, other) => other.count - one.count);
}
