import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crontabBlock, hasBlock, withBlock, withoutBlock } from '../src/install/crontab.ts';
import { shellLine, tickCommand } from '../src/install/tick-command.ts';

const tick = tickCommand({
  launcher: '/opt/om ops/bin/om-ops',
  profile: '/etc/om-ops/50%.yaml',
  env: { PATH: '/tmp/mine:relative:/usr/bin', TZ: 'Europe/Berlin', SECRET: 'x' },
});

test('the line starts this very program with what it needs, and a percent sign ends nothing', () => {
  const block = crontabBlock('/var/backups/OM', 'my\nsite', shellLine(tick));
  const [begin, words, line = '', end] = block.split('\n');
  assert.equal(begin, '# om-ops schedule begin: /var/backups/OM');
  assert.match(words ?? '', /^# .* my site\./);
  assert.equal(end, '# om-ops schedule end: /var/backups/OM');
  assert.match(
    line,
    /^\* \* \* \* \* PATH=\S+ TZ=Europe\/Berlin '\/opt\/om ops\/bin\/om-ops' schedule tick --quiet --site \/etc\/om-ops\/50\\%\.yaml$/,
  );
  assert.match(line, /\/usr\/sbin/, 'where nginx lies, and cron does not look');
  assert.doesNotMatch(line, /mine|relative|SECRET/);
});

test('the lines of others stay byte for byte, whatever they are, and ours go whole', () => {
  const block = crontabBlock('/s', 'site', 'om-ops schedule tick');
  for (const text of [
    '# theirs\n5 4 * * * echo "50\\%" # om-ops schedule begin: /s\n',
    'MAILTO=root\n\n\n@reboot /usr/bin/true\n',
    `${crontabBlock('/other', 'other', 'x')}1 1 * * * true\n`,
    '* * * * * no newline at the end',
  ]) {
    const there = withBlock(text, '/s', block);
    assert.ok(hasBlock(there, '/s'));
    assert.equal(withBlock(there, '/s', block), there, 'twice is once');
    const ended = text.endsWith('\n') ? text : `${text}\n`;
    assert.equal(withoutBlock(there, '/s'), ended);
    const moved = `${there}7 7 * * * after\n`;
    const other = crontabBlock('/s', 'site', 'om-ops schedule tick --site /new');
    const replaced = withBlock(moved, '/s', other);
    assert.equal(replaced, `${ended}${other}7 7 * * * after\n`, 'where it stood');
    assert.equal(withoutBlock(text, '/s'), text);
  }
  assert.equal(withoutBlock(withBlock(null, '/s', block), '/s'), null);
});

test('a block that somebody has cut is not touched', () => {
  const block = crontabBlock('/s', 'site', 'x');
  const lines = block.split('\n');
  for (const text of [
    lines.slice(0, 2).join('\n'),
    lines.slice(1).join('\n'),
    `${block}${block}`,
    `${lines[3]}\n${lines[0]}\n`,
    `${lines[0]}\n${crontabBlock('/other', 'o', 'y')}${lines[3]}\n`,
  ])
    for (const change of [() => withBlock(text, '/s', block), () => withoutBlock(text, '/s')])
      assert.throws(change, { code: 'E_CRONTAB_DAMAGED' });
});
