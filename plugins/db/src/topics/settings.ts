import { finding } from '../finding.ts';
import { attempt, type Look } from './look.ts';
import { valuesOf } from './status.ts';

export interface Setting {
  name: string;
  value: string;
  unit: string | null;
  default: string | null;
  source: string;
  /** It counts from the next restart of the server on. */
  pendingRestart: boolean;
}

const dangers: Record<string, { bad: RegExp; level: 'critical' | 'warning'; why: string }> = {
  fsync: {
    bad: /^off$/,
    level: 'critical',
    why: 'A power cut destroys the databases (fsync is off).',
  },
  full_page_writes: {
    bad: /^off$/,
    level: 'critical',
    why: 'A power cut may destroy pages (full_page_writes is off).',
  },
  autovacuum: {
    bad: /^off$/,
    level: 'critical',
    why: 'Nothing is cleaned up, and one day the server stops writing (autovacuum is off).',
  },
  track_counts: {
    bad: /^off$/,
    level: 'critical',
    why: 'Autovacuum does not see what changes (track_counts is off).',
  },
  zero_damaged_pages: {
    bad: /^on$/,
    level: 'critical',
    why: 'Damaged pages are emptied without a word (zero_damaged_pages is on).',
  },
  ignore_checksum_failure: {
    bad: /^on$/,
    level: 'critical',
    why: 'Damaged pages are read as if they were whole (ignore_checksum_failure is on).',
  },
  synchronous_commit: {
    bad: /^off$/,
    level: 'warning',
    why: 'What was just committed may be lost in a crash (synchronous_commit is off).',
  },
  innodb_flush_log_at_trx_commit: {
    bad: /^[02]$/,
    level: 'warning',
    why: 'What was just committed may be lost in a crash (innodb_flush_log_at_trx_commit).',
  },
  innodb_doublewrite: {
    bad: /^(?:0|OFF)$/i,
    level: 'critical',
    why: 'A power cut may destroy pages (innodb_doublewrite is off).',
  },
  innodb_checksum_algorithm: {
    bad: /^none$/i,
    level: 'critical',
    why: 'Damaged pages are not noticed (innodb_checksum_algorithm is none).',
  },
  skip_grant_tables: {
    bad: /^(?:1|ON)$/i,
    level: 'critical',
    why: 'Everybody may do everything (skip_grant_tables).',
  },
};

export async function settings(look: Look): Promise<Setting[]> {
  const found =
    look.server.version.flavour === 'postgres'
      ? await settingsOfPostgres(look)
      : await settingsOfMysql(look);
  for (const { name, value, pendingRestart } of found) {
    const danger = dangers[name];
    if (danger?.bad.test(value) === true)
      look.findings.push(finding('setting', danger.level, name, danger.why, { value }));
    if (pendingRestart)
      look.findings.push(
        finding(
          'restart',
          'info',
          name,
          `${name} was changed, and counts from the next restart of the server on.`,
          { value },
        ),
      );
  }
  return found;
}

async function settingsOfPostgres({ server }: Look): Promise<Setting[]> {
  return server.rows<Setting & Record<string, unknown>>(
    `SELECT name, setting AS value, unit, boot_val AS default, source, pending_restart AS "pendingRestart" FROM pg_settings
     WHERE (source NOT IN ('default', 'override', 'client', 'session') AND setting IS DISTINCT FROM boot_val) OR pending_restart
       OR (name = ANY ($1) AND setting IS DISTINCT FROM boot_val) ORDER BY category, name`,
    [Object.keys(dangers)],
  );
}

async function settingsOfMysql(look: Look): Promise<Setting[]> {
  const { server } = look;
  if (server.version.flavour === 'mariadb') {
    const rows = await attempt<{
      name: string;
      value: string | null;
      preset: string | null;
      source: string;
    }>(
      look,
      'The settings are',
      `SELECT LOWER(VARIABLE_NAME) AS name, GLOBAL_VALUE AS value, DEFAULT_VALUE AS preset, GLOBAL_VALUE_ORIGIN AS source
       FROM information_schema.SYSTEM_VARIABLES WHERE GLOBAL_VALUE_ORIGIN NOT IN ('COMPILE-TIME', 'AUTO') AND GLOBAL_VALUE <> DEFAULT_VALUE ORDER BY 1`,
    );
    return (rows ?? []).map(({ name, value, preset, source }) => ({
      name,
      value: value ?? '',
      unit: null,
      default: preset,
      source: source.toLowerCase(),
      pendingRestart: false,
    }));
  }
  const values = await valuesOf(look, 'SHOW GLOBAL VARIABLES');
  return Object.keys(dangers).flatMap((name) => {
    const value = values.get(name);
    return value === undefined
      ? []
      : [{ name, value, unit: null, default: null, source: 'server', pendingRestart: false }];
  });
}
