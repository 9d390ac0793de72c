import type { WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';
import { instantOfLocal, localTime } from '../../../src/sim/zone.ts';
import { isAllowedDay } from '../days-off.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { clockOff } from './clock-off.ts';
import { createExpedites } from './expedites.ts';
import { createInstalling } from './installing.ts';
import { hadTimeToRepair } from './time-to-repair.ts';
import { createTold } from './told.ts';
import { isInstallAction } from './under-way.ts';

const HOUR_MS = 3_600_000;
const LEAD_MS = 24 * HOUR_MS;
/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
const LISTED = 'is listed';
/** A decision is made within this. */
const LOOK_MS = 2 * HOUR_MS;

/**
 * Promise 4, its part about days: no date falls in a blackout or, unless a person expedited it, on a day that is not allowed; one that has passed is not
 * listed from a day before a blackout to its end, but to who is installing; and no install command is sent in a blackout, nor
 * in the hour before.
 */
export const blackouts: CheckerKind = { promise: 4, title: 'nothing falls in a blackout', file: 'blackouts.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, policies, scheduler } = fleet;
  const told = createTold();
  const expedites = createExpedites(fleet);
  /** By device and path: the date that stands behind what is listed. */
  const dates = new Map<string, string>();
  const installing = createInstalling();
  /** By device and identifier: dates it was handed while they fell on a day allowed then. */
  const allowed = new Set<string>();
  /** The date each was left with by the last decision. */
  const left = new Map<string, string>();

  function onDate({ at, device, enforcement, endpoint }: WorldEvent & { kind: 'dm' }): void {
    if (enforcement === undefined) return;
    const local = enforcement.targetLocalDateTime;
    dates.set(`${device} configuration/${enforcement.identifier}`, local);
    const inForce = policies.at(at);
    const inside = inAll(inForce.map(({ blackouts }) => blackouts?.find(({ from, until }) => from <= local && local < until)));
    if (inside) violate(device, `was handed the date ${local}, in the blackout from ${inside.from} to ${inside.until}`);
    const known = world.device(device);
    // Who expedites names the day.
    const isExpedited = known !== undefined && expedites.dueOf(known, enforcement.targetOSVersion, at) !== undefined;
    const key = `${device} ${enforcement.identifier}`;
    if (inForce.some((policy) => isAllowedDay(policy, local))) allowed.add(key);
    // What it was given before an edit took the day away stays; a sync that failed behind it has it fetched again.
    else if (!isExpedited && !allowed.has(key))
      violate(device, `was handed the date ${local} by ${endpoint}, a day on which none is to fall`);
  }

  /** It is left with a date that has passed, from a day before a blackout to its end. */
  function onPassed({ id, spec }: WorldDevice, at: number, local: string, what: string, until = at): void {
    const [, behindMs] = clockOff(fleet, at, at);
    if (installing.has(id) || (instantOfLocal(local, spec.timeZone) ?? at) > at - behindMs) return;
    const near = policies.between(at - CALL_MS, until).map(({ blackouts }) =>
      blackouts?.find(({ from, until }) => {
        const [begins = 0, ends = 0] = [from, until].map((end) => instantOfLocal(end, spec.timeZone));
        return begins - LEAD_MS <= at - behindMs && at < ends;
      }),
    );
    const span = inAll(near);
    if (span === undefined) return;
    // What another server lists can't change at the moment the date, or the day before the blackout, comes.
    const [passedAt = at, begins = at] = [local, span.from].map((end) => instantOfLocal(end, spec.timeZone));
    if (what === LISTED && !hadTimeToRepair(fleet, Math.max(passedAt, begins - LEAD_MS))) return;
    violate(id, `${what} the date ${local}, which has passed, and the blackout from ${span.from} to ${span.until} is on or near`);
  }

  function onList(device: WorldDevice, at: number, items: readonly string[]): void {
    for (const item of items) {
      const local = dates.get(`${device.id} ${item.slice(0, item.lastIndexOf('@'))}`);
      if (local !== undefined) onPassed(device, at, local, LISTED);
    }
  }

  function onInstall({ device, at, action, commandUuid }: WorldEvent & { kind: 'enqueue' }): void {
    const zone = told.zone(device) ?? world.policy.fallbackTimeZone;
    const [aheadMs, behindMs] = clockOff(fleet, at - CALL_MS, at);
    const near = policies.at(at).map(({ blackouts }) =>
      blackouts?.find(({ from, until }) => {
        const [begins = 0, ends = 0] = [from, until].map((end) => instantOfLocal(end, zone));
        return begins - HOUR_MS + CALL_MS + behindMs < at && at < ends - aheadMs;
      }),
    );
    const span = inAll(near);
    if (span)
      violate(
        device,
        `got ${action} ${commandUuid} when its clock showed ${localTime(at, zone)}, and the blackout from ${span.from} to ${span.until} is on or near`,
      );
  }

  return {
    ...expedites,
    onEvent(event) {
      installing.note(event);
      if (
        event.kind === 'enqueue' &&
        event.requestType === 'ScheduleOSUpdate' &&
        event.result !== 'exists' &&
        isInstallAction(event.action)
      )
        onInstall(event);
      if (event.kind === 'dm' && event.status === 200) {
        onDate(event);
        const device = world.device(event.device);
        if (device && event.items) onList(device, event.at, event.items);
      }
      told.note(event);
    },
    async sweep() {
      // Nothing is decided in doubt, nor without an app; otherwise each blackout is looked ahead to.
      const { upSince, isClockSet } = fleet;
      if (isClockSet || upSince === undefined || upSince > scheduler.now() - LOOK_MS) return;
      for (const [id, local] of left) {
        const device = world.device(id);
        if (device) onPassed(device, scheduler.now() - LOOK_MS, local, 'is left', scheduler.now());
      }
    },
    onCommit({ enrollmentId, decision: { isHandedOut, enforcement } }) {
      const device = world.device(enrollmentId);
      if (isHandedOut && enforcement) left.set(enrollmentId, enforcement.local);
      else left.delete(enrollmentId);
      if (device && isHandedOut && enforcement) onPassed(device, scheduler.now(), enforcement.local, 'was left');
    },
  };
}

/** What was found under each policy that may have been in force; undefined when there was nothing under one of them. */
function inAll<T>(found: readonly (T | undefined)[]): T | undefined {
  return found.includes(undefined) ? undefined : found[0];
}
