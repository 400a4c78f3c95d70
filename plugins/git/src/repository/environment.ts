/** Of the variables of git those that say who, where settings lie and how to connect. The rest says which repository. */
const kept =
  /^GIT_(?:CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)|(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL)|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|ASKPASS|EXEC_PATH|TEMPLATE_DIR)$/;

/** Those of them that lead to settings of who runs om-ops. */
const settings = /^GIT_CONFIG_/;

/**
 * What git's environment has otherwise than om-ops' own: a GIT_DIR or GIT_INDEX_FILE of the hook or shell om-ops was started
 * from would make it work on another repository. Nothing asks, nothing is translated.
 *
 * @param asOther git runs as another user, whose settings hold then
 */
export function gitEnvironment(
  asOther: boolean,
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> {
  const cleared = Object.keys(inherited).filter(
    (key) => key.startsWith('GIT_') && (!kept.test(key) || (asOther && settings.test(key))),
  );
  return {
    ...Object.fromEntries(cleared.map((key) => [key, undefined])),
    ...(asOther ? { XDG_CONFIG_HOME: undefined } : {}),
    // A window that asks for a password would be waited for.
    SSH_ASKPASS: undefined,
    GIT_TERMINAL_PROMPT: '0',
    LANGUAGE: 'C',
  };
}
