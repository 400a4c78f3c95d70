import { OpsError } from '@om-ops/kit';
import type { Category } from '../categories.ts';

/** The error for a category that was named although the profile says this site has none. */
export function categoryOff(category: Category, key: string, value: string): OpsError {
  return new OpsError(
    'E_CATEGORY_OFF',
    `This site has no ${category}: its profile says \`${key}: ${value}\`.`,
    {
      exit: 'usage',
      suggestions: [`Set ${key} in the site profile (om-ops config path).`],
    },
  );
}
