import type { FileFinding } from './files.ts';
import { differing, type RecognisedDatabase } from './recognised.ts';

/** Takes what a file of a framework says. */
export function takeFinding(
  found: RecognisedDatabase,
  finding: FileFinding,
  values: ReadonlyMap<string, string>,
  sqliteFiles: readonly string[],
): void {
  const { path, named, databases, files, host, port, user, envKeys, holdsPassword, service } =
    finding;
  found.engine = named.engine;
  found.evidence.push(path);
  if (databases !== undefined) found.databases = databases;
  if (files !== undefined) found.files = files;
  if (user !== undefined) found.user = user;
  if (host !== undefined) found.host = host;
  if (port !== undefined) found.port = port;
  found.envKeys = differing(envKeys ?? {});
  if (service !== undefined) {
    found.host = '127.0.0.1';
    if (service.port !== undefined) found.port = service.port;
    else {
      found.sure = false;
      found.remarks.push(
        `The service ${service.name} of ${path} publishes no port: om-ops reaches it only through one on this machine (ports: ["127.0.0.1:5432:5432"]).`,
      );
    }
  }
  const nameKeys = [...(envKeys?.name ?? []), ...(envKeys?.url ?? [])];
  const isNamed =
    (databases ?? files ?? []).length > 0 ||
    nameKeys.some((key) => (values.get(key) ?? '') !== '') ||
    (path.endsWith('wp-config.php') && values.has('DB_NAME'));
  if (!isNamed && named.engine === 'sqlite') found.files = [...sqliteFiles];
  if (!isNamed && found.files.length === 0) {
    found.sure = false;
    found.remarks.push(
      nameKeys.length > 0
        ? `${path} takes it from ${nameKeys.join(', ')}, which no env file sets.`
        : `${path} does not say what the database is called.`,
    );
  }
  if (holdsPassword === true) {
    found.remarks.push(
      `The password stands in ${path}, where om-ops does not read it: put it into an env file (DB_PASSWORD).`,
    );
  }
}

/** Within compose a service is reached by its name, which means nothing to this machine. */
export function useCompose(
  found: RecognisedDatabase,
  findings: readonly FileFinding[],
  host: string | undefined,
): void {
  const service = findings.find((finding) => finding.service?.name === host)?.service;
  if (service === undefined || host === undefined) return;
  if (service.port === undefined) {
    found.sure = false;
    found.remarks.push(
      `${host} is a service of docker compose that publishes no port: om-ops reaches it only through one on this machine.`,
    );
    return;
  }
  found.host = '127.0.0.1';
  found.port = service.port;
}
