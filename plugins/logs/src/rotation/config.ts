import { shellWord } from '@om-ops/kit';
import type { RotationRule } from './rules.ts';

/** What logrotate reads. */
export function rotationConfig(site: string, rules: readonly RotationRule[]): string {
  return [
    `# Made by om-ops from logs.rotation of ${site}; changes are lost: om-ops logs rotation apply`,
    ...rules.map(ruleText),
    '',
  ].join('\n');
}

function ruleText(rule: RotationRule): string {
  const { files, size, every, keep, compress, method, reopen, su } = rule;
  const lines = [
    ...(su === null ? [] : [`su ${su.user} ${su.group}`]),
    ...(size === null ? [] : [every === null ? `size ${size}` : `maxsize ${size}`]),
    ...(every ? [every] : []),
    `rotate ${keep}`,
    'notifempty',
    // The newest generation may still be written to until the writer has taken up the new file.
    ...(compress
      ? ['compress', ...(method === 'reopen' ? ['delaycompress'] : [])]
      : ['nocompress']),
    ...(method === 'copytruncate' ? ['copytruncate'] : ['create']),
    ...(reopen === null
      ? []
      : ['sharedscripts', 'postrotate', `    ${reopenCommand(reopen)}`, 'endscript']),
  ];
  return `\n# ${rule.name}\n${files.map(quoted).join('\n')}\n{\n${lines.map((line) => `    ${line}`).join('\n')}\n}`;
}

function reopenCommand(reopen: NonNullable<RotationRule['reopen']>): string {
  return reopen.by === 'command'
    ? reopen.argv.map(shellWord).join(' ')
    : `kill -${reopen.name} "$(cat ${shellWord(reopen.pidfile)})"`;
}

/** In quotes a name is no pattern's end; a pattern's own signs are taken for themselves. */
function quoted(path: string): string {
  return `"${path.replace(/[\\"*?[\]{}]/g, '\\$&')}"`;
}
