import { exec, isOpsError, OpsError } from '@om-ops/kit';
import type { ServiceDefinition } from '../../site.ts';
import { type Look, unseen } from '../look.ts';
import type { Manager } from '../manager.ts';
import { journalLines } from './journal.ts';
import { unitLook } from './state.ts';
import { showUnits } from './unit.ts';

export function unitOf({ how }: ServiceDefinition): string {
  if (how.kind !== 'systemd') throw new Error(`${how.kind} is no unit`);
  return how.unit;
}

export const systemd: Manager = {
  kind: 'systemd',
  source: 'systemctl',
  async look(services, signal) {
    const asked = await showUnits(services.map(unitOf), signal);
    return new Map(
      services.map((service): [string, Look] => {
        if ('why' in asked) return [service.name, unseen(asked.why)];
        const unit = unitOf(service);
        return [service.name, unitLook(unit, asked.units.get(unit) ?? new Map())];
      }),
    );
  },
  command: (service, order) => `systemctl ${order} ${unitOf(service)}`,
  async order(service, order, _look, progress) {
    const unit = unitOf(service);
    // Told and not waited for: how long that may take is ours to say. A reload is done when it returns.
    const wait = order === 'reload' ? [] : ['--no-block'];
    progress.report({ stage: `systemctl ${order} ${unit}` });
    try {
      await exec('systemctl', ['--no-ask-password', order, ...wait, '--', unit], {
        signal: progress.signal,
        timeoutMs: 120_000,
      });
    } catch (error) {
      if (!isOpsError(error) || error.code !== 'E_PROGRAM_FAILED') throw error;
      throw refused(service, order, error.message);
    }
  },
  lines: (service, options) => journalLines(unitOf(service), options),
};

function refused(service: ServiceDefinition, order: string, said: string): OpsError {
  const unit = unitOf(service);
  if (/access denied|authentication required|not permitted/i.test(said))
    return new OpsError('E_PERMISSION', `systemd does not let this user ${order} ${unit}.`, {
      exit: 'requirement',
      suggestions: ['Run it as root: sudo om-ops …'],
    });
  const canRestart = order === 'reload' && /not applicable|does not support/i.test(said);
  return new OpsError(
    canRestart ? 'E_NO_RELOAD' : 'E_SERVICE_ORDER',
    canRestart
      ? `${unit} cannot be reloaded: its unit has no ExecReload.`
      : `systemd did not ${order} ${unit}: ${said}`,
    {
      suggestions: canRestart
        ? [`Restart it: om-ops service restart ${service.name}`]
        : [`See every cause that can be found: om-ops service why ${service.name}`],
    },
  );
}
