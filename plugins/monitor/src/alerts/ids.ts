import { Args } from '@om-ops/kit';

/** The alerts that a command is about. */
export const alertsArgument = Args.string({
  description: 'IDs, as much of their beginning as no other one shares, or checks.',
  required: true,
  multiple: true,
});
