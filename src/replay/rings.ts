import type { Decision } from '../decide/decide.ts';
import type { Rollouts } from '../decide/input.ts';
import type { MatchSubject } from '../policy/match.ts';
import type { Policy, PolicySet, Ring } from '../policy/policy.types.ts';
import { ringIndexOf, slotOf } from '../policy/rings.ts';
import { changeRollout } from '../rollout/acts.ts';
import { fillPlaces, openPlaces } from '../rollout/fill.ts';
import { moveRollout, newRollout, openCount } from '../rollout/move.ts';
import type { RingHealth, Rollout, RolloutDemand, RolloutDevice } from '../rollout/rollout.types.ts';
import { type Instant, MINUTE_MS } from '../time/local.ts';
import type { Cohort } from './cohort.ts';

/** Rollouts are looked at so long after something they hang on has changed, as Ratchet does every ten minutes. */
const LOOK_AFTER_MS = 10 * MINUTE_MS;

type Ringed = Policy & { rings: Ring[]; halt: NonNullable<Policy['halt']> };

/** The rollouts of a replay: what engine/rollout does over a store, over cohorts. */
export interface ReplayRollouts {
  readonly all: Rollouts;
  /** When they are to be looked at next. */
  readonly lookAt: Instant;
  /** Rings that a person was to approve and that were approved at once. */
  readonly approvals: number;
  /** Counts what a decision says of its devices. */
  count(cohort: Cohort, decision: Decision, now: Instant): void;
  /** Looks now; returns those that changed. */
  look(cohorts: Iterable<Cohort>, idOf: (member: number) => string, now: Instant): RolloutMove[];
}

export interface RolloutMove {
  rollout: Rollout;
  /** Whether it may change what is decided about a device of that policy, who is below the release. */
  concerns(subject: MatchSubject): boolean;
}

export function createReplayRollouts(policies: PolicySet): ReplayRollouts {
  const rollouts = new Map<string, Map<string, Rollout>>();
  const health = new Map<string, Map<string, RingHealth>>();
  const demands = new Map<string, RolloutDemand>();
  let lookAt = Number.POSITIVE_INFINITY;
  let approvals = 0;

  function add(device: RolloutDevice, count: number): void {
    const key = keyOf(device);
    const byRing = health.get(key) ?? new Map<string, RingHealth>();
    health.set(key, byRing);
    const ring = byRing.get(device.ring) ?? { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0, failedSince: 0 };
    ring[device.state] += count;
    if (device.state === 'failed') ring.failedSince += count;
    byRing.set(device.ring, ring);
  }

  function move(policy: Ringed, before: Rollout, cohorts: readonly Cohort[], idOf: (member: number) => string, now: Instant): Rollout {
    const byRing = health.get(keyOf(before)) ?? new Map<string, RingHealth>();
    const places = openPlaces(before, policy.rings, byRing);
    let rollout = places.length === 0 ? before : fillPlaces(before, places, waitingFor(before, cohorts, idOf));
    for (;;) {
      const moved = moveRollout(rollout, policy.rings, policy.halt, byRing, now);
      rollout = moved.rollout;
      if (moved.recheckAt !== undefined) lookAt = Math.min(lookAt, moved.recheckAt);
      if (moved.waitsFor?.startsWith('a person') !== true) return rollout;
      const approved = changeRollout(rollout, policy.rings, 'approve', { by: 'replay', now });
      if (!approved.ok) return rollout;
      approvals += 1;
      rollout = approved.rollout;
    }
  }

  return {
    get all() {
      return rollouts;
    },
    get lookAt() {
      return lookAt;
    },
    get approvals() {
      return approvals;
    },
    count(cohort, decision, now) {
      const count = cohort.members.length;
      const rows = new Map(cohort.rows);
      for (const device of decision.rolloutDevices) {
        const before = rows.get(keyOf(device));
        if (before) add(before, -count);
        add(device, count);
        rows.set(keyOf(device), device);
      }
      cohort.rows = rows;
      const { demand } = decision;
      if (demand && !rollouts.get(demand.policy)?.has(demand.release)) demands.set(keyOf(demand), demand);
      if (decision.rolloutDevices.length > 0 || demand) lookAt = Math.min(lookAt, now + LOOK_AFTER_MS);
    },
    look(given, idOf, now) {
      lookAt = Number.POSITIVE_INFINITY;
      const changed: RolloutMove[] = [];
      const cohorts = [...given];
      for (const policy of policies.policies.filter(isRinged)) {
        const begun = rollouts.get(policy.name) ?? new Map<string, Rollout>();
        rollouts.set(policy.name, begun);
        const wanted = [...demands.values()].filter((demand) => demand.policy === policy.name);
        for (const before of [...begun.values(), ...wanted.map((demand) => newRollout(demand, {}, now))]) {
          const after = move(policy, before, cohorts, idOf, now);
          const known = begun.get(after.release);
          if (after === known) continue;
          begun.set(after.release, after);
          changed.push(moveOf(policy, known, after));
        }
      }
      demands.clear();
      return changed;
    },
  };
}

/** Who is in a ring that opened now; everybody when it was stopped or goes on. */
function moveOf({ name, rings }: Ringed, before: Rollout | undefined, rollout: Rollout): RolloutMove {
  const chosen = new Set(Object.values(rollout.chosen).flat());
  const [from, to] = [before === undefined ? 0 : openCount(before, rings), openCount(rollout, rings)];
  const known = new Set(Object.values(before?.chosen ?? {}).flat());
  return {
    rollout,
    concerns(subject) {
      if (before !== undefined && before.state !== rollout.state) return true;
      const index = ringIndexOf(rings, name, subject, chosen);
      return index < to && (index >= from || (chosen.has(subject.id) && !known.has(subject.id)));
    },
  };
}

function isRinged(policy: Policy): policy is Ringed {
  return policy.rings !== undefined && policy.halt !== undefined && policy.mode === 'enforce';
}

/** As in the engine: those that get nothing meanwhile come first. */
function waitingFor({ policy, release }: Rollout, cohorts: readonly Cohort[], idOf: (member: number) => string): string[] {
  const waiting = cohorts.filter(({ decision }) => decision?.policy === policy && decision.waitsForRelease === release);
  const byLot = (some: readonly Cohort[]) =>
    some
      .flatMap(({ members }) => members.map(idOf))
      .map((id) => ({ id, slot: slotOf(policy, id) }))
      .sort((a, b) => a.slot - b.slot)
      .map(({ id }) => id);
  const isIdle = ({ decision }: Cohort) => decision?.reason === 'ring-not-open';
  return [...byLot(waiting.filter(isIdle)), ...byLot(waiting.filter((cohort) => !isIdle(cohort)))];
}

function keyOf({ policy, release }: { policy: string; release: string }): string {
  return `${policy}\n${release}`;
}
