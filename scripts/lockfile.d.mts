export function missingOptional(
  packages: Record<string, { optionalDependencies?: Record<string, string> }>,
): string[];
