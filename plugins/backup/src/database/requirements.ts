import { accessSync, constants, statSync } from 'node:fs';
import { isOpsError, messageOf, type Requirement, systemCode } from '@om-ops/kit';
import {
  mysqlDump,
  mysqlQuery,
  type PlanDatabasesOptions,
  pgDump,
  planDatabases,
  psql,
} from '@om-ops/kit/database';

const ways = {
  mysql: { dump: mysqlDump, ask: mysqlQuery },
  postgres: { dump: pgDump, ask: psql },
};

const titles = { mysql: 'MySQL or MariaDB', postgres: 'PostgreSQL', sqlite: 'SQLite' } as const;

/** What dumping this site's databases needs, for `doctor`. Looks at programs, settings and files; asks no server. */
export function databaseRequirements(options: PlanDatabasesOptions): Requirement[] {
  const { engine } = options.section;
  if (engine === 'none') return [];
  const requirements: Requirement[] = [];
  const purpose = `dumping ${titles[engine]} databases`;
  if (engine !== 'sqlite') {
    const { dump, ask } = ways[engine];
    requirements.push(dump.requirement(purpose, true));
    requirements.push(ask.requirement(`asking ${titles[engine]} for sizes and versions`, false));
  }
  try {
    const plan = planDatabases(options);
    for (const { file, optional, tried } of plan?.databases ?? []) {
      if (file !== undefined)
        requirements.push(databaseFile(file, purpose, optional === true, tried));
    }
  } catch (error) {
    requirements.push({
      kind: isOpsError(error) && error.code === 'E_PERMISSION' ? 'permission' : 'service',
      name: 'database names',
      purpose,
      state: 'missing',
      detail: messageOf(error),
      ...(isOpsError(error) && error.suggestions[0] !== undefined
        ? { fix: error.suggestions[0] }
        : {}),
    });
  }
  return requirements;
}

function databaseFile(
  file: string,
  purpose: string,
  optional: boolean,
  tried: readonly string[] = [],
): Requirement {
  const path = { kind: 'path', name: file, purpose } as const;
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    return {
      ...path,
      state: optional ? 'absent' : 'missing',
      detail:
        tried.length > 1
          ? `there is no such file, nor ${tried.slice(1).join(', ')}`
          : 'there is no such file',
      fix: 'Correct database.files in the site profile.',
    };
  }
  // Of a database in use the journals are read too.
  const unreadable = ['', '-wal', '-shm', '-journal']
    .map((suffix) => file + suffix)
    .find((name) => !isReadable(name));
  if (unreadable === undefined) return { ...path, state: 'ok' };
  return {
    ...path,
    kind: 'permission',
    state: 'missing',
    detail: unreadable === file ? 'it may not be read' : `${unreadable} may not be read`,
    fix: 'Run om-ops with sudo, or as the user who owns the file.',
  };
}

/** True also for what is not there. */
function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}
