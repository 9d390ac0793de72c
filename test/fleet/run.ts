import type { WorldDevice, WorldEvent } from '../../src/sim/world.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { type Act, attendRollouts, scheduleActs } from './acts.ts';
import { createFeedAsRead } from './checkers/feed-as-read.ts';
import { createOrdersTold, instantIn } from './checkers/orders-told.ts';
import { createTargetTold, type Standing } from './checkers/target-told.ts';
import { type DeviceActSpec, endOfDeviceActs, scheduleDeviceActs } from './device-acts.ts';
import type { Fleet } from './harness.ts';
import type { Watch } from './watch.ts';

/** Where every device stands beside where it was expected. */
export interface Standings {
  /** Devices whose reason is not the expected one. */
  wrong: { id: string; name: string; expected: string; reason: string; evidence: unknown }[];
  /** Expected to be verified. */
  eligible: number;
  verified: number;
  /** Expected elsewhere and there. */
  needPerson: Record<string, number>;
  counts: Record<string, number>;
}

export interface Progress {
  now: number;
  /** 0…1 of the virtual time it may take at most. */
  elapsed: number;
  isHealed: boolean;
  standings: Standings;
}

/** Between looks at the standings. */
const LOOK_EVERY_MS = 6 * HOUR_MS;
/** A person does, and goes on. */
const LOOK_AT_ROLLOUTS_MS = 12 * HOUR_MS;
/** Faults go on for this long after the last thing happened by itself, so that all of it meets them. */
const FAULTS_AFTER_MS = DAY_MS / 2;
/**
 * What a device can't do it tries for ever: its reason is told between two tries. One of many is always trying, so it
 * counts as there when it was this long ago at most.
 */
const BETWEEN_TRIES_MS = 2 * DAY_MS;
const TRYING: ReadonlySet<string> = new Set(['downloading', 'prepared', 'installing', 'update-commanded', 'waiting-for-window']);

/** Whatever its policy wants of it. */
const BEFORE_TARGET: ReadonlySet<string> = new Set(['unenrolled', 'user-enrollment', 'beta-os']);

export interface RunOptions {
  watch?: Watch;
  /** Ends early, whatever the standings are. */
  until?: number;
  onProgress?(progress: Progress): void | Promise<void>;
  /** What a person does meanwhile. After the last one everything may take as long again. */
  acts?: readonly Act[];
  /** The same to single devices. */
  deviceActs?: readonly DeviceActSpec[];
  /** Default true: somebody approves rings, and resumes what was halted. */
  isAttended?: boolean;
  /** Ends at the first violation. */
  stopOnViolation?: boolean;
}

/**
 * Runs a fleet until everyone is where the world expected them before it started: all that happens by itself has
 * happened, the faults are healed, and the app has had the time it may take.
 */
export async function runFleet(
  fleet: Fleet,
  { watch, until, onProgress, acts = [], deviceActs = [], isAttended = true, stopOnViolation }: RunOptions = {},
): Promise<Standings> {
  const { world, scheduler, startedAt } = fleet;
  const { saidAt, overAt } = endOfDeviceActs(deviceActs, startedAt);
  const limit = until ?? world.restsAt + Math.max(overAt, ...acts.map(({ at }) => at)) - startedAt;
  const healAt = world.arrivedAt + FAULTS_AFTER_MS;
  let isHealed = false;
  let sweptAt = startedAt;
  const rightAt = new Map<string, number>();
  const heard = hearOf(fleet, overAt);
  let standings: Standings | undefined;
  const look = () => judge(fleet, heard, isHealed ? rightAt : undefined);
  world.start();
  scheduleActs(fleet, acts);
  scheduleDeviceActs(fleet, deviceActs);
  const hasRings = [fleet.policy, ...acts.flatMap(({ edit }) => edit?.policy ?? [])].some(({ rings }) => rings !== undefined);
  if (hasRings && isAttended) attendRollouts(fleet, LOOK_AT_ROLLOUTS_MS);
  await scheduler.settle();
  void fleet.ratchet.start();
  while (scheduler.now() < limit) {
    await scheduler.runUntil(Math.min(limit, scheduler.now() + LOOK_EVERY_MS));
    if (!isHealed && scheduler.now() >= healAt) {
      fleet.heal();
      isHealed = true;
    }
    if (watch && scheduler.now() - sweptAt >= DAY_MS) {
      sweptAt = scheduler.now();
      await watch.sweep();
    }
    const hasBroken = stopOnViolation === true && watch !== undefined && watch.count > 0;
    const isOver = scheduler.now() >= limit;
    if (!isHealed && onProgress === undefined && !hasBroken && !isOver) continue;
    standings = await look();
    await onProgress?.({ now: scheduler.now(), elapsed: (scheduler.now() - startedAt) / (limit - startedAt), isHealed, standings });
    if (hasBroken) return standings;
    if (isHealed && standings.wrong.length === 0 && scheduler.now() > saidAt) break;
  }
  await scheduler.settle();
  await watch?.end();
  return standings ?? look();
}

/** Which devices came through to the app at all, with more than the beginning of their enrollment, and with their leave. */
interface Heard {
  any: ReadonlySet<string>;
  more: ReadonlySet<string>;
  checkOut: ReadonlySet<string>;
  /** By what Apple was last read to offer it, and the last policies. */
  standing(device: WorldDevice): Standing;
  /** A person ordered, or may have, that nothing is done to it, and that does not end before the run may. */
  isLeftAs(device: WorldDevice, reason: string): boolean;
}

