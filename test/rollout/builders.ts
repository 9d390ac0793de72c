import type { Halt, Promote, Ring } from '../../src/policy/policy.types.ts';
import type { RingHealth, Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { NOW } from '../decide/builders.ts';

/** A canary of three, a pilot of 10 %, everyone; and 40.6 rolling out since two days, with the canary open. */

export const HALT: Halt = { failedPercent: 5, of: 10 };

export function ring(name: string, changes: Partial<Omit<Ring, 'promote'>> & { promote?: Partial<Promote> } = {}): Ring {
  const { promote, ...more } = changes;
  return {
    name,
    who: { kind: 'rest' },
    afterMs: 0,
    promote: { by: 'health', successPercent: 95, soakMs: 48 * HOUR_MS, minimum: 1, ...promote },
    ...more,
  };
}

export const RINGS: Ring[] = [
  ring('canary', { who: { kind: 'devices', count: 3 } }),
  ring('pilot', { who: { kind: 'percent', percent: 10 }, afterMs: 3 * DAY_MS }),
  ring('everyone'),
];

export function rollout(changes: Partial<Rollout> = {}): Rollout {
  return {
    policy: 'everyone',
    release: 'iOS 40.6',
    version: '40.6',
    clockStartAt: NOW - 2 * DAY_MS,
    beganAt: NOW - 2 * DAY_MS,
    openings: [{ ring: 'canary', at: NOW - 2 * DAY_MS, because: 'it is the first' }],
    chosen: {},
    state: 'running',
    changedAt: NOW - 2 * DAY_MS,
    changedBy: 'ratchet',
    approved: [],
    failuresSince: 0,
    ...changes,
  };
}

export function health(changes: Partial<RingHealth> = {}): RingHealth {
  const failedSince = changes.failed ?? 0;
  return { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0, failedSince, ...changes };
}
