const key = 'om-ops:dashboard';

/**
 * The token of the address, once: from there it goes into this tab's own memory, and out of what the browser keeps of
 * the address. Null: the tab has never had one.
 */
export function takenToken(): string | null {
  const given = /^#([0-9a-f]{32,})$/.exec(location.hash)?.[1];
  try {
    if (given === undefined) return sessionStorage.getItem(key);
    sessionStorage.setItem(key, given);
  } catch {
    // Without storage it lasts until the page is loaded again.
  }
  if (given !== undefined) history.replaceState(null, '', location.pathname);
  return given ?? null;
}
