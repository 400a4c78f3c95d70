import { messageOf, OpsError } from '@om-ops/kit';
import { RedisClient, RedisError } from '../../server/client.ts';
import { explained, RedisCommand } from '../../server/redis-command.ts';

interface PingResult {
  where: string;
  ok: boolean;
  ms: number;
  detail: string | null;
}

export default class RedisPing extends RedisCommand<typeof RedisPing, PingResult> {
  static override summary = 'Prove that Redis answers with PONG.';
  static override description =
    'The answer is compared: one that says NOAUTH, LOADING or MISCONF is none, whatever redis-cli makes of it. Exit 6 when it is not PONG.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<PingResult> {
    const address = await this.address();
    const started = performance.now();
    const result = (ok: boolean, detail: string | null): PingResult => ({
      where: address.where,
      ok,
      ms: Math.round(performance.now() - started),
      detail,
    });
    try {
      await using client = await RedisClient.open(address, this.operation.signal);
      const said = await client.text('PING');
      if (said === 'PONG') return result(true, null);
      this.unhealthy(
        'E_REDIS',
        `Redis at ${address.where} answers ${this.operation.redactor.foreign(said)}, and not PONG.`,
      );
      return result(false, 'no PONG');
    } catch (error) {
      this.operation.signal.throwIfAborted();
      const known = explained(error, address, (text) => this.operation.redactor.foreign(text));
      if (!(known instanceof OpsError)) throw error;
      this.unhealthy(known.code, known.message, known.suggestions);
      return result(
        false,
        error instanceof RedisError
          ? error.code
          : this.operation.redactor.foreign(messageOf(error)),
      );
    }
  }

  protected override text({ ok, where, ms, detail }: PingResult): string {
    return ok ? `Redis at ${where} answers PONG (${ms} ms).` : `It does not: ${detail}.`;
  }
}
