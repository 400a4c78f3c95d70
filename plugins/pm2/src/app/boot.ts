import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pm2Place } from '../daemon/place.ts';

/** What starts PM2 again when the machine boots. */
export type Boot = { by: string; isEnabled: boolean } | null;

const unitFolders = [
  'etc/systemd/system',
  'usr/local/lib/systemd/system',
  'lib/systemd/system',
  'usr/lib/systemd/system',
];
const targets = ['multi-user.target.wants', 'default.target.wants', 'graphical.target.wants'];

/**
 * Looks for a unit of systemd, a script of init or a line of cron that brings back the PM2 of this user
 * and home. Null: nothing that could be seen does.
 *
 * @param root where the system's files are; for tests
 */
export function bootStart({ home, owner }: Pick<Pm2Place, 'home' | 'owner'>, root = '/'): Boot {
  return (
    systemdUnit({ home, owner }, root) ?? initScript(owner.name, root) ?? cronLine(owner.name, root)
  );
}

function systemdUnit({ home, owner }: Pick<Pm2Place, 'home' | 'owner'>, root: string): Boot {
  let disabled: Boot = null;
  for (const folder of unitFolders) {
    for (const name of namesIn(join(root, folder))) {
      if (!name.endsWith('.service')) continue;
      const path = join(root, folder, name);
      const unit = textOf(path);
      if (!/^\s*ExecStart\s*=.*\bpm2\b.*\bresurrect\b|\bpm2-runtime\b/m.test(unit)) continue;
      const user = /^\s*User\s*=\s*(\S+)/m.exec(unit)?.[1] ?? 'root';
      const at = /^\s*Environment\s*=.*\bPM2_HOME=([^\s"']+)/m.exec(unit)?.[1];
      const isOurs =
        (user === owner.name || user === String(owner.uid)) && (at === undefined || at === home);
      if (!isOurs) continue;
      const isEnabled = targets.some(
        (target) =>
          existsSync(join(root, 'etc/systemd/system', target, name)) || isLink(root, target, name),
      );
      if (isEnabled) return { by: path, isEnabled };
      disabled = { by: path, isEnabled };
    }
  }
  return disabled;
}

/** A link counts although what it points to is another system's, below `root`. */
function isLink(root: string, target: string, name: string): boolean {
  return namesIn(join(root, 'etc/systemd/system', target)).includes(name);
}

function initScript(user: string, root: string): Boot {
  const path = join(root, 'etc/init.d', `pm2-${user}`);
  return existsSync(path) ? { by: path, isEnabled: true } : null;
}

function cronLine(user: string, root: string): Boot {
  for (const file of [
    `var/spool/cron/crontabs/${user}`,
    `var/spool/cron/${user}`,
    'etc/crontab',
    'etc/rc.local',
  ]) {
    const path = join(root, file);
    const isScript = file.endsWith('rc.local');
    const found = textOf(path)
      .split('\n')
      .some(
        (line) =>
          /^\s*[^#]/.test(line) &&
          (isScript || line.trimStart().startsWith('@reboot')) &&
          /\bpm2\b.*\bresurrect\b/.test(line),
      );
    if (found) return { by: path, isEnabled: true };
  }
  return null;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