/** `overAt`: when what was ordered for single devices is over, but what outlasts the run. */
function hearOf(fleet: Fleet, overAt = Number.POSITIVE_INFINITY): Heard {
  const { world, policies } = fleet;
  const any = new Set<string>();
  const more = new Set<string>();
  const checkOut = new Set<string>();
  const feed = createFeedAsRead(world);
  const told = createTargetTold(fleet, feed);
  const orders = createOrdersTold(fleet);
  fleet.notes.add(orders);
  const hear = (event: WorldEvent) => {
    if (event.kind === 'feed') {
      feed.note(event);
      feed.saved();
    }
    if (event.kind !== 'webhook' || event.status !== 200) return;
    any.add(event.device);
    if (event.topic !== 'mdm.Authenticate') more.add(event.device);
    if (event.topic === 'mdm.CheckOut') checkOut.add(event.device);
  };
  world.events.forEach(hear);
  world.onEvent(hear);
  return {
    ...{ any, more, checkOut },
    standing: (device) => told.standing(policies.last, device, device.osVersion),
    isLeftAs: ({ id, spec }, reason) =>
      orders.possible(id, fleet.scheduler.now()).some(({ exempt, isPaused }) => {
        const isExempt = exempt !== undefined && instantIn(`${exempt}T23:59:59`, spec.timeZone) > overAt;
        return (reason === 'exempt' && isExempt) || (reason === 'paused' && isPaused === true);
      }),
  };
}

/** Compares what Ratchet says with what the world expected before it started. `rightAt`: when each was last where it was expected. */
export async function judge(fleet: Fleet, heard: Heard = hearOf(fleet), rightAt?: Map<string, number>): Promise<Standings> {
  const { store, world, scheduler } = fleet;
  const reasons = new Map<string, { reason: string; evidence: unknown }>();
  for (let after = ''; ; ) {
    const rows = await store.listEnrollments(after, 500);
    for (const row of rows) reasons.set(row.id, row.decision);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  const { target = 'latest', floor, cap } = fleet.policies.last;
  const isNewestWanted = target === 'latest' && floor === undefined && cap === undefined;
  /** The world expects everyone on the newest release; where the policy wants another, some end elsewhere. */
  function wantedEnd(device: WorldDevice, reason: string | undefined): string {
    // In front of the server whose declarations it holds, or with ours kept there, it takes part like any other.
    const isForeign = (fleet.neighbour !== undefined || fleet.world.server === 'nanohub') && device.expected === 'foreign-declarations';
    const expected = isForeign ? 'verified' : device.expected;
    if (isNewestWanted || BEFORE_TARGET.has(expected)) return expected;
    const standing = heard.standing(device);
    if (expected === 'model-not-in-feed') return standing === 'reached' ? 'verified' : expected;
    const end = standing === 'reached' ? 'verified' : standing === 'behind' ? expected : standing;
    // Nobody may have heard what it runs.
    return expected === 'not-seen' && reason !== end ? 'not-seen' : end;
  }
  /** Where it is to end, as far as it could be heard of. */
  function expectedNow(device: WorldDevice, reason: string | undefined): string {
    const { id, spec } = device;
    if (reason !== undefined && heard.isLeftAs(device, reason)) return reason;
    const meant = wantedEnd(device, reason);
    if (isBeyondReach(id, reason)) return reason ?? meant;
    // Of one that is gone nothing but its Authenticate came through.
    if (meant === 'not-seen' && heard.any.has(id) && !heard.more.has(id)) return 'enrollment-incomplete';
    // The server tells once that a device left: to an app that is not there, in vain. It may have been seen where it should be before.
    if (meant !== 'unenrolled' || scheduler.now() < (spec.checksOutAt ?? 0) || heard.checkOut.has(id)) return meant;
    const standing = heard.standing(device);
    const ends: string[] = [standing === 'reached' ? 'verified' : standing, 'not-seen'];
    return ends.find((end) => end === reason) ?? 'not-seen';
  }

  /** Put back to a copy from before the device enrolled, the server can't wake it: it may never come by itself when it has to. */
  function isBeyondReach(id: string, reason: string | undefined): boolean {
    return reason === 'push-token-missing' && !world.host.canPush(id);
  }

  const standings: Standings = { wrong: [], eligible: 0, verified: 0, needPerson: {}, counts: {} };
  for (const device of world.devices) {
    const { id, spec } = device;
    const meant = wantedEnd(device, reasons.get(id)?.reason);
    const expected = expectedNow(device, reasons.get(id)?.reason);
    // Gone before anything of it came through: nobody knows that it is.
    const isUnknown = expected === 'not-seen' && !heard.any.has(id);
    const { reason, evidence } = reasons.get(id) ?? { reason: isUnknown ? expected : 'not heard of yet', evidence: {} };
    standings.counts[reason] = (standings.counts[reason] ?? 0) + 1;
    const isToBeVerified = meant === 'verified' && !heard.isLeftAs(device, reason) && !isBeyondReach(id, reason);
    if (isToBeVerified) standings.eligible += 1;
    if (reason === expected) rightAt?.set(id, scheduler.now());
    const isTryingAgain = TRYING.has(reason) && expected !== 'verified' && scheduler.now() - (rightAt?.get(id) ?? 0) <= BETWEEN_TRIES_MS;
    if (reason !== expected && !isTryingAgain) standings.wrong.push({ id, name: spec.name, expected, reason, evidence });
    else if (isToBeVerified) standings.verified += 1;
    else standings.needPerson[expected] = (standings.needPerson[expected] ?? 0) + 1;
  }
  return standings;
}
