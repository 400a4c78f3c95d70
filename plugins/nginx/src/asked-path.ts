/** What is asked to see whether the API answers: its health address if it is below, else the API's own path. */
export function askedPath(location: string, health: readonly string[]): string {
  return health.find((path) => path.startsWith(location)) ?? location;
}
