import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/decide/manifest.ts';
import { LeaveAnswer } from '../../src/engine/leave-answers.ts';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createFleet, type Fleet, type FleetOptions, type FleetParts } from './harness.ts';

/** Rule 21: whoever leaves takes everything back. Judged by what devices hold, not by what was written down. */

const LEFT_AFTER_DAYS = 3;
const DAYS_TO_GO = 5;
/** One of the eight is switched off for good before that. */
const OFF_FOR_GOOD = 'not-seen';
const WITHOUT_IT = [0, 2, 3, 4, 5, 6, 7];

/** What stays of ours on devices that are still enrolled, by device. */
function heldOf({ world }: Fleet): Map<string, string[]> {
  const held = world.devices
    .filter(({ isEnrolled }) => isEnrolled)
    .map(({ id, ddm }) => [id, [...ddm.declarations.keys()].filter((identifier) => identifier.startsWith('ratchet.'))] as const);
  return new Map(held.filter(([, identifiers]) => identifiers.length > 0).map(([id, identifiers]) => [id, [...identifiers]]));
}

async function ask(fleet: Fleet, method: string, body?: object): Promise<LeaveAnswer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const answering = fleet.lookOn(new Request('http://127.0.0.1/api/v1/leave', { method, ...init }));
  // It answers when everyone is decided anew, which takes the world's time.
  await fleet.scheduler.runUntil(fleet.scheduler.now() + 60_000);
  return LeaveAnswer.parse(await (await answering).json());
}

async function leave(options: Partial<FleetOptions> = {}, isControl = false) {
  let stubborn: string | undefined;
  /** Bodies handed out since, by path. */
  const handedOut: string[] = [];
  let leftAt = Number.POSITIVE_INFINITY;
  const fleet = await createFleet({
    ...{ seed: 'leave', devices: 8, legacy: false, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
    ...options,
    breakRule(parts) {
      if (isControl) answersOldList(parts.store, (id) => id === stubborn);
      const { answerDm } = parts;
      parts.answerDm = async (request, answer) => {
        const response = await answerDm(request, answer);
        const { pathname } = new URL(request.url);
        if (fleet.scheduler.now() > leftAt && response.status === 200 && pathname.includes('ratchet.enforcement.'))
          handedOut.push(pathname);
        return response;
      };
    },
  });
  fleet.world.start();
  await fleet.scheduler.settle();
  void fleet.ratchet.start();
  await fleet.scheduler.runUntil(fleet.startedAt + LEFT_AFTER_DAYS * DAY_MS);
  const before = heldOf(fleet);
  stubborn = [...before.keys()].at(-1);
  leftAt = fleet.scheduler.now();
  const begun = await ask(fleet, 'POST', { confirm: 'leave', by: 'jane' });
  await fleet.scheduler.runUntil(leftAt + DAYS_TO_GO * DAY_MS);
  return { fleet, before, stubborn, begun, after: heldOf(fleet), ended: await ask(fleet, 'GET'), handedOut };
}

describe('leaving', () => {
  it('leaves nothing of ours on any device that can be reached, hands out no date meanwhile, and can be undone', async () => {
    const { fleet, before, begun, after, ended, handedOut } = await leave();
    expect(before.size).toBeGreaterThan(2);
    expect(begun).toMatchObject({ state: 'left', isDone: false });
    expect(begun.waiting).toBeGreaterThanOrEqual(before.size);
    expect(handedOut).toEqual([]);
    const off = fleet.world.devices.filter(({ spec }) => spec.trouble === OFF_FOR_GOOD).map(({ id }) => id);
    expect([off.length, [...after.keys()], ended.waitingFor.map(({ device }) => device)]).toEqual([1, off, off]);
    expect([ended.isDone, ended.waitingFor[0]?.holdsUntil]).toEqual([false, expect.stringMatching(/^2026-/)]);
    await ask(fleet, 'POST', { undo: true, by: 'jane' });
    await fleet.scheduler.runUntil(fleet.scheduler.now() + 2 * DAY_MS);
    expect(heldOf(fleet).size).toBeGreaterThan(2);
    await fleet.close();
  });

  it('in front of another server it takes back its own and nothing of the other’s', async () => {
    const neighbour = { downs: [], losses: [], changes: [] };
    const { fleet, before, after, ended } = await leave({ neighbour, keep: WITHOUT_IT });
    expect(before.size).toBeGreaterThan(2);
    expect([...after]).toEqual([]);
    const theirs = fleet.world.devices.filter(({ id, ddm }) => before.has(id) && ddm.declarations.has('com.example.wifi'));
    expect(theirs.length).toBeGreaterThan(2);
    expect([ended.isDone, ended.notes[0]]).toEqual([true, expect.stringContaining('point its -dm back')]);
    await fleet.close();
  });

  it('inside another server it takes its own out of it', async () => {
    const neighbour = { wiring: 'kmfddm', downs: [], losses: [], changes: [] } as const;
    const { fleet, before, after, ended } = await leave({ neighbour, keep: WITHOUT_IT });
    expect(before.size).toBeGreaterThan(2);
    expect([...after]).toEqual([]);
    const { store } = fleet.neighbour?.kmfddm ?? {};
    expect(fleet.world.devices.flatMap(({ id }) => store?.setsOfEnrollment(id) ?? []).filter((set) => set.startsWith('ratchet.'))).toEqual(
      [],
    );
    expect(ended.isDone).toBe(true);
    await fleet.close();
  });

  it('names a device that gives nothing back, and does not say it is done (control: its old list is answered for ever)', async () => {
    const { fleet, stubborn, after, ended } = await leave({ keep: WITHOUT_IT }, true);
    expect([...after.keys()]).toEqual([stubborn]);
    expect([ended.isDone, ended.waitingFor.map(({ device }) => device)]).toEqual([false, [stubborn]]);
    expect(ended.notes[0]).toContain('1 device has not fetched yet');
    await fleet.close();
  });
});

/** One device is answered with the list it had, whatever is decided. */
function answersOldList(store: FleetParts['store'], isStubborn: (id: string) => boolean): void {
  const { findManifest, findManifestHead } = store;
  const kept = new Map<string, Manifest>();
  store.findManifest = async (id) => {
    const manifest = await findManifest(id);
    if (manifest !== undefined && manifest.items.length > 0) kept.set(id, manifest);
    const old = kept.get(id);
    return manifest && old && isStubborn(id) ? { ...old, basis: manifest.basis, answerableUntil: manifest.answerableUntil } : manifest;
  };
  store.findManifestHead = async (id) => (isStubborn(id) ? store.findManifest(id) : findManifestHead(id));
}
