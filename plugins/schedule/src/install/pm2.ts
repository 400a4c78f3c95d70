import type { TickCommand } from './tick-command.ts';

/** An app for PM2's ecosystem file that starts the tick each minute. */
export function pm2App({ env, argv }: TickCommand): string {
  const [script, ...args] = argv;
  const app = {
    name: 'om-ops-schedule',
    script,
    // PM2 starts anew what still runs, and the tick returns at once.
    args: [...args, '--detach'],
    interpreter: 'none',
    autorestart: false,
    cron_restart: '* * * * *',
    env,
  };
  return `module.exports = ${JSON.stringify({ apps: [app] }, null, 2)};\n`;
}
