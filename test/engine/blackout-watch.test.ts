import { describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/engine/alerts.ts';
import { BlackoutsAnswer } from '../../src/engine/blackout-answers.ts';
import { createBlackoutWatch } from '../../src/engine/schedule/blackout-watch.ts';
import { createShow } from '../../src/engine/show/show.ts';
import { silentLogger } from '../../src/logger.ts';
import { toBlackout } from '../../src/policy/calendar-keys.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { local, NOW, withPolicy } from '../decide/builders.ts';
import { createHouse, type House } from './house.ts';

/** Rule 16: who may install in a blackout is named before it begins. */

const exams = toBlackout({ name: 'exams', from: '2040-09-19', to: '2040-09-21' });
const LEAD = local('2040-09-18T00:00:00');
const ENDS = local('2040-09-22T00:00:00');

async function sync(house: House, enrollmentId: string): Promise<void> {
  await house.ask('tokens', { enrollmentId });
  const { json } = await house.ask('declaration-items', { enrollmentId });
  const items = json as { Declarations: { Configurations: { Identifier: string }[] } };
  for (const { Identifier } of items.Declarations.Configurations)
    await house.ask(`declaration/configuration/${Identifier}`, { enrollmentId });
  await house.reconciler.idle();
}

/** Devices that fetched 17 September, 18:00 on the 10th, and are not heard of again. */
async function site(devices: string[], set = withPolicy({}, { blackouts: [exams] })) {
  let scans = 0;
  const house = createHouse({
    policies: set,
    store: (store) => ({
      ...store,
      listEnrollments: (...page) => {
        scans += 1;
        return store.listEnrollments(...page);
      },
    }),
  });
  for (const id of devices) {
    await house.enroll({ serialNumber: `SERIAL-${id}` }, id);
    await house.dispatch();
    await sync(house, id);
  }
  const alerts = createAlerts(house.store, house.clock, silentLogger);
  const watch = createBlackoutWatch({ ...house, alerts });
  return {
    house,
    scans: () => scans,
    /** Everybody is decided anew then, and the watch looks. */
    async lookAt(now: number) {
      house.setNow(now);
      house.reconciler.wake(devices);
      await house.reconciler.idle();
      await watch.look();
      return (await house.store.listAlerts()).map(({ key, sentence }) => `${key}: ${sentence}`);
    },
    shown: async () => BlackoutsAnswer.parse(await createShow(house.store, house.standing, house.clock).blackouts()),
  };
}

describe('a device that did not learn that its date was taken back', () => {
  it('is told of by name from the lead on, to the end or until it has learnt', async () => {
    const { house, lookAt, shown } = await site(['D1', 'D2']);
    expect(await lookAt(LEAD - HOUR_MS)).toEqual([]);
    expect(await lookAt(LEAD)).toEqual([
      'blackout-not-withdrawn everyone: 2 devices hold a date under everyone that may come true in the blackout exams: SERIAL-D1, SERIAL-D2.',
    ]);
    expect(await shown()).toEqual({
      schema: 'ratchet.blackouts/1',
      blackouts: [{ name: 'exams', from: '2040-09-19T00:00:00', until: '2040-09-22T00:00:00', isNear: true }],
      devices: ['D1', 'D2'].map((id) => ({
        ...{ id, serial: `SERIAL-${id}`, policy: 'everyone', holds: '2040-09-17T18:00:00', blackout: 'exams' },
        ...{ beginsAt: local('2040-09-19T00:00:00'), endsAt: ENDS, lastSeenAt: NOW, reason: 'not-seen' },
      })),
    });
    await sync(house, 'D2');
    expect(await lookAt(LEAD + HOUR_MS)).toEqual([
      'blackout-not-withdrawn everyone: 1 device holds a date under everyone that may come true in the blackout exams: SERIAL-D1.',
    ]);
    expect(await lookAt(ENDS - MINUTE_MS)).toHaveLength(1);
    expect(await lookAt(ENDS + HOUR_MS)).toEqual([]);
    expect((await shown()).devices).toEqual([]);
    house.setNow(ENDS + 24 * HOUR_MS);
    expect((await shown()).blackouts).toEqual([]);
  });

  it('is told of no more when all have learnt', async () => {
    const { house, lookAt } = await site(['D1']);
    expect(await lookAt(LEAD)).toHaveLength(1);
    await sync(house, 'D1');
    expect(await lookAt(LEAD + HOUR_MS)).toEqual([]);
  });

  it('of many is named with the first few', async () => {
    const { lookAt } = await site(['D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7']);
    expect((await lookAt(LEAD))[0]).toMatch(/: 7 devices hold .*: SERIAL-D1, SERIAL-D2, SERIAL-D3, SERIAL-D4, SERIAL-D5 and 2 more\.$/);
  });

  it('is told of where only its own policy has the blackout', async () => {
    const { lookAt, shown } = await site(['D1'], withPolicy({ blackouts: [exams] }));
    expect(await lookAt(LEAD)).toHaveLength(1);
    expect((await shown()).blackouts).toMatchObject([{ name: 'exams', policy: 'everyone' }]);
  });
});

describe('the devices are gone through', () => {
  it('only while a blackout is near, and once an hour', async () => {
    const { lookAt, scans, shown } = await site(['D1']);
    await lookAt(NOW + HOUR_MS);
    expect((await shown()).blackouts).toMatchObject([{ isNear: false }]);
    expect(scans()).toBe(0);
    await lookAt(LEAD);
    const once = scans();
    expect(once).toBeGreaterThan(0);
    await lookAt(LEAD + 59 * MINUTE_MS);
    expect(scans()).toBe(once);
    await lookAt(LEAD + HOUR_MS);
    expect(scans()).toBeGreaterThan(once);
  });

  it('not while the clock is in doubt', async () => {
    const { house, lookAt } = await site(['D1']);
    house.standing.clockSuspect = 'it was set';
    expect(await lookAt(LEAD)).toEqual([]);
  });
});
