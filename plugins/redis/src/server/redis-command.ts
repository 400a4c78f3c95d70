import { type Command, messageOf, OpsCommand, OpsError, systemCode } from '@om-ops/kit';
import { type RedisSection, redisSection } from '../site.ts';
import { redisAddress } from './address.ts';
import { type RedisAddress, RedisClient, RedisError } from './client.ts';

/** What the commands of `redis` and `queue` share. */
export abstract class RedisCommand<C extends typeof Command, R extends object> extends OpsCommand<
  C,
  R
> {
  protected section(): Promise<RedisSection> {
    return this.site.section(redisSection);
  }

  protected async address(db?: number): Promise<RedisAddress> {
    return redisAddress(this.site, await this.section(), db);
  }

  /** One connection, closed whatever happens. @throws OpsError E_REDIS (exit 1), E_PERMISSION (5) */
  protected async withRedis<T>(work: (client: RedisClient) => Promise<T>, db?: number): Promise<T> {
    const address = await this.address(db);
    const { signal } = this.operation;
    try {
      await using client = await RedisClient.open(address, signal);
      return await work(client);
    } catch (error) {
      signal.throwIfAborted();
      throw explained(error, address, (text) => this.operation.redactor.foreign(text));
    }
  }
}

/** What Redis, or the way to it, answered instead, as one sentence. */
export function explained(
  error: unknown,
  { where, user }: RedisAddress,
  redact: (text: string) => string,
): unknown {
  if (error instanceof OpsError) return error;
  const said = redact(messageOf(error)).replace(/[.\s]+$/, '');
  if (error instanceof RedisError) {
    if (
      ['NOAUTH', 'WRONGPASS', 'NOPERM'].includes(error.code) ||
      /invalid password|without any password/i.test(error.message)
    )
      return new OpsError(
        'E_PERMISSION',
        `Redis at ${where} refuses ${user ?? 'this user'}: ${said}.`,
        {
          exit: 'requirement',
          suggestions: [
            'See where the password comes from: redis.passwordKeys in om-ops config show',
          ],
        },
      );
    return new OpsError('E_REDIS', `Redis at ${where} says: ${said}.`);
  }
  if (systemCode(error) !== undefined || /closed|does not answer/.test(said))
    return new OpsError('E_REDIS', `Redis at ${where} cannot be reached: ${said}.`, {
      suggestions: [
        'Does it run? om-ops service status',
        'See how it is reached: om-ops config show',
      ],
    });
  return error;
}
