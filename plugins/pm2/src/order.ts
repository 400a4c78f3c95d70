import { backendLock, type Command, dryRunFlag, OpsCommand, OpsError } from '@om-ops/kit';
import { carryOut, concerned, interruption, type OrderResult, pidsOf } from './app/carry-out.ts';
import { knownProcesses } from './app/known.ts';
import { lookAtApp, pm2Setting } from './app/look.ts';
import type { Order } from './app/orders.ts';
import { hideSecrets } from './app/secrets.ts';
import { NotUpError } from './app/up.ts';
import { orderText } from './view/order.ts';
import { waitFlag, waitMs } from './wait-flag.ts';

/** A command that tells PM2 to do one thing with the app, and ends when it is so. */
export abstract class OrderCommand<C extends typeof Command> extends OpsCommand<C, OrderResult> {
  static override record = 'audit' as const;
  static override baseFlags = OpsCommand.baseFlags;
  static override flags = {
    ...dryRunFlag,
    ...waitFlag,
  };

  protected abstract readonly order: Order;

  protected override async perform(): Promise<OrderResult> {
    const { order } = this;
    const timeoutMs = waitMs((this.flags as { timeout: string }).timeout);
    const { signal, redactor } = this.operation;
    const setting = await pm2Setting(this.site);
    setting.program.need();
    if (!this.dryRun) await this.lock(backendLock);
    const processes = await knownProcesses(setting, signal);
    hideSecrets(redactor, processes);
    const touched = concerned(order, processes);
    const { app } = setting.section;
    const result = async (change: Partial<OrderResult> = {}): Promise<OrderResult> => {
      const look = await lookAtApp(setting, signal.aborted ? new AbortController().signal : signal);
      return {
        app,
        order,
        dryRun: this.dryRun,
        changed: touched.length > 0,
        ids: touched.map(({ id }) => id),
        pids: { before: pidsOf(processes), after: pidsOf(look.processes) },
        status: look.status,
        health: null,
        errorLines: [],
        interrupts: interruption(order, touched),
        ...change,
      };
    };
    if (this.dryRun) return result();
    try {
      const health = await this.runTask({
        title: `${title[order]} ${app}`,
        run: (progress) =>
          carryOut(
            { order, setting, site: this.site, processes, redact: redactor, timeoutMs },
            progress,
          ),
      });
      if (touched.length > 0) this.operation.touch(`pm2:${app}`);
      return await result({ health });
    } catch (error) {
      if (touched.length > 0) this.operation.touch(`pm2:${app}`);
      if (!(error instanceof OpsError) || signal.aborted) throw error;
      const errorLines = error instanceof NotUpError ? error.errorLines : [];
      this.fail(error, await result({ errorLines }));
    }
  }

  protected override text(result: OrderResult): string {
    return orderText(result);
  }
}

const title: Readonly<Record<Order, string>> = {
  start: 'Start',
  restart: 'Restart',
  stop: 'Stop',
  reset: 'Count the restarts anew of',
};
