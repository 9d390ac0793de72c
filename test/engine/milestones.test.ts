import { describe, expect, it } from 'vitest';
import { MISSED_AFTER_MS } from '../../src/engine/reconcile/milestones.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { catalogue, DEVICE, NOW, policy, policySet, RELEASES, release } from '../decide/builders.ts';
import { createHouse, type House } from './house.ts';

/** What Prometheus counts of devices, through the real reconciler: once each, whatever else happens. */

const TELLS = { kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: 'other' } } as const;

function runs(house: House, osVersion: string): Promise<void> {
  return house.hear({ ...TELLS, message: { ...TELLS.message, deviceInformation: { osVersion } } });
}

/** It fetches its date; resolves to when that has passed everywhere. */
async function sync(house: House): Promise<number> {
  await house.ask('tokens');
  const { Declarations } = (await house.ask('declaration-items')).json as { Declarations: Record<string, { Identifier: string }[]> };
  for (const { Identifier } of Declarations.Configurations ?? []) await house.ask(`declaration/configuration/${Identifier}`);
  const { decision } = await house.gathered();
  expect(decision).toMatchObject({ isHandedOut: true, counted: { date: expect.any(String) } });
  return decision?.enforcement?.latestAt ?? 0;
}

async function lookAt(house: House, instant: number): Promise<void> {
  house.setNow(instant);
  house.reconciler.wake([DEVICE]);
  await house.reconciler.idle();
}

describe('an update that was seen', () => {
  it('took as long as it was wanted, and counts once', async () => {
    const house = createHouse();
    await house.invite();
    await sync(house);
    expect(house.milestones).toEqual([]);
    house.setNow(NOW + 3 * DAY_MS);
    await runs(house, '40.6');
    // The policy began to require it with the first look, which is when its clock started.
    expect(house.milestones).toEqual([{ kind: 'verified', platform: 'iOS', afterMs: 3 * DAY_MS }]);
    await runs(house, '40.6');
    await lookAt(house, NOW + 4 * DAY_MS);
    expect(house.milestones).toHaveLength(1);
  });

  it('counts for each release that was wanted and is reached by it', async () => {
    const house = createHouse();
    await house.invite();
    await sync(house);
    house.setNow(NOW + DAY_MS);
    house.catalogue(catalogue([release('40.6.1', { firstSeenAt: NOW + DAY_MS }), ...RELEASES]));
    await lookAt(house, NOW + DAY_MS);
    house.setNow(NOW + 3 * DAY_MS);
    await runs(house, '40.6.1');
    expect(house.milestones.map((each) => 'afterMs' in each && each.afterMs / DAY_MS).sort()).toEqual([2, 3]);
  });

  it('counts nothing that was not wanted: observed only, or no step up', async () => {
    const observed = createHouse({ policies: policySet({ mode: 'observe', policies: [policy({ mode: 'observe' })] }) });
    await observed.enroll();
    await runs(observed, '40.6');
    const back = createHouse();
    await back.invite();
    await sync(back);
    await runs(back, '40.4');
    await runs(back, '40.5');
    expect([...observed.milestones, ...back.milestones]).toEqual([]);
  });
});

describe('a date that was missed', () => {
  it('counts once, two hours after it is over', async () => {
    const house = createHouse();
    await house.invite();
    const over = await sync(house);
    await lookAt(house, over + MISSED_AFTER_MS - 1);
    expect(house.milestones).toEqual([]);
    await lookAt(house, over + MISSED_AFTER_MS);
    expect(house.milestones).toEqual([{ kind: 'missed-date', platform: 'iOS' }]);
    for (const hours of [3, 30, 90]) await lookAt(house, over + hours * HOUR_MS);
    expect(house.milestones).toHaveLength(1);
  });

  it('counts for a device that is back without the update before that, and not once more', async () => {
    const house = createHouse();
    await house.invite();
    const over = await sync(house);
    await lookAt(house, over + HOUR_MS);
    expect((await house.gathered()).memory?.silent).toBeDefined();
    house.setNow(over + HOUR_MS + 60_000);
    await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } });
    expect((await house.gathered()).memory?.returned).toBeDefined();
    expect(house.milestones).toEqual([{ kind: 'missed-date', platform: 'iOS' }]);
    await lookAt(house, over + 3 * HOUR_MS);
    expect(house.milestones).toHaveLength(1);
  });

  it('counts for a device that stays away, and not again when it is back', async () => {
    const house = createHouse();
    await house.invite();
    const over = await sync(house);
    for (const hours of [1, 20, 40]) await lookAt(house, over + hours * HOUR_MS);
    await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } });
    expect((await house.gathered()).memory?.returned).toBeDefined();
    expect(house.milestones).toEqual([{ kind: 'missed-date', platform: 'iOS' }]);
  });

  it('counts for a device that is seen and does nothing', async () => {
    const house = createHouse();
    await house.invite();
    const over = await sync(house);
    house.setNow(over + 60_000);
    await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } });
    await lookAt(house, over + HOUR_MS);
    expect(house.milestones).toEqual([]);
    for (const hours of [2, 3, 30]) await lookAt(house, over + hours * HOUR_MS);
    expect(house.milestones).toEqual([{ kind: 'missed-date', platform: 'iOS' }]);
  });

  it('is none when the device got there, even if that is heard with the same look', async () => {
    const house = createHouse();
    await house.invite();
    const over = await sync(house);
    house.setNow(over + 5 * HOUR_MS);
    await runs(house, '40.6');
    expect(house.milestones.map(({ kind }) => kind)).toEqual(['verified']);
  });

  it('is not counted by a clock in doubt', async () => {
    const house = createHouse();
    await house.invite();
    const over = await sync(house);
    house.standing.clockSuspect = 'it jumped';
    await lookAt(house, over + 5 * HOUR_MS);
    expect(house.milestones).toEqual([]);
  });

  it('counts when its commit is written, not when it was tried in vain', async () => {
    let answer: 'stale' | undefined;
    const house = createHouse({
      store: (store) => ({
        ...store,
        commitReconciled: async (commits) => {
          if (answer === undefined) return store.commitReconciled(commits);
          answer = undefined;
          return commits.map(() => 'stale' as const);
        },
      }),
    });
    await house.invite();
    const over = await sync(house);
    answer = 'stale';
    await lookAt(house, over + 5 * HOUR_MS);
    expect(house.milestones).toEqual([{ kind: 'missed-date', platform: 'iOS' }]);
  });
});
