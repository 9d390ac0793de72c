import { describe, expect, it } from 'vitest';
import { FleetHistoryAnswer } from '../../src/engine/answers.ts';
import { createFleetHistory, HISTORY_DAYS_MAX } from '../../src/engine/schedule/fleet-history.ts';
import { createShow } from '../../src/engine/show/show.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { utcDateOf } from '../../src/time/utc-date.ts';
import { NOW } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** NOW is 2040-09-10, 08:00 UTC. */
function site() {
  let saved = 0;
  const house = createHouse({
    store: (store): Store => ({
      ...store,
      saveFleetDay: (...given) => {
        saved += 1;
        return store.saveFleetDay(...given);
      },
    }),
  });
  let history = createFleetHistory(house);
  return {
    house,
    saved: () => saved,
    /** What a start forgets is forgotten. */
    restart: () => {
      history = createFleetHistory(house);
    },
    async lookAt(now: number) {
      house.setNow(now);
      await history.look();
    },
    shown: async (days = 30) => FleetHistoryAnswer.parse(await createShow(house.store, house.standing, house.clock).fleetHistory(days)),
  };
}

describe('the history of the fleet', () => {
  it('has one count a UTC day, the first of the day, also over restarts', async () => {
    const { house, lookAt, restart, saved, shown } = site();
    await house.enroll({}, 'D1');
    await lookAt(NOW);
    await house.enroll({ osVersion: '40.10' }, 'D2');
    await lookAt(NOW + HOUR_MS);
    restart();
    await lookAt(NOW + 15 * HOUR_MS);
    expect(saved()).toBe(1);
    await lookAt(NOW + 16 * HOUR_MS);
    const { releaseDays: _, ...counted } = await shown();
    expect(counted).toEqual({
      schema: 'ratchet.fleet-history/1',
      from: '2040-08-13',
      until: '2040-09-11',
      days: [
        {
          day: '2040-09-10',
          at: NOW,
          groups: { broken: 0, 'needs-person': 0, held: 0, 'on-the-way': 1, 'left-alone': 0, current: 0 },
          versions: [{ platform: 'iOS', version: '40.5', devices: 1 }],
        },
        {
          day: '2040-09-11',
          at: NOW + 16 * HOUR_MS,
          groups: { broken: 0, 'needs-person': 0, held: 0, 'on-the-way': 1, 'left-alone': 0, current: 1 },
          versions: [
            { platform: 'iOS', version: '40.10', devices: 1 },
            { platform: 'iOS', version: '40.5', devices: 1 },
          ],
        },
      ],
    });
  });

  it('begins with the first device', async () => {
    const { house, lookAt, saved } = site();
    await lookAt(NOW);
    expect(saved()).toBe(0);
    await house.enroll();
    await lookAt(NOW + HOUR_MS);
    expect(saved()).toBe(1);
  });

  it('tells who misses the fix of something exploited, once that can be told', async () => {
    const { house, lookAt, shown } = site();
    const told = { version: '40.6', builds: [], cves: 1, exploited: 1, critical: 0, firstToldAt: 0, severeSince: 0, isTold: true };
    house.standing.severities = { schema: 1, platforms: [{ platform: 'iOS', goodAt: NOW, releases: [told] }] };
    await house.enroll({}, 'D1');
    await house.enroll({ osVersion: '40.6' }, 'D2');
    await lookAt(NOW);
    await lookAt(NOW + DAY_MS);
    const { days, exposure } = await shown();
    expect(days).toMatchObject([{ exposed: 1 }, { exposed: 1 }]);
    expect(exposure).toEqual({ deviceDays: 2, days: 2 });
  });

  it('is kept for 400 days', async () => {
    const { house, lookAt, shown } = site();
    await house.enroll();
    await lookAt(NOW);
    await lookAt(NOW + (HISTORY_DAYS_MAX - 1) * DAY_MS);
    expect((await shown(HISTORY_DAYS_MAX)).days).toHaveLength(2);
    await lookAt(NOW + HISTORY_DAYS_MAX * DAY_MS);
    expect((await shown(1_000)).days.map(({ day }) => day)).toEqual([
      utcDateOf(NOW + (HISTORY_DAYS_MAX - 1) * DAY_MS),
      utcDateOf(NOW + HISTORY_DAYS_MAX * DAY_MS),
    ]);
  });

  it('counts and forgets nothing by a clock in doubt', async () => {
    const { house, lookAt, saved, shown } = site();
    await house.enroll();
    await lookAt(NOW);
    house.standing.clockSuspect = 'it shows 2080';
    await lookAt(Date.parse('2080-01-01T00:00:00Z'));
    expect(saved()).toBe(1);
    house.setNow(NOW);
    expect((await shown()).days).toHaveLength(1);
  });
});
