import { kernelText } from './machine.ts';

/** Name to number of the users in /etc/passwd. */
export function userIds(): Map<string, number> {
  return new Map(
    (kernelText('/etc/passwd') ?? '').split('\n').flatMap((line) => {
      const [name = '', , uid = ''] = line.split(':');
      return /^\d+$/.test(uid) ? [[name, Number(uid)] as const] : [];
    }),
  );
}
