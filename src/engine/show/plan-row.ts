import type { EnrollmentRow } from '../../store/store.ts';
import type { PlanDevice, PlanState } from '../answers.ts';
import { becauseOf, nextOf, severityOf, withTarget } from './words.ts';

/** One line of the plan. */
export function planRow({ id, summary, decision }: EnrollmentRow): PlanDevice {
  return {
    id,
    ...(summary.serialNumber ? { serial: summary.serialNumber } : {}),
    platform: summary.platform,
    ...(summary.osVersion ? { osVersion: summary.osVersion } : {}),
    ...planState(decision),
    next: [nextOf(decision), becauseOf(decision)].filter((text) => text !== '').join('; '),
  };
}

/** What a policy makes of the device: what differs when a plan differs. */
export function planState(decision: EnrollmentRow['decision']): PlanState {
  return {
    ...withTarget(decision, (version) => ({ target: version })),
    ...(decision.policy ? { policy: decision.policy } : {}),
    // Who has left plans nothing.
    ...(decision.enforcement && decision.reason !== 'left' ? { date: decision.enforcement.local } : {}),
    ...severityOf(decision),
    reason: decision.reason,
  };
}
