import { homedir } from 'node:os';
import { join } from 'node:path';
import { mayBeThere, type Site } from '@om-ops/kit';
import type { OwnerSections } from './catalog/owner.ts';

/** Something a site needs to live and that no backup of it holds. */
export interface NotHeld {
  what: string;
  /** Where it is on this machine, as far as it is there. */
  where: string[];
  /** How to keep it. */
  advice: string;
}

/** What has to be kept by other means: who restores a whole site misses it first. */
export function notHeldOf(
  site: Pick<Site, 'below' | 'envFiles'>,
  { database }: Pick<OwnerSections, 'database'>,
): NotHeld[] {
  const there = (...paths: string[]) => paths.filter(mayBeThere);
  const onServer = database.engine === 'mysql' || database.engine === 'postgres';
  return [
    {
      what: 'The values in env files, and other secrets',
      where: there(...site.envFiles.map((file) => site.below(file))),
      advice: 'config holds their names alone; keep the values in a password manager.',
    },
    {
      what: 'TLS certificates and their keys',
      where: there('/etc/letsencrypt', '/etc/ssl/private'),
      advice: 'have them issued anew, or keep a copy that only you can read.',
    },
    {
      what: 'Crontabs',
      where: there('/var/spool/cron', '/etc/cron.d'),
      advice: 'keep what crontab -l says with the code.',
    },
    {
      what: 'systemd units, but for those of the site itself',
      where: there('/etc/systemd/system'),
      advice: 'keep your own with the code.',
    },
    ...(onServer
      ? [
          {
            what: 'The users of the database server and their grants',
            where: [],
            advice:
              database.engine === 'mysql'
                ? 'keep what SHOW CREATE USER and SHOW GRANTS say.'
                : 'keep what pg_dumpall --globals-only says.',
          },
        ]
      : []),
    {
      what: "PM2's list of processes",
      where: there(join(homedir(), '.pm2/dump.pm2')),
      advice: 'the ecosystem file is in config; start it and run pm2 save.',
    },
  ];
}
