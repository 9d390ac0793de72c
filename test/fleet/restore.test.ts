import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, localOf } from '../../src/time/local.ts';
import { CHECKERS } from './checkers/all.ts';
import { createRestorableFleet, type HeldDate, heldDate, type RestorableFleet } from './restored-fleet.ts';
import { judge } from './run.ts';
import { type Violation, watch } from './watch.ts';

/**
 * Rule 35, with the whole app: Ratchet goes on for days after a backup, is then put back to it, and must neither send
 * anything twice nor take from any device the date it got in between.
 */

const BACKUP_DAY = 1;
const RESTORE_DAY = 6;
const HELD_DAYS = 1;
const SEED = 'k';
const DEVICES = 20;

interface Site extends RestorableFleet {
  restoredAt: number;
  violations: readonly Violation[];
  /** Dates on devices when the backup was made, and when it was put back. */
  before: ReadonlyMap<string, HeldDate>;
  held: ReadonlyMap<string, HeldDate>;
}

/** Five days go by between the backup and its return. */
async function restoredSite(isPlainCopy = false): Promise<Site> {
  const site = await createRestorableFleet({ seed: SEED, devices: DEVICES, faults: {}, restoreAt: RESTORE_DAY * DAY_MS });
  const { fleet } = site;
  const { violations } = watch(fleet, CHECKERS);
  fleet.world.start();
  await fleet.scheduler.settle();
  void fleet.ratchet.start();
  await fleet.scheduler.runUntil(fleet.startedAt + BACKUP_DAY * DAY_MS);
  site.backUp();
  const before = datesOf(site);
  await fleet.scheduler.runUntil(fleet.startedAt + RESTORE_DAY * DAY_MS);
  expect(violations, 'before anything was restored').toEqual([]);
  const held = datesOf(site);
  await site.restore({ isPlainCopy });
  return { ...site, restoredAt: fleet.scheduler.now(), violations, before, held };
}

function datesOf({ fleet }: RestorableFleet): Map<string, HeldDate> {
  return new Map(fleet.world.devices.flatMap((device) => [[device.id, heldDate(device)] as const]).filter(isDate));
}

function isDate(entry: readonly [string, HeldDate | undefined]): entry is [string, HeldDate] {
  return entry[1] !== undefined;
}

/** Who had a date when the backup was put back that is still to come, and has none or a later one now. Past dates are rule 15's. */
function worseOff({ fleet, held }: Site): string[] {
  return fleet.world.devices.flatMap((device) => {
    const had = held.get(device.id);
    if (had === undefined || !device.isEnrolled || device.osVersion === had.version) return [];
    if (had.local <= localOf(fleet.scheduler.now(), device.spec.timeZone)) return [];
    const has = heldDate(device);
    return has !== undefined && has.local <= had.local ? [] : [`${device.spec.name}: had ${show(had)}, has ${show(has)}`];
  });
}

function show(date: HeldDate | undefined): string {
  return date === undefined ? 'none' : `${date.version} at ${date.local}`;
}

/** Whose reason is not the expected one; who was never heard of since the restore is unknown to a store that is older. */
async function stillWrong({ fleet, restoredAt }: Site): Promise<string[]> {
  const { wrong } = await judge(fleet);
  const heard = new Set(fleet.world.events.flatMap(({ kind, at, device }) => (kind === 'webhook' && at >= restoredAt ? [device] : [])));
  return wrong
    .filter(({ id, expected }) => heard.has(id) || expected === 'verified')
    .map(({ name, expected, reason }) => `${name}: expected ${expected}, is ${reason}`);
}

/** Enforcements served and update commands taken since then. */
function handedOut({ fleet }: Site, since: number): string[] {
  return fleet.world.events.flatMap((event) => {
    if (event.at < since) return [];
    if (event.kind === 'dm' && event.enforcement) return [`${event.name}: ${event.enforcement.targetLocalDateTime}`];
    return event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' ? [`${event.name}: ScheduleOSUpdate`] : [];
  });
}

/**
 * What a checker may say of a restore: it knows that a question may still be on its way, or that a release was read, and the
 * store that knew it is gone. Each device is asked all the same, and the releases are read anew.
 */
function isOfTheRestore({ promise, what, at }: Violation, { restoredAt }: Site): boolean {
  if (at > restoredAt + HOUR_MS) return false;
  return promise === 8 ? what.includes('is called verified') : promise === 10 && /got (?!ScheduleOSUpdate )/.test(what);
}

it('a restored store is held, every device keeps its date, and after resume all arrive', async () => {
  const site = await restoredSite();
  const { fleet, restoredAt, before, held } = site;
  const { ratchet, scheduler, world } = fleet;
  const got = [...held].filter(([id, { local }]) => before.get(id)?.local !== local);
  expect(got.length, 'devices got dates that the backup does not know').toBeGreaterThanOrEqual(3);
  expect(ratchet.standing.control.held).toBe('the data folder was restored from a backup of 2026-09-15T08:00:00Z');
  expect(await fleet.store.listAlerts()).toContainEqual(expect.objectContaining({ key: 'held' }));

  await scheduler.runUntil(restoredAt + HELD_DAYS * DAY_MS);
  expect(handedOut(site, restoredAt)).toEqual([]);
  expect(worseOff(site)).toEqual([]);
  const asked = world.events.flatMap((event) => (event.kind === 'command' && event.at > restoredAt ? [event.device] : []));
  expect(new Set(asked).size, 'devices that answered a question since').toBeGreaterThan(DEVICES / 4);

  const resuming = ratchet.operate.resume({ by: 'operator' });
  await scheduler.runUntil(scheduler.now() + HOUR_MS);
  expect(await resuming).toMatchObject({ ok: true, result: { state: 'running' } });
  for (let days = 0; days < 3; days += 1) {
    await scheduler.runUntil(scheduler.now() + DAY_MS);
    expect(worseOff(site)).toEqual([]);
  }
  let wrong = await stillWrong(site);
  while (wrong.length > 0 && scheduler.now() < world.restsAt + 14 * DAY_MS) {
    await scheduler.runUntil(scheduler.now() + DAY_MS);
    wrong = await stillWrong(site);
  }
  expect(wrong).toEqual([]);
  expect(world.events.filter((event) => event.kind === 'enqueue' && event.result !== 'queued')).toEqual([]);
  expect(site.violations.filter((violation) => !isOfTheRestore(violation, site)).map(({ promise, what }) => `${promise}: ${what}`)).toEqual(
    [],
  );
  await fleet.close();
}, 600_000);

it('and of a plain copy of the database, put back without a mark, dates on devices are lost', async () => {
  const site = await restoredSite(true);
  const { fleet, restoredAt } = site;
  await fleet.scheduler.runUntil(restoredAt + DAY_MS);
  expect(fleet.ratchet.standing.control.restored).toBeUndefined();
  expect([...worseOff(site), ...handedOut(site, restoredAt)]).not.toEqual([]);
  await fleet.close();
}, 600_000);
