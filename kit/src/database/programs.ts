import { program } from '../program.ts';

const mysql = {
  install: 'Install it: sudo apt-get install mariadb-client (or mysql-client)',
};
const postgres = { install: 'Install it: sudo apt-get install postgresql-client' };

/** Dumps MySQL and MariaDB. */
export const mysqlDump = program(['mariadb-dump', 'mysqldump'], mysql);
/** Asks MySQL and MariaDB: used for what is good to know, so it may be missing. */
export const mysqlQuery = program(['mariadb', 'mysql'], mysql);
/** Dumps PostgreSQL. */
export const pgDump = program('pg_dump', postgres);
/** Asks PostgreSQL. */
export const psql = program('psql', postgres);
